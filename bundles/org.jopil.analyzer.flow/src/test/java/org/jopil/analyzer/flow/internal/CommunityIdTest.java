// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every frame of Wireshark's own test capture, as tshark dissects it, against Wireshark's expected ids. */
class CommunityIdTest {
    private static final Path PCAPS = Path.of(System.getProperty("jopil.pcaps", "../../../shared/pcaps"));

    @TempDir
    Path directory;

    @Test
    void shouldEqualTheExpectedIdsOfWiresharksCapture() throws Exception {
        Path packed = PCAPS.resolve("wireshark_communityid.pcap.gz");
        boolean possible = Files.exists(packed) && Files.isExecutable(Path.of("/usr/bin/tshark"));
        assumeTrue(possible || "true".equals(System.getenv("CI")), "needs tshark and " + packed);
        Path capture = directory.resolve("capture.pcap");
        try (InputStream in = new GZIPInputStream(Files.newInputStream(packed))) {
            Files.copy(in, capture);
        }
        List<String> expected = Files.readAllLines(PCAPS.resolve("wireshark_communityid.baseline.txt"));
        List<String[]> frames = tshark(capture);
        assertEquals(expected.size(), frames.size());
        int compared = 0;
        for (int n = 0; n < frames.size(); n++) {
            String[] frame = frames.get(n);
            if (expected.get(n).isEmpty()) {
                assertTrue(frame[0].isEmpty() && frame[1].isEmpty(), "frame " + (n + 1) + " is IP and has no id");
                continue;
            }
            assertEquals(expected.get(n), id(frame), "frame " + (n + 1) + ": " + String.join(" ", frame));
            compared++;
        }
        System.out.println("community id: " + compared + " frames equal Wireshark's expected ids");
    }

    private List<String[]> tshark(Path capture) throws IOException, InterruptedException {
        Path out = directory.resolve("fields");
        String fields =
                "ip.proto ipv6.nxt ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport udp.srcport udp.dstport sctp.srcport sctp.dstport icmp.type icmp.code icmpv6.type icmpv6.code";
        ProcessBuilder builder = new ProcessBuilder(
                "/usr/bin/tshark", "-r", capture.toString(), "-T", "fields", "-E", "occurrence=f", "-E", "separator=,");
        for (String field : fields.split(" ")) {
            builder.command().add("-e");
            builder.command().add(field);
        }
        Process process = builder.redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS), "tshark did not end");
        assertEquals(0, process.exitValue());
        return Files.readAllLines(out).stream().map(line -> line.split(",", -1)).toList();
    }

    private static String id(String[] frame) throws Exception {
        int protocol = Integer.parseInt(frame[0].isEmpty() ? frame[1] : frame[0]);
        String src = frame[2].isEmpty() ? frame[3] : frame[2];
        String dst = frame[4].isEmpty() ? frame[5] : frame[4];
        int at =
                switch (protocol) {
                    case 6 -> 6;
                    case 17 -> 8;
                    case 132 -> 10;
                    case 1 -> 12;
                    case 58 -> 14;
                    default -> -1;
                };
        FlowTracker tracker = new FlowTracker(new CollectingWriter(), Settings.DEFAULT);
        tracker.beginScan(TestChange.ns(1));
        tracker.merge(TestChange.of(
                        protocol,
                        src,
                        at < 0 ? 0 : Integer.parseInt(frame[at]),
                        dst,
                        at < 0 ? 0 : Integer.parseInt(frame[at + 1]))
                .at(0.5, 0.5));
        tracker.endScan();
        Report report = new FlowReport(tracker, new InterfaceNames()).report(Query.first(1));
        return (String) report.rows().get(0)[report.indexOf("community_id")];
    }
}
