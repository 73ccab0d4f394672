// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jopil.testkit.Capture;
import org.jopil.testkit.ExceptionList;
import org.jopil.testkit.Tshark;
import org.junit.jupiter.api.Test;

/**
 * Every field of the list, in every frame of every capture, beside what tshark says; a field that one has and the other
 * has not is a difference. Which frames may differ, and why, stands in {@code tshark-exceptions.tsv}.
 */
class PacketDecoderOracleTest {
    private static final double MOST_EXCEPTIONS = 0.001;
    /** What the kernel hands over at most. */
    private static final int HEADERS = 192;

    /** Wireshark's name of a layer → ours. */
    private static final Map<String, String> OURS = new TreeMap<>(Map.of("ieee8021ad", "vlan"));

    /** Of these Wireshark counts what is behind the header in, and of IPv6 the extension headers out. */
    private static final Set<String> OTHER_LENGTHS = Set.of("icmp", "icmpv6", "esp", "sctp", "ipv6");

    private static final int LEAST_TCP = 20;

    static {
        PacketDecoder.LAYERS.forEach(layer -> OURS.put(layer, layer));
    }

    /**
     * What a capture came to.
     *
     * @param differences frame → how it differs
     * @param unread capture, frames that we read, and that tshark read, if one of both stopped before the other; else null
     */
    private record Outcome(
            String capture, int frames, long values, Map<Integer, Map<String, String>> differences, String unread) {}

    @Test
    void shouldSayWhatTsharkSays() throws Exception {
        List<Path> files = Capture.all();
        List<Outcome> outcomes = new ArrayList<>();
        ExecutorService workers =
                Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        try {
            List<Callable<Outcome>> tasks = new ArrayList<>();
            files.forEach(file -> tasks.add(() -> compare(file)));
            for (Future<Outcome> outcome : workers.invokeAll(tasks)) {
                outcomes.add(outcome.get());
            }
        } finally {
            workers.shutdown();
        }
        check(outcomes, ExceptionList.read("/tshark-exceptions.tsv", 2));
        checkRead(outcomes, ExceptionList.read("/tshark-unread.tsv", 3));
    }

    private static void check(List<Outcome> outcomes, Map<String, String> listed) {
        long frames = outcomes.stream().mapToLong(Outcome::frames).sum();
        long values = outcomes.stream().mapToLong(Outcome::values).sum();
        Map<String, String> found = new TreeMap<>();
        Map<String, Integer> causes = new TreeMap<>();
        int different = 0;
        for (Outcome outcome : outcomes) {
            if (!outcome.differences().isEmpty()) {
                int count = outcome.differences().size();
                String where = outcome.capture() + "\t" + count;
                found.put(where, first(outcome));
                causes.merge(listed.getOrDefault(where, "not listed"), count, Integer::sum);
                different += count;
            }
        }
        System.out.printf(
                "%d captures, %d fields × %d frames, %d values compared; %d frames differ%n",
                outcomes.size(), FieldList.all().size(), frames, values, different);
        causes.forEach((cause, count) -> System.out.printf("%6d  %s%n", count, cause));
        Map<String, String> unlisted = new TreeMap<>(found);
        unlisted.keySet().removeAll(listed.keySet());
        assertEquals(Map.of(), unlisted);
        TreeSet<String> gone = new TreeSet<>(listed.keySet());
        gone.removeAll(found.keySet());
        gone.removeIf(where -> outcomes.stream().noneMatch(o -> where.startsWith(o.capture() + "\t")));
        assertEquals(new TreeSet<>(), gone, "listed, but no longer so");
        assertTrue(different <= frames * MOST_EXCEPTIONS, different + " of " + frames);
    }

    /** A file that one of both cannot read to its end says nothing of the rest: which, and why, is listed too. */
    private static void checkRead(List<Outcome> outcomes, Map<String, String> listed) {
        TreeSet<String> unread = new TreeSet<>();
        outcomes.stream().filter(outcome -> outcome.unread() != null).forEach(outcome -> unread.add(outcome.unread()));
        unread.forEach(where -> System.out.println("not read by both: " + where + "\t" + listed.get(where)));
        TreeSet<String> expected = new TreeSet<>(listed.keySet());
        expected.removeIf(where -> outcomes.stream().noneMatch(o -> where.startsWith(o.capture() + "\t")));
        assertEquals(expected, unread);
    }

