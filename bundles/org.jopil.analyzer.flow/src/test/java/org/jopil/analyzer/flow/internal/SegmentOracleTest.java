// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jopil.analyzer.flow.internal.TcpNumbers.Measure;
import org.jopil.testkit.Capture;
import org.jopil.testkit.ExceptionList;
import org.jopil.testkit.Tshark;
import org.junit.jupiter.api.Test;

/** Every TCP connection of every capture, counted by tshark and here. */
class SegmentOracleTest {
    private static final int RAW = 101;
    private static final int ETHERNET = 1;
    /** Of all segments: those that the two may count in different ways. */
    private static final int ALLOWED_DIFFERENCES = 1000;

    private static final String ANALYSIS = "tcp.analysis.";
    private static final List<String> AGAIN = List.of(
            ANALYSIS + "retransmission", ANALYSIS + "fast_retransmission", ANALYSIS + "spurious_retransmission");
    private static final List<String> FIELDS = List.of(
            "tcp.stream",
            "ip.src",
            "ip.dst",
            "ipv6.src",
            "ipv6.dst",
            "tcp.srcport",
            "tcp.dstport",
            "tcp.checksum",
            "tcp.options",
            "tcp.hdr_len",
            "tcp.flags.reset",
            "tcp.window_size_scalefactor",
            "vlan.id",
            "ip.flags.mf",
            "ip.frag_offset",
            "ipv6.fraghdr.ident",
            ANALYSIS + "retransmission",
            ANALYSIS + "fast_retransmission",
            ANALYSIS + "spurious_retransmission",
            ANALYSIS + "out_of_order",
            ANALYSIS + "zero_window",
            ANALYSIS + "initial_rtt");

    private final Map<String, String> differences = new TreeMap<>();
    private long segments;
    private long differing;
    private int handshakes;

    /** One stream of tshark: its counts by measure and end, and ours after its last segment. */
    private static final class Stream {
        private final long[] counts = new long[2 * Measure.values().length];
        private long handshakeNs = TcpNumbers.UNKNOWN;
        private TcpNumbers ours;

        private Stream() {
            counts[2 * Measure.WINDOW_SCALE.ordinal()] = TcpNumbers.UNKNOWN;
            counts[2 * Measure.WINDOW_SCALE.ordinal() + 1] = TcpNumbers.UNKNOWN;
        }

        private void add(Measure measure, int end, boolean counted) {
            counts[2 * measure.ordinal() + end] += counted ? 1 : 0;
        }
    }

    @Test
    void shouldCountAsTshark() throws Exception {
        for (Path file : Capture.all()) {
            compare(Capture.read(file));
        }
        Map<String, String> exceptions = new TreeMap<>(ExceptionList.read("/segment-exceptions.tsv", 4));
        List<String> unlisted = new ArrayList<>();
        differences.forEach((where, text) -> {
            if (exceptions.remove(where) == null) {
                unlisted.add(where + "\t" + text);
            }
        });
        System.out.println(segments + " segments, " + differing + " differ, " + handshakes + " handshakes");
        assertTrue(segments > 10_000 && handshakes > 50, segments + " segments, " + handshakes + " handshakes");
        assertEquals(List.of(), unlisted);
        if (System.getProperty("jopil.corpus", "").isEmpty()) {
            exceptions.keySet().removeIf(where -> !differences.containsKey(where) && isOfCorpus(where));
        }
        assertEquals(Map.of(), exceptions, "listed, but equal");
        assertTrue(differing * ALLOWED_DIFFERENCES <= segments, differing + " of " + segments);
    }

    private static boolean isOfCorpus(String where) {
        String name = where.substring(0, where.indexOf('\t'));
        return Capture.shared().stream()
                .noneMatch(f -> f.getFileName().toString().equals(name));
    }

    private void compare(Capture capture) throws IOException, InterruptedException {
        if (capture.frames().isEmpty()) {
            return;
        }
        List<Map<String, List<String>>> told = Tshark.frames(capture.file(), FIELDS);
        Map<Integer, Stream> streams = new TreeMap<>();
        SegmentTracker tracker = new SegmentTracker(4096);
        for (int n = 0; n < Math.min(told.size(), capture.frames().size()); n++) {
            if (isPlain(told.get(n), capture.frames().get(n))) {
                take(told.get(n), capture.frames().get(n), tracker, streams);
            }
        }
        streams.forEach((number, stream) -> compare(capture.name(), number, stream));
    }

