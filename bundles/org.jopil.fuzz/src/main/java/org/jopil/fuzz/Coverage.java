// SPDX-License-Identifier: Apache-2.0
package org.jopil.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import org.jacoco.core.analysis.Analyzer;
import org.jacoco.core.analysis.CoverageBuilder;
import org.jacoco.core.analysis.ICounter;
import org.jacoco.core.tools.ExecFileLoader;

/** Which branches of the module under test ran (JaCoCo); both ways of an {@code if} are two. */
public final class Coverage {
    /** Of the module whose tests run. */
    private static final Path CLASSES = Path.of("target", "classes");

    private static final String AGENT = "org.jacoco.agent";

    private final ExecFileLoader executed = new ExecFileLoader();

    /** What JaCoCo's agent has written. */
    void add(Path file) throws IOException {
        executed.load(file.toFile());
    }

    /** The agent's own file. */
    static Path agent() {
        for (String entry : System.getProperty("java.class.path").split(System.getProperty("path.separator"))) {
            Path file = Path.of(entry);
            if (file.getFileName().toString().startsWith(AGENT)) {
                return file;
            }
        }
        throw new IllegalStateException(AGENT + " is not on the class path");
    }

    /** What one or the other has covered. */
    public static Coverage union(Iterable<Coverage> all) {
        Coverage union = new Coverage();
        for (Coverage one : all) {
            one.executed.getExecutionDataStore().getContents().forEach(union.executed.getExecutionDataStore()::put);
        }
        return union;
    }

    /** {@code "12 of 30 branches (40.0 %)"}. */
    public String text() {
        CoverageBuilder found = new CoverageBuilder();
        try {
            new Analyzer(executed.getExecutionDataStore(), found).analyzeAll(CLASSES.toFile());
        } catch (IOException e) {
            return "coverage is not known: " + e;
        }
        ICounter branches = found.getBundle("").getBranchCounter();
        return String.format(
                "%d of %d branches (%.1f %%)",
                branches.getCoveredCount(), branches.getTotalCount(), 100 * branches.getCoveredRatio());
    }
}
