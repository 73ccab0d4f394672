// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jopil.api.source.Doctor;
import org.jopil.bpf.internal.KernelDoctor;

/**
 * {@code jopil doctor [--json]}: needs no instance, no Karaf, no logger and no privilege. Exit status 0 all is there, 1
 * degraded, 2 the main job cannot run.
 */
public final class DoctorMain {
    private static final int WIDTH = 100;
    private static final int STATUS_WIDTH = 10;

    private DoctorMain() {}

    public static void main(String[] arguments) {
        boolean json = arguments.length == 1 && arguments[0].equals("--json");
        if (arguments.length > 0 && !json) {
            System.err.println("jopil doctor takes --json or nothing.");
            System.exit(2);
        }
        List<Doctor.Finding> findings = new KernelDoctor().examine();
        System.out.print(json ? json(findings) : text(findings, terminal() && System.getenv("NO_COLOR") == null));
        System.out.flush();
        System.exit(exit(findings));
    }

    private static boolean terminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).startsWith("/dev/pts");
        } catch (IOException e) {
            return false;
        }
    }

    static int exit(List<Doctor.Finding> findings) {
        int exit = 0;
        for (Doctor.Finding finding : findings) {
            if (finding.status() == Doctor.Status.MISSING && finding.required()) {
                return 2;
            }
            if (finding.status() != Doctor.Status.OK) {
                exit = 1;
            }
        }
        return exit;
    }

    static String text(List<Doctor.Finding> findings, boolean color) {
        int width =
                findings.stream().mapToInt(f -> f.capability().length()).max().orElse(0) + 2;
        StringBuilder text = new StringBuilder();
        text.append("Linux ")
                .append(System.getProperty("os.version"))
                .append(' ')
                .append(System.getProperty("os.arch"))
                .append("\n\n");
        for (Doctor.Finding finding : findings) {
            String status = finding.status().name().toLowerCase(Locale.ROOT);
            text.append("  ")
                    .append(color ? paint(finding.status(), status) : status)
                    .append(" ".repeat(STATUS_WIDTH - status.length()))
                    .append(finding.capability());
            String indent = " ".repeat(2 + STATUS_WIDTH + width);
            boolean first = true;
            for (String part : List.of(
                    finding.hook(),
                    finding.reason(),
                    finding.fallback().isEmpty() ? "" : "instead: " + finding.fallback(),
                    finding.fix().isEmpty() ? "" : "fix: " + finding.fix())) {
                for (String line : wrap(part, WIDTH - indent.length())) {
                    text.append(first ? " ".repeat(width - finding.capability().length()) : indent)
                            .append(line)
                            .append('\n');
                    first = false;
                }
            }
        }
        return text.append('\n').append(verdict(findings)).append('\n').toString();
    }

    private static String paint(Doctor.Status status, String text) {
        String code = status == Doctor.Status.OK ? "32" : status == Doctor.Status.DEGRADED ? "33" : "31";
        return "\u001b[" + code + "m" + text + "\u001b[0m";
    }

    private static String verdict(List<Doctor.Finding> findings) {
        switch (exit(findings)) {
            case 0:
                return "JOPIL can do everything here.";
            case 1:
                return "JOPIL can watch here; some capabilities are degraded or missing.";
            default:
                return "JOPIL cannot watch here: a required capability is missing.";
        }
    }

    private static List<String> wrap(String text, int width) {
        List<String> lines = new ArrayList<>();
        String rest = text;
        while (rest.length() > width && rest.lastIndexOf(' ', width) > 0) {
            int cut = rest.lastIndexOf(' ', width);
            lines.add(rest.substring(0, cut));
            rest = rest.substring(cut + 1);
        }
        if (!rest.isEmpty()) {
            lines.add(rest);
        }
        return lines;
    }

    static String json(List<Doctor.Finding> findings) {
        StringBuilder json = new StringBuilder("[");
        String separator = "\n  ";
        for (Doctor.Finding finding : findings) {
            json.append(separator).append('{');
            field(json, "capability", finding.capability()).append(", ");
            field(json, "status", finding.status().name().toLowerCase(Locale.ROOT))
                    .append(", ");
            json.append("\"required\": ").append(finding.required()).append(", ");
            field(json, "hook", finding.hook()).append(", ");
            field(json, "fallback", finding.fallback()).append(", ");
            field(json, "reason", finding.reason()).append(", ");
            field(json, "fix", finding.fix()).append('}');
            separator = ",\n  ";
        }
        return json.append("\n]\n").toString();
    }

    private static StringBuilder field(StringBuilder json, String name, String value) {
        json.append('"').append(name).append("\": \"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"');
    }
}