    /** What the kernel's parser reads too: TCP in IP in Ethernet, whole. */
    private static boolean isPlain(Map<String, List<String>> frame, Capture.Frame bytes) {
        String protocols = frame.get("frame.protocols").toString();
        return frame.get("tcp.stream").size() == 1
                && frame.get("ip.src").size() + frame.get("ipv6.src").size() == 1
                && (bytes.linkType() == RAW || bytes.linkType() == ETHERNET)
                && !frame.get("tcp.hdr_len").isEmpty()
                && !frame.get("ip.flags.mf").contains("1")
                && frame.get("ip.frag_offset").stream().allMatch("0"::equals)
                && frame.get("ipv6.fraghdr.ident").isEmpty()
                && protocols.matches("\\[(eth:ethertype:(vlan:ethertype:)*|raw:)ipv?6?(:ipv6[.a-z]+)*:tcp.*");
    }

    private void take(
            Map<String, List<String>> frame,
            Capture.Frame bytes,
            SegmentTracker tracker,
            Map<Integer, Stream> streams) {
        SegmentRows row = new SegmentRows();
        row.data = bytes.data();
        row.length = bytes.length();
        row.timestampNs = bytes.timestampNs();
        row.layer3 = bytes.linkType() == RAW;
        String version = frame.get("ip.src").isEmpty() ? "ipv6" : "ip";
        List<String> tags = frame.get("vlan.id");
        row.vlan = tags.isEmpty() ? 0 : Integer.parseInt(tags.get(0));
        row.ends(
                frame.get(version + ".src").get(0),
                Integer.parseInt(frame.get("tcp.srcport").get(0)),
                frame.get(version + ".dst").get(0),
                Integer.parseInt(frame.get("tcp.dstport").get(0)));
        tracker.take(row.batch);
        Stream stream =
                streams.computeIfAbsent(Integer.valueOf(frame.get("tcp.stream").get(0)), s -> new Stream());
        int end = row.fromA() ? FlowRecords.A : FlowRecords.B;
        Predicate<String> marked = field -> !frame.get(field).isEmpty();
        stream.add(Measure.RETRANSMITTED, end, AGAIN.stream().anyMatch(marked));
        stream.add(Measure.DUPLICATES, end, marked.test(ANALYSIS + "spurious_retransmission"));
        stream.add(Measure.OUT_OF_ORDER, end, marked.test(ANALYSIS + "out_of_order"));
        stream.add(Measure.ZERO_WINDOWS, end, marked.test(ANALYSIS + "zero_window"));
        stream.add(Measure.RESETS, end, frame.get("tcp.flags.reset").contains("1"));
        frame.get("tcp.window_size_scalefactor").forEach(factor -> {
            int value = Integer.parseInt(factor);
            stream.counts[2 * Measure.WINDOW_SCALE.ordinal() + end] =
                    value == -1 ? TcpNumbers.UNKNOWN : value == -2 ? 0 : Integer.numberOfTrailingZeros(value);
        });
        frame.get(ANALYSIS + "initial_rtt")
                .forEach(seconds -> stream.handshakeNs =
                        new BigDecimal(seconds).movePointRight(9).longValue());
        SegmentedConnection ours = row.in(tracker, tags.size() < 2 ? 0 : Integer.parseInt(tags.get(1)));
        stream.ours = ours == null ? null : ours.numbers();
        segments++;
    }

    private void compare(String capture, int number, Stream stream) {
        for (Measure measure : Measure.values()) {
            for (int end = FlowRecords.A; end <= FlowRecords.B; end++) {
                long ours = stream.ours == null ? TcpNumbers.UNKNOWN : stream.ours.of(measure, end);
                long theirs = stream.counts[2 * measure.ordinal() + end];
                boolean settled = measure != Measure.WINDOW_SCALE || ours >= 0 && theirs >= 0;
                if (settled && ours != theirs) {
                    differ(capture, number, measure + "\t" + "AB".charAt(end), ours, theirs);
                }
            }
        }
        long ours = stream.ours == null ? TcpNumbers.UNKNOWN : stream.ours.handshakeNs();
        handshakes += ours >= 0 ? 1 : 0;
        if (ours != stream.handshakeNs) {
            differ(capture, number, "HANDSHAKE\t-", ours, stream.handshakeNs);
        }
    }

    private void differ(String capture, int stream, String what, long ours, long theirs) {
        differences.put(capture + "\t" + stream + "\t" + what, "ours " + ours + ", tshark " + theirs);
        differing += what.startsWith("WINDOW") || what.startsWith("HAND") ? 1 : Math.abs(ours - theirs);
    }
}
