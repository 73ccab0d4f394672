// SPDX-License-Identifier: Apache-2.0
package org.jopil.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One run of the fuzzer (Jazzer on libFuzzer) in a process of its own: it fuzzes one target in its life. The target is a
 * class with {@code fuzzerTestOneInput(byte[])}, and {@code fuzzerInitialize(String[])} if it takes an argument.
 */
public final class Fuzzer {
    /** Status of a run that found something. */
    public static final int FOUND = 77;

    private static final Pattern RUNS = Pattern.compile("Done (\\d+) runs");
    private static final Pattern COVERED = Pattern.compile("(\\w+)\\.java: (\\d+)/(\\d+) .*");
    private static final int TAIL = 40;

    private final Path folder;
    private final Class<?> target;
    private final List<String> arguments;

    /**
     * Of branches, by the name of the class.
     *
     * @param covered both ways of an {@code if} are two
     * @param all that there are
     */
    public record Branches(int covered, int all) {}

    /**
     * What came of it.
     *
     * @param status 0, or {@link #FOUND}
     * @param runs executions of the target
     * @param branches of the instrumented classes of the product, by name; empty if something was found
     * @param log of the fuzzer, its end
     */
    public record Result(int status, long runs, Map<String, Branches> branches, String log) {
        /** For a line of output: {@code "5000 runs, 12 of 30 branches (40.0 %)"}. */
        public String text() {
            return runs + " runs, " + Fuzzer.text(branches);
        }
    }

    /** {@code folder}: an empty one, for what the fuzzer keeps and finds. */
    public Fuzzer(Path folder, Class<?> target, String... arguments) {
        this.folder = folder;
        this.target = target;
        this.arguments = List.of(arguments);
    }

    /** Blocks until the time is over, or something was found. {@code seeds}: what it begins with. */
    public Result run(int seconds, Stream<byte[]> seeds) throws IOException, InterruptedException {
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        int number = 0;
        for (byte[] seed : seeds.toList()) {
            Files.write(corpus.resolve("seed" + number++), seed);
        }
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command(seconds, corpus))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            int status = process.waitFor();
            List<String> lines = Files.readAllLines(log);
            return new Result(
                    status,
                    runs(lines),
                    branches(),
                    String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size())));
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> command(int seconds, Path corpus) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=" + product() + ".**",
                "--coverage_report=" + folder.resolve("coverage"),
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_len=4096",
                "-max_total_time=" + seconds));
        arguments.forEach(argument -> command.add(4, "--target_args=" + argument));
        command.add(corpus.toString());
        return command;
    }

    /** The package of the bundle that the target is of. */
    private String product() {
        String[] names = target.getPackageName().split("\\.");
        return String.join(".", List.of(names).subList(0, Math.min(3, names.length)));
    }

    private static long runs(List<String> lines) {
        return lines.stream()
                .map(RUNS::matcher)
                .filter(Matcher::find)
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElse(0);
    }

    /** Of classes that are not tests: those that did not come from the folder of the target's own class. */
    private Map<String, Branches> branches() throws IOException {
        Map<String, Branches> found = new TreeMap<>();
        Path report = folder.resolve("coverage");
        if (!Files.exists(report)) {
            return found;
        }
        Path tests = Path.of("src/test/java");
        List<String> testClasses;
        try (Stream<Path> files = Files.walk(tests)) {
            testClasses = files.map(file -> file.getFileName().toString()).toList();
        }
        for (String line : Files.readAllLines(report)) {
            if (line.startsWith("Line coverage:")) {
                break;
            }
            Matcher covered = COVERED.matcher(line);
            if (covered.matches() && !testClasses.contains(covered.group(1) + ".java")) {
                found.put(
                        covered.group(1),
                        new Branches(Integer.parseInt(covered.group(2)), Integer.parseInt(covered.group(3))));
            }
        }
        return found;
    }

    /** Of runs of several targets: of each class those of the run that reached most, so at least so many in all. */
    public static Map<String, Branches> atLeast(List<Result> results) {
        Map<String, Branches> best = new TreeMap<>();
        for (Result result : results) {
            result.branches()
                    .forEach((name, branches) ->
                            best.merge(name, branches, (a, b) -> a.covered() >= b.covered() ? a : b));
        }
        return best;
    }

    public static String text(Map<String, Branches> branches) {
        int covered = branches.values().stream().mapToInt(Branches::covered).sum();
        int all = branches.values().stream().mapToInt(Branches::all).sum();
        return String.format("%d of %d branches (%.1f %%)", covered, all, all == 0 ? 0 : 100.0 * covered / all);
    }
}
