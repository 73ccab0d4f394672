// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.jopil.analyzer.flow.internal.TcpNumbers.Measure;
import org.junit.jupiter.api.Test;

class SegmentTrackerTest {
    private static final int SYN = 2;
    private static final int ACK = 16;
    private static final int SYN_ACK = SYN | ACK;
    private static final long MS = 1_000_000;

    private final SegmentTracker tracker = new SegmentTracker(2);
    private final SegmentRows row = new SegmentRows();

    private void send(boolean client, long atNs, int flags, int sequence, int acknowledgment, int payload) {
        ByteBuffer ip = ByteBuffer.allocate(40);
        ip.put(0, (byte) 0x45).putShort(2, (short) (40 + payload)).put(9, (byte) 6);
        ip.putInt(24, sequence).putInt(28, acknowledgment);
        ip.put(32, (byte) 0x50).put(33, (byte) flags).putShort(34, (short) 500);
        row.data = ip.array();
        row.length = 40 + payload;
        row.layer3 = true;
        row.timestampNs = atNs;
        row.ends(
                client ? "10.0.0.1" : "10.0.0.2",
                client ? 40_000 : 80,
                client ? "10.0.0.2" : "10.0.0.1",
                client ? 80 : 40_000);
        tracker.take(row.batch);
    }

    private void open() {
        send(true, 0, SYN, 1000, 0, 0);
        send(false, 7 * MS, SYN_ACK, 5000, 1001, 0);
        send(true, 8 * MS, ACK, 1001, 5001, 0);
    }

    private TcpNumbers numbers() {
        return row.in(tracker, 0).numbers();
    }

    @Test
    void shouldMeasureTheHandshakeAndWhatCameAgain() {
        open();
        send(true, 9 * MS, ACK, 1001, 5001, 100);
        send(true, 10 * MS, ACK, 1201, 5001, 100);
        send(true, 11 * MS, ACK, 1101, 5001, 100);
        send(true, 400 * MS, ACK, 1201, 5001, 100);
        TcpNumbers numbers = numbers();
        assertEquals("segments", numbers.source);
        assertEquals(8 * MS, numbers.handshakeNs());
        assertEquals(1, numbers.of(Measure.OUT_OF_ORDER, FlowRecords.A));
        assertEquals(1, numbers.of(Measure.RETRANSMITTED, FlowRecords.A));
        assertEquals(0, numbers.of(Measure.RETRANSMITTED, FlowRecords.B));
        assertEquals(0, numbers.of(Measure.WINDOW_SCALE, FlowRecords.A), "neither offered one");
    }

    @Test
    void shouldKnowNothingWhereTwoCpusDidNotTellInTheOrderOfTime() {
        open();
        send(true, 10 * MS, ACK, 1001, 5001, 100);
        send(false, 9 * MS, ACK, 5001, 1001, 0);
        assertNotNull(numbers(), "a file has one order");
        row.cpu = 0;
        send(true, 12 * MS, ACK, 1101, 5001, 100);
        row.cpu = 1;
        send(false, 13 * MS, ACK, 5001, 1201, 0);
        assertNotNull(numbers(), "in order");
        row.cpu = 0;
        send(true, 12 * MS + 1, ACK, 1201, 5001, 100);
        assertNull(numbers());
    }

    @Test
    void shouldLookAtNoMoreThanItHasTimeFor() {
        row.cpu = 0;
        open();
        for (int i = 0; i < 19_990; i++) {
            send(true, 9 * MS, ACK, 1001 + i, 5001, 1);
        }
        assertNotNull(numbers());
        for (int i = 0; i < 20; i++) {
            send(false, 10 * MS, ACK, 5001, 20_000, 0);
        }
        assertNull(numbers());
        send(true, 300 * MS, SYN, 900_000, 0, 0);
        assertNotNull(numbers(), "the next one");
    }

    @Test
    void shouldKnowNothingOfASampledConnection() {
        open();
        assertNotNull(numbers());
        row.weight = 4;
        send(true, 9 * MS, ACK, 1001, 5001, 100);
        row.weight = 1;
        send(true, 10 * MS, ACK, 1101, 5001, 100);
        assertNull(numbers());
    }

    @Test
    void shouldKnowNothingAfterRowsWereLost() {
        open();
        row.lostBefore = 3;
        send(true, 9 * MS, ACK, 1001, 5001, 100);
        assertNull(numbers());
    }

    @Test
    void shouldMissWhatTheFlowHasMoreOf() {
        open();
        SegmentedConnection seen = row.in(tracker, 0);
        assertFalse(seen.misses(2, 1));
        assertTrue(seen.misses(3, 1));
        assertTrue(seen.misses(2, 2));
        seen.earlier(2, 1);
        assertFalse(seen.misses(0, 0));
        assertTrue(seen.misses(1, 0));
    }

    @Test
    void shouldBeginAnewWithTheNextConnectionOfThePorts() {
        open();
        send(true, 900 * MS, SYN, 77_000, 0, 0);
        assertEquals(TcpNumbers.UNKNOWN, numbers().handshakeNs());
        assertEquals(0, numbers().of(Measure.RETRANSMITTED, FlowRecords.A));
    }

    @Test
    void shouldKnowNothingWithMoreHolesThanItKeeps() {
        open();
        for (int n = 0; n < 40; n++) {
            send(true, 9 * MS, ACK, 2001 + 200 * n, 5001, 100);
        }
        assertNull(numbers());
    }

    @Test
    void shouldFollowNoMoreThanItHasRoomFor() {
        open();
        for (int port = 1; port <= 3; port++) {
            row.srcPort = port;
            row.timestampNs += MS;
            tracker.take(row.batch);
        }
        assertNull(row.in(tracker, 0));
        row.srcPort = 40_000;
        assertNotNull(row.in(tracker, 0));
        row.srcPort = 3;
        row.timestampNs += 61_000 * MS;
        tracker.take(row.batch);
        assertNotNull(row.in(tracker, 0), "the quiet ones have gone");
    }
}
