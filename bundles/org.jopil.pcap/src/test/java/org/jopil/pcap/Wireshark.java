// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Wireshark's tools as oracles. Where they are missing the test is skipped, and fails if CI=true. */
final class Wireshark {
    private Wireshark() {}

    /**
     * What a run said.
     *
     * @param status the tool ended with
     * @param lines of standard output
     * @param errors lines of standard error, without the warning that root runs it
     */
    record Run(int status, List<String> lines, List<String> errors) {}

    /** One line a frame, the fields' values between tabs; nothing but the frame itself is dissected. */
    static Run frames(Path capture, String... fields) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        command.addAll(List.of("-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-E", "separator=/t"));
        for (String field : fields) {
            command.addAll(List.of("-e", field));
        }
        return run(command);
    }

    /** The table of capinfos, which reads the whole file. */
    static List<String> capinfos(Path capture) throws IOException, InterruptedException {
        Run run = run(List.of("capinfos", capture.toString()));
        assertTrue(run.status() == 0 && run.errors().isEmpty(), run.toString());
        return run.lines();
    }

    static Run run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jopil-oracle", ".out");
        Path errors = Files.createTempFile("jopil-oracle", ".err");
        try {
            ProcessBuilder builder =
                    new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(errors.toFile());
            builder.environment().put("TZ", "UTC");
            Process process;
            try {
                process = builder.start();
            } catch (IOException e) {
                return missing(command.get(0));
            }
            if (!process.waitFor(1, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                fail(command + " did not end");
            }
            List<String> said = Files.readAllLines(errors, StandardCharsets.UTF_8).stream()
                    .filter(line -> !line.startsWith("Running as user"))
                    .filter(line -> !line.isBlank())
                    .toList();
            return new Run(process.exitValue(), Files.readAllLines(out, StandardCharsets.UTF_8), said);
        } finally {
            Files.delete(out);
            Files.delete(errors);
        }
    }

    private static Run missing(String program) {
        String reason = program + " is not installed: apt install tshark";
        if ("true".equals(System.getenv("CI"))) {
            return fail(reason);
        }
        return abort(reason);
    }
}
