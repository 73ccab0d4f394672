// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jopil.api.event.FlowBatch.Change;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Random packets through a simple model of the kernel's table, against a reference that keeps every packet: the same
 * flows, and not a packet more or less.
 */
class FlowTrackerPropertyTest {
    private static final long T0 = 1_000_000 * TestChange.SECOND;

    private record Key(String a, int aPort, String b, int bPort, int protocol, int interfaceId, int vlan) {}

    private record Packet(Key key, boolean fromA, int cpu, int bytes, int flags, long ns) {}

    private record Slot(Key key, boolean fromA, int cpu) {}

    private static final class Counted {
        long packets;
        long bytes;
        long takenPackets;
        long takenBytes;
        long firstNs;
        long lastNs;
        int firstFlags;
        int flags;
    }

    @RepeatedTest(30)
    void shouldCountEveryPacketOnce() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CollectingWriter writer = new CollectingWriter();
        FlowTracker tracker = new FlowTracker(writer, Settings.of(15, 60, 2, 100_000, 1_000_000, 1_000_000, 1_000_000));
        FlowReport report = new FlowReport(tracker, new InterfaceNames());

        List<Key> keys = new ArrayList<>();
        for (int n = 0; n < 1 + random.nextInt(400); n++) {
            keys.add(new Key(
                    "10.0.0." + random.nextInt(8),
                    random.nextInt(2000),
                    "10.1.0." + random.nextInt(8),
                    random.nextInt(2000),
                    random.nextBoolean() ? 6 : 17,
                    1 + random.nextInt(2),
                    random.nextInt(3)));
        }
        Map<Slot, Counted> table = new HashMap<>();
        Map<Key, long[]> reference = new HashMap<>();
        long now = T0;
        for (int scan = 0; scan < 200; scan++) {
            now += TestChange.SECOND;
            int packets = random.nextInt(4) == 0 ? 0 : random.nextInt(100);
            for (int n = 0; n < packets; n++) {
                Key key = keys.get(random.nextInt(keys.size()));
                Packet packet = new Packet(
                        key,
                        random.nextBoolean(),
                        random.nextInt(2),
                        60 + random.nextInt(1400),
                        key.protocol() == 6 ? random.nextInt(32) : 0,
                        now - random.nextInt((int) TestChange.SECOND));
                see(table, packet);
                long[] sums = reference.computeIfAbsent(key, k -> new long[4]);
                sums[packet.fromA() ? 0 : 1]++;
                sums[packet.fromA() ? 2 : 3] += packet.bytes();
            }
            tracker.beginScan(now);
            List<Slot> gone = new ArrayList<>();
            table.forEach((slot, counted) -> {
                if (counted.packets != counted.takenPackets) {
                    tracker.merge(change(slot, counted));
                    counted.takenPackets = counted.packets;
                    counted.takenBytes = counted.bytes;
                } else if (random.nextInt(10) == 0) {
                    gone.add(slot); // another flow took the slot
                }
            });
            gone.forEach(table::remove);
            tracker.endScan();
        }

        assertSums(reference, rows(report), seed);
        // closed records add up too, once all are closed
        tracker.beginScan(now + 100 * TestChange.SECOND);
        tracker.endScan();
        assertEquals(0, tracker.live().size());
        Map<Key, long[]> closed = new HashMap<>();
        Map<Long, Change> last = new HashMap<>();
        for (CollectingWriter.Row row : writer.take()) {
            Change before = last.put(row.id(), row.change());
            assertEquals(row.change() == Change.OPENED, before == null, "seed " + seed + ": " + row);
            if (row.change() == Change.CLOSED) {
                closed.merge(
                        new Key("", 0, "", 0, 0, 0, 0),
                        new long[] {row.packetsFwd() + row.packetsRev(), row.bytesFwd() + row.bytesRev()},
                        (x, y) -> new long[] {x[0] + y[0], x[1] + y[1]});
            }
        }
        long[] sum = closed.getOrDefault(new Key("", 0, "", 0, 0, 0, 0), new long[2]);
        assertEquals(tracker.drainedPackets(), sum[0], "seed " + seed);
        assertEquals(tracker.drainedBytes(), sum[1], "seed " + seed);
    }

    private static void see(Map<Slot, Counted> table, Packet packet) {
        Counted counted = table.computeIfAbsent(new Slot(packet.key(), packet.fromA(), packet.cpu()), slot -> {
            Counted fresh = new Counted();
            fresh.firstNs = packet.ns();
            fresh.firstFlags = packet.flags();
            return fresh;
        });
        counted.packets++;
        counted.bytes += packet.bytes();
        counted.firstNs = Math.min(counted.firstNs, packet.ns());
        counted.lastNs = Math.max(counted.lastNs, packet.ns());
        counted.flags |= packet.flags();
    }

    private static TestChange change(Slot slot, Counted counted) {
        Key key = slot.key();
        TestChange change = slot.fromA()
                ? TestChange.of(key.protocol(), key.a(), key.aPort(), key.b(), key.bPort())
                : TestChange.of(key.protocol(), key.b(), key.bPort(), key.a(), key.aPort());
        change.on(key.interfaceId(), key.vlan(), 0);
        change.counts(counted.packets - counted.takenPackets, counted.bytes - counted.takenBytes);
        change.flags(counted.firstFlags, counted.flags);
        change.firstNs = counted.firstNs;
        change.lastNs = counted.lastNs;
        return change;
    }

    private static Report rows(FlowReport report) throws Exception {
        return report.report(Query.first(Integer.MAX_VALUE));
    }

    private static void assertSums(Map<Key, long[]> reference, Report report, long seed) {
        Map<Key, long[]> found = new HashMap<>();
        for (Object[] row : report.rows()) {
            String src = (String) row[report.indexOf("src_ip")];
            boolean fromA = src.startsWith("10.0.");
            Key key = new Key(
                    (String) row[report.indexOf(fromA ? "src_ip" : "dst_ip")],
                    number(row, report, fromA ? "src_port" : "dst_port"),
                    (String) row[report.indexOf(fromA ? "dst_ip" : "src_ip")],
                    number(row, report, fromA ? "dst_port" : "src_port"),
                    number(row, report, "ip_protocol"),
                    Integer.parseInt(((String) row[report.indexOf("interface")]).substring(3)),
                    row[report.indexOf("vlan")] == null ? 0 : number(row, report, "vlan"));
            long[] sums = found.computeIfAbsent(key, k -> new long[4]);
            sums[fromA ? 0 : 1] += (long) row[report.indexOf("packets_fwd")];
            sums[fromA ? 1 : 0] += (long) row[report.indexOf("packets_rev")];
            sums[fromA ? 2 : 3] += (long) row[report.indexOf("bytes_fwd")];
            sums[fromA ? 3 : 2] += (long) row[report.indexOf("bytes_rev")];
        }
        assertEquals(reference.keySet(), found.keySet(), "seed " + seed);
        reference.forEach((key, sums) -> {
            for (int n = 0; n < 4; n++) {
                assertEquals(sums[n], found.get(key)[n], "seed " + seed + ": " + key);
            }
        });
    }

    private static int number(Object[] row, Report report, String column) {
        return ((Long) row[report.indexOf(column)]).intValue();
    }
}
