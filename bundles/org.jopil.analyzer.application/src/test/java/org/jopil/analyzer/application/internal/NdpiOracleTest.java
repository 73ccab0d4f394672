// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Applications.Application;
import org.jopil.api.source.Applications.Flow;
import org.jopil.api.source.Applications.NamedBy;
import org.jopil.testkit.Capture;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every flow of every capture with nDPI and without, beside ndpiReader's own result where one lies beside the capture. */
class NdpiOracleTest {
    private static final Pattern VERDICT = Pattern.compile(
            "\\s*\\d+\\s+(TCP|UDP) (\\S+):(\\d+) <?-> (\\S+):(\\d+) (?:\\[VLAN: \\d+])?\\[proto: [^/]*/([^\\]]+)].*"
                    + "\\[Confidence: ([^\\]]+)].*");
    private static final String READ = "DPI";

    /** What ndpiReader says of a flow, and how sure it is. */
    private record Verdict(String name, String confidence) {}

    private final Map<String, String> differences = new TreeMap<>();
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Map<String, Integer> names = new TreeMap<>();

    @BeforeAll
    static void find() {
        NdpiInstalled.orSkip();
    }

    @Test
    void shouldNameWhatOursDoNotKnowAsNdpiReaderDoes(@TempDir Path folder) throws Exception {
        for (Path file : Capture.shared()) {
            compare(file, folder);
        }
        System.out.println(counts);
        System.out.println(names);
        assertEquals(Map.of(), differences);
        assertTrue(counts.get("named by ndpi") > 0 && counts.get("guessed by ndpiReader, not named") > 0);
    }

    private void compare(Path file, Path folder) throws Exception {
        Path rules = folder.resolve("none");
        CapturePayloads payloads = new CapturePayloads(file);
        int flows = Math.max(100, payloads.flows.size());
        ApplicationAnalyzer ours =
                new ApplicationAnalyzer(new NothingHidden(), rules, flows, false, new SecondOpinion(null, false, 16));
        SecondOpinion second = new SecondOpinion(null, true, flows);
        ApplicationAnalyzer both = new ApplicationAnalyzer(new NothingHidden(), rules, flows, false, second);
        ours.onPayloads(payloads.rows);
        both.onPayloads(payloads.rows);
        Map<Flow, Verdict> verdicts = verdicts(file);
        for (Flow flow : payloads.flows) {
            Application alone = ours.of(flow).orElse(null);
            Application found = both.of(flow).orElse(null);
            if (alone != null) {
                count("named by us");
                assertEquals(alone, found, file + " " + flow);
            } else if (!verdicts.isEmpty() || found != null) {
                check(file.getFileName() + "\t" + text(flow), found, verdicts.get(untagged(flow)));
            }
        }
        both.deactivate();
    }

    private void check(String where, Application found, Verdict verdict) {
        boolean read = verdict != null && verdict.confidence.equals(READ);
        if (found == null) {
            if (read) {
                differences.put(where, "not named, ndpiReader's " + verdict.name);
            } else {
                count(
                        verdict == null || verdict.confidence.equals("Unknown")
                                ? "known to nobody"
                                : "guessed by ndpiReader, not named");
            }
            return;
        }
        assertEquals(NamedBy.NDPI, found.namedBy());
        count("named by ndpi");
        String name = found.details().get("jopil.ndpi.protocol").toString();
        names.merge(found.name() + " = " + name, 1, Integer::sum);
        assertTrue(found.name().matches("[a-z0-9_-]+"), found.name());
        if (!read || !name.equals(verdict.name)) {
            differences.put(where, name + ", ndpiReader's " + verdict);
        }
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    private static String text(Flow flow) {
        return Protocols.name(flow.ipProtocol()) + " " + Addresses.text(flow.srcHi(), flow.srcLo()) + " "
                + flow.srcPort() + " " + Addresses.text(flow.dstHi(), flow.dstLo()) + " " + flow.dstPort();
    }

    /** Empty without such a file. */
    private static Map<Flow, Verdict> verdicts(Path capture) throws IOException {
        Path file = Path.of(capture + ".out");
        Map<Flow, Verdict> verdicts = new HashMap<>();
        if (!Files.exists(file)) {
            return verdicts;
        }
        List<String> lines = Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        for (String line : lines) {
            Matcher flow = VERDICT.matcher(line);
            if (flow.matches()) {
                long[] a = address(flow.group(2));
                long[] b = address(flow.group(4));
                int protocol = flow.group(1).equals("TCP") ? Protocols.TCP : Protocols.UDP;
                Flow key = new Flow(
                        1,
                        0,
                        0,
                        protocol,
                        a[0],
                        a[1],
                        Integer.parseInt(flow.group(3)),
                        b[0],
                        b[1],
                        Integer.parseInt(flow.group(5)));
                verdicts.put(key.ordered(), new Verdict(flow.group(6), flow.group(7)));
            }
        }
        return verdicts;
    }

    private static Flow untagged(Flow flow) {
        return new Flow(
                1,
                0,
                0,
                flow.ipProtocol(),
                flow.srcHi(),
                flow.srcLo(),
                flow.srcPort(),
                flow.dstHi(),
                flow.dstLo(),
                flow.dstPort());
    }

    private static long[] address(String text) {
        return Addresses.parse(text.replaceAll("[\\[\\]]", "")).orElseThrow();
    }
}
