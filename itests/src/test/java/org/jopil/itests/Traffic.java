// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The generators of known traffic in {@code src/test/native}, each compiled when it is first asked for. */
final class Traffic {
    private static final Map<String, Path> BINARIES = new HashMap<>();

    private Traffic() {}

    /** {@code traffic.c}; its modes are described at the top of its source. */
    static String binary() {
        return binary("traffic");
    }

    private static synchronized String binary(String program) {
        return BINARIES.computeIfAbsent(program, Traffic::compile).toString();
    }

    private static Path compile(String program) {
        Path source = Path.of(System.getProperty("jopil.root"), "itests/src/test/native", program + ".c");
        Path target = Instance.work().resolve(program);
        Command.run("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", target.toString(), source.toString())
                .orFail();
        return target;
    }

    /** {@code program.bpf.c} as an object file that ip and tc take. */
    static String object(String program) {
        Path source = Path.of(System.getProperty("jopil.root"), "itests/src/test/native", program + ".bpf.c");
        Path target = Instance.work().resolve(program + ".bpf.o");
        Command.run(
                        "sh",
                        "-c",
                        "clang -O2 -g -target bpf -I/usr/include/$(gcc -print-multiarch) -c " + source + " -o "
                                + target)
                .orFail();
        return target.toString();
    }

    /** Starts {@code traffic} on one side; what it prints goes to a file. */
    static Running start(Namespaces.Side side, String... words) {
        return startProgram(side, "traffic", words);
    }

    /** Starts {@code program.c} likewise. */
    static Running startProgram(Namespaces.Side side, String program, String... words) {
        return start(side, program, List.of(), words);
    }

    /** On one processor, where all that it sends is seen too. */
    static Running startProgramOn(int cpu, Namespaces.Side side, String program, String... words) {
        return start(side, program, List.of("taskset", "-c", "" + cpu), words);
    }

    private static Running start(Namespaces.Side side, String program, List<String> by, String... words) {
        try {
            List<String> line = new ArrayList<>(by);
            line.add(binary(program));
            line.addAll(List.of(words));
            String[] all = line.toArray(String[]::new);
            Path output = Files.createTempFile(Instance.work(), program, ".txt");
            Process process = side.command(all)
                    .builder()
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            return new Running(process, output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One run of the program. {@link #close} ends it when it still runs. */
    record Running(Process process, Path output) implements AutoCloseable {
        /** Waits for the end; the numbers it printed by name. Fails when it failed. */
        Map<String, Double> await() {
            try {
                int status = process.waitFor();
                String text = Files.readString(output);
                if (status != 0) {
                    throw new AssertionError("it ended with " + status + ": " + text);
                }
                return numbers(text);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** The numbers it has printed so far, by name. */
        Map<String, Double> numbers() {
            try {
                return numbers(Files.readString(output));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static Map<String, Double> numbers(String text) {
            Map<String, Double> numbers = new HashMap<>();
            text.lines()
                    .map(line -> line.split("\t"))
                    .filter(words -> words.length == 2)
                    .forEach(words -> numbers.put(words[0], Double.valueOf(words[1])));
            return numbers;
        }

        boolean hasPrinted(String text) {
            try {
                return Files.readString(output).contains(text);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            process.destroy();
        }
    }
}
