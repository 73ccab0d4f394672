// SPDX-License-Identifier: Apache-2.0
package org.jopil.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
    private static final int TAIL = 40;

    private final Path folder;
    private final Class<?> target;
    private final List<String> arguments;

    /**
     * What came of it.
     *
     * @param status 0, or {@link #FOUND}
     * @param runs executions of the target
     * @param coverage of the inputs that the fuzzer kept; empty if something was found
     * @param log of the fuzzer, its end
     */
    public record Result(int status, long runs, Coverage coverage, String log) {
        /** For a line of output: {@code "5000 runs, 12 of 30 branches (40.0 %)"}. */
        public String text() {
            return runs + " runs, " + coverage.text();
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
        int status = run(log, jazzer(seconds, corpus));
        List<String> lines = Files.readAllLines(log);
        Coverage coverage = new Coverage();
        if (status == 0) {
            Path executed = folder.resolve("executed");
            List<String> replay = java("-javaagent:" + Coverage.agent() + "=destfile=" + executed);
            replay.addAll(List.of(CorpusRun.class.getName(), corpus.toString(), target.getName()));
            replay.addAll(arguments);
            Path replayLog = folder.resolve("replay");
            if (run(replayLog, replay) != 0) {
                throw new IOException(Files.readString(replayLog));
            }
            coverage.add(executed);
        }
        return new Result(
                status,
                runs(lines),
                coverage,
                String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL), lines.size())));
    }

    private int run(Path log, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            return process.waitFor();
        } finally {
            process.destroyForcibly();
        }
    }

    private List<String> java(String... options) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Jazzer leaves its agent and its library behind
        command.add("-Djava.io.tmpdir=" + folder);
        command.addAll(List.of(options));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        return command;
    }

    private List<String> jazzer(int seconds, Path corpus) {
        List<String> command = java();
        command.addAll(List.of(
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + target.getName(),
                "--instrumentation_includes=" + product() + ".**",
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_len=4096",
                "-max_total_time=" + seconds));
        arguments.forEach(argument -> command.add("--target_args=" + argument));
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
}
