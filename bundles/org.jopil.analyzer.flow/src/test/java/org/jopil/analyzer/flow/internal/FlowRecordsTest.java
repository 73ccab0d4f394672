// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jopil.api.event.FlowBatch.EndReason;
import org.junit.jupiter.api.Test;

class FlowRecordsTest {
    private final FlowRecords records = new FlowRecords();

    @Test
    void shouldKeepKeyPortsAndHashApart() {
        records.ensure(3);
        records.open(1, -1, 1, 2, 3, 4, 5, 0xFFFE << 16 | 0x8001);
        assertEquals(0xFFFE, records.port(1, FlowRecords.A));
        assertEquals(0x8001, records.port(1, FlowRecords.B));
        assertEquals(-1, records.hash(1));
        assertEquals(2, records.addressHi(1, FlowRecords.A));
        assertEquals(3, records.srcLo(1));
        assertEquals(4, records.dstHi(1));
        assertEquals(5, records.addressLo(1, FlowRecords.B));
        assertTrue(records.hasKey(1, -1, 1, 2, 3, 4, 5, 0xFFFE << 16 | 0x8001));
        assertFalse(records.hasKey(1, -1, 1, 2, 3, 4, 5, 0xFFFE << 16 | 0x8000));
        assertFalse(records.hasKey(0, -1, 1, 2, 3, 4, 5, 0xFFFE << 16 | 0x8001));
    }

    @Test
    void shouldSetEveryMarkAlone() {
        records.ensure(1);
        records.open(0, 0, 0, 0, 0, 0, 0, 0);
        records.opener(0, FlowRecords.B);
        records.announced(0);
        records.endReason(0, EndReason.FIN);
        records.endReason(0, EndReason.IDLE);
        assertEquals(EndReason.IDLE.ordinal(), records.endReason(0));
        assertTrue(records.isAnnounced(0));
        assertFalse(records.isChanged(0));
        assertEquals(FlowRecords.B, records.opener(0));
        assertEquals(0, records.flags(0));
        long marks = FlowRecords.withMark(-1, FlowRecords.STALE + FlowRecords.B, 0);
        assertEquals(0, FlowRecords.mark(marks, FlowRecords.STALE + FlowRecords.B));
        assertEquals(255, FlowRecords.mark(marks, FlowRecords.OPENER));
        assertEquals(255, FlowRecords.mark(marks, FlowRecords.STALE + FlowRecords.A));
    }

    @Test
    void shouldBeginTheNextRecordWithTheFlagsOfTheLastOne() {
        records.ensure(1);
        records.open(0, 0, 0, 0, 0, 0, 0, 0);
        int at = FlowRecords.at(0);
        long[] words = records.words(0);
        words[at + FlowRecords.MARKS] = FlowRecords.withMark(FlowRecords.CHANGED, FlowRecords.FLAGS, 0xFF);
        words[at + FlowRecords.PACKETS + FlowRecords.B] = 9;
        records.opener(0, FlowRecords.B);
        records.announced(0);
        records.endReason(0, EndReason.ACTIVE);
        records.openNext(0, 77);
        assertEquals(77, records.id(0));
        assertEquals(2, records.record(0));
        assertEquals(0, records.packets(0));
        assertEquals(FlowRecords.NEVER, records.first(0));
        assertEquals(0xFF, records.flags(0, FlowRecords.A));
        assertEquals(FlowRecords.B, records.opener(0));
        assertEquals(0, records.endReason(0));
        assertFalse(records.isAnnounced(0));
        assertFalse(records.isChanged(0));
    }

    @Test
    void shouldLeaveRecordsWhereTheyAreWhenItGrows() {
        records.ensure(1);
        long[] words = records.words(0);
        records.ensure(10 * records.capacity());
        assertSame(words, records.words(0));
    }
}
