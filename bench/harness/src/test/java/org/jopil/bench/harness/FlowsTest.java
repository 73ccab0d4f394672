// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class FlowsTest {
    private static final FlowKey FIRST = FlowKey.of("10.0.0.0", 1024, "198.18.0.1", 9, "udp");

    /** All were recorded on one load: 3 flows, 60 bytes, seed 1. */
    private static final Map<FlowKey, FlowCount> TRUTH = Flows.ofTruth(Recorded.text("truth.txt"));

    @Test
    void shouldReadTheTruth() {
        assertEquals(3, TRUTH.size());
        assertEquals(1000, TRUTH.values().stream().mapToLong(FlowCount::packets).sum());
        assertEquals(60 * TRUTH.get(FIRST).packets(), TRUTH.get(FIRST).bytes());
    }

    @Test
    void shouldReadSoftflowd() {
        assertEquals(
                3, Flows.right(TRUTH, Flows.ofSoftflowd(Recorded.text("softflowd-flows.txt")), FlowCount.Bytes.IP));
    }

    @Test
    void shouldReadPmacct() {
        assertEquals(3, Flows.right(TRUTH, Flows.ofPmacct(Recorded.text("pmacct.csv")), FlowCount.Bytes.IP));
    }

    @Test
    void shouldReadArgus() {
        assertEquals(3, Flows.right(TRUTH, Flows.ofArgus(Recorded.text("argus.csv")), FlowCount.Bytes.FRAME));
    }

    @Test
    void shouldReadJopil() {
        Map<FlowKey, FlowCount> seen = Flows.ofJopil(Recorded.text("jopil.csv").lines());
        assertEquals(3, Flows.right(TRUTH, seen, FlowCount.Bytes.FRAME));
    }

    @Test
    void shouldCountOnlyExactFlowsAsRight() {
        Map<FlowKey, FlowCount> onePacketShort = Flows.ofTruth(Recorded.text("truth.txt"));
        onePacketShort.computeIfPresent(FIRST, (key, count) -> new FlowCount(count.packets() - 1, count.bytes()));
        assertEquals(2, Flows.right(TRUTH, onePacketShort, FlowCount.Bytes.FRAME));
        assertEquals(0, Flows.right(TRUTH, Map.of(), FlowCount.Bytes.FRAME));
    }

    @Test
    void shouldKnowAFlowByEitherDirectionAndAnySpelling() {
        String a = "fd00:6a6f::1 1024 fd00:6a70::1 9 udp 5 370\n";
        String b = "fd00:6a70:0:0:0:0:0:1 9 fd00:6a6f:0::1 1024 udp 5 370\n";
        assertEquals(1, Flows.right(Flows.ofTruth(a), Flows.ofTruth(b), FlowCount.Bytes.FRAME));
    }

    @Test
    void shouldAddTheRecordsOfAFlow() {
        Map<FlowKey, FlowCount> flows = Flows.ofTruth("10.0.0.0 1024 198.18.0.1 9 udp 2 120\n".repeat(3));
        assertEquals(new FlowCount(6, 360), flows.get(FIRST));
    }
}
