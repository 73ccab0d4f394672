// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Kernels of Debian in QEMU, with this very distribution in them: the same exact counts as here, by the hooks that the
 * kernel has. The guest sees this machine's files and runs these tests' own classes ({@code src/test/vm}).
 */
@Tag("long")
class OldKernelIT {
    private static final Path ROOT = Path.of(System.getProperty("jopil.root"));
    private static final String EXACT_COUNTS = ExactCountsIT.class.getName();
    /** Not generic: without tcx that is clsact as well, see {@link KernelStory}. */
    private static final List<String> STORIES = List.of(
            "--select-class=" + KernelStory.class.getName(),
            "--select-iteration=method:" + EXACT_COUNTS + "#shouldAgreeWithEveryOtherBook(java.lang.String)[0,2]",
            "--select-method=" + EXACT_COUNTS + "#shouldCountFromInsideANamespace",
            "--select-iteration=method:" + EXACT_COUNTS
                    + "#shouldCountWirePacketsWhenOffloadsAreOn(java.lang.String)[0,2]");
    /** Rates for two emulated CPUs. */
    private static final List<String> MODEST = List.of(
            "-Djopil.packets=" + Integer.getInteger("jopil.guestPackets", 30_000),
            "-Djopil.pps=1000",
            "-Djopil.tcpBytes=20000000",
            "-Djopil.patience=12");

    @ParameterizedTest
    @ValueSource(strings = {"6.1"})
    void shouldCountExactlyByTheHooksThatItHas(String series) throws Exception {
        Path share = Instance.work().resolve("vm-" + series);
        delete(share);
        Files.createDirectories(share);
        Files.writeString(share.resolve("story"), story(series, share));
        Command.Result boot = Command.of(
                        // whatever ends this test ends the guest
                        "setpriv",
                        "--pdeathsig",
                        "TERM",
                        ROOT.resolve("itests/src/test/vm/boot.sh").toString(),
                        series,
                        ROOT.resolve("target/kernels").toString(),
                        share.toString())
                .within(Duration.ofMinutes(90))
                .run();
        Path output = share.resolve("output");
        String said = Files.exists(output) ? Files.readString(output) : Files.readString(share.resolve("console"));
        System.out.println(said);
        assertEquals(0, boot.status(), () -> boot.text() + said);
        assertTrue(said.contains(" 0 tests failed"), said);
        assertTrue(said.contains(" 0 tests skipped") && said.contains(" 0 tests aborted"), said);
    }

    /** What the guest runs: these tests, on this class path. */
    private static String story(String series, Path share) {
        List<String> words = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                "-Djopil.root=" + ROOT,
                "-Djopil.distribution=" + Instance.distribution(),
                "-Djopil.work=" + System.getProperty("jopil.work"),
                "-Djopil.guest=" + series));
        words.addAll(MODEST);
        words.addAll(List.of(
                "org.junit.platform.console.ConsoleLauncher",
                "execute",
                "--disable-banner",
                "--disable-ansi-colors",
                "--fail-if-no-tests",
                "--details=verbose",
                "--include-classname=.*",
                "--reports-dir=" + share.resolve("reports")));
        words.addAll(STORIES);
        return "uname -rv\nexec " + words.stream().map(OldKernelIT::quoted).collect(Collectors.joining(" ")) + "\n";
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "'\\''") + "'";
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