    private static String first(Outcome outcome) {
        Map.Entry<Integer, Map<String, String>> first =
                outcome.differences().entrySet().iterator().next();
        return "frame " + first.getKey() + ": " + first.getValue();
    }

    private static Outcome compare(Path file) throws Exception {
        Capture capture = Capture.read(file);
        TsharkComparison comparison = new TsharkComparison();
        List<Map<String, List<String>>> expected = Tshark.frames(file, comparison.names());
        List<List<Tshark.Position>> positions = Tshark.positions(file);
        assertEquals(expected.size(), positions.size(), capture.name());
        int both = Math.min(expected.size(), capture.frames().size());
        Map<Integer, Map<String, String>> differences = new TreeMap<>();
        for (int i = 0; i < both; i++) {
            Capture.Frame frame = capture.frames().get(i);
            Layers layers = LinkType.of(frame.linkType())
                    .map(link -> PacketDecoder.decode(frame.data(), frame.data().length, frame.length(), 0, link))
                    .orElseGet(Layers::new);
            Map<String, String> different = comparison.differences(layers, expected.get(i));
            String misplaced = misplaced(layers, positions.get(i));
            if (different.isEmpty() && !misplaced.isEmpty()) {
                different.put("positions", misplaced);
            }
            if (!different.isEmpty()) {
                differences.put(i + 1, different);
            }
            shouldNeedNoPayload(capture.name() + " " + (i + 1), frame);
        }
        String read = capture.name() + "\t" + capture.frames().size() + "\t" + expected.size();
        boolean allRead = expected.size() == capture.frames().size();
        return new Outcome(capture.name(), both, comparison.values(), differences, allRead ? null : read);
    }

    /** Layer, offset and length of its header; empty if tshark has the same. */
    private static String misplaced(Layers layers, List<Tshark.Position> expected) {
        List<String> theirs = new ArrayList<>();
        for (Tshark.Position position : expected) {
            String layer = OURS.get(position.protocol());
            // a further chunk of data is SCTP once more to Wireshark
            boolean chunk = "sctp".equals(layer) && theirs.stream().anyMatch(known -> known.startsWith("sctp "));
            if (layer != null && !chunk) {
                theirs.add(text(layer, position.offset(), position.length()));
            }
        }
        List<String> ours = new ArrayList<>();
        for (Layers at = layers; at != null; at = at.inner()) {
            at.positions().forEach((layer, position) -> {
                for (Object each : position instanceof List<?> several ? several : List.of(position)) {
                    long offset = (Long) ((Map<?, ?>) each).get("offset");
                    long length = (Long) ((Map<?, ?>) each).get("length");
                    ours.add(text(layer, offset, length));
                }
            });
        }
        theirs.sort(null);
        ours.sort(null);
        return ours.equals(theirs) ? "" : "ours " + ours + ", tshark's " + theirs;
    }

    private static String text(String layer, long offset, long length) {
        String place = layer + " at " + offset;
        if (OTHER_LENGTHS.contains(layer)) {
            return place;
        }
        // Wireshark gives TCP its 20 bytes where the packet ends before
        return place + ", " + (layer.equals("tcp") ? Math.max(length, LEAST_TCP) : length) + " bytes";
    }

    /** The headers alone say the same, but for checksums that cover the payload. */
    private static void shouldNeedNoPayload(String where, Capture.Frame frame) {
        if (frame.linkType() != LinkType.ETHERNET.number()) {
            return;
        }
        int captured = Math.min(HEADERS, frame.data().length);
        Layers whole = PacketDecoder.decode(frame.data(), captured, frame.length(), 0, LinkType.ETHERNET);
        Layers cut = PacketDecoder.decode(frame.data(), whole.headerEnd(), frame.length(), 0, LinkType.ETHERNET);
        assertEquals(withoutVerdicts(whole), withoutVerdicts(cut), where);
        assertEquals(whole.info(), cut.info(), where);
    }

    private static String withoutVerdicts(Layers layers) {
        return layers.tree()
                .toString()
                .replaceAll("udp\\.checksum\\.status=[0-3a-z ]+", "")
                .replaceAll("[, ]+", " ");
    }
}
