// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;
import org.junit.jupiter.api.Test;

class FileFlowsTest {
    private static final long SECOND_NS = 1_000_000_000;
    private static final int UDP = 17;
    /** 2004, before anything that a wall clock could mean. */
    private static final long BEGIN_NS = 1_084_443_427 * SECOND_NS;

    private final FileCounters counters = new FileCounters();
    private final FileFlows flows = new FileFlows(counters, id -> "replay:" + id);
    private final FlowSource.Claim claim = flows.claim();
    private final List<String> seen = new ArrayList<>();

    private static FlowKey flow(int port) {
        return new FlowKey(1, Direction.INGRESS, 0, 0, UDP, false, 0, 1, 0, 2, port, 53);
    }

    private void packet(int port, long timestampNs) {
        counters.add(1, Direction.INGRESS, UDP, 60);
        flows.add(flow(port), timestampNs, 60, 0);
    }

    private int scan() {
        return claim.scan(change -> seen.add(change.srcPort() + " " + change.packets() + " "
                + (change.firstSeenNs() - BEGIN_NS) + " " + (change.lastSeenNs() - BEGIN_NS)));
    }

    @Test
    void shouldHandOverASecondAtATimeByTheCapturesClock() throws InterruptedException {
        packet(7, BEGIN_NS);
        packet(7, BEGIN_NS + 5);
        assertFalse(flows.isNext(BEGIN_NS + SECOND_NS - 1));
        assertTrue(flows.isNext(BEGIN_NS + SECOND_NS));
        assertEquals(0, scan(), "not before it is whole");
        assertFalse(claim.urgent());
        flows.seal(() -> {}, () -> true);
        assertTrue(claim.urgent());
        assertEquals(BEGIN_NS + 5, claim.nowNs());
        assertEquals(1, scan());
        assertEquals(List.of("7 2 0 5"), seen);
        assertEquals(0, flows.undrained());
        assertEquals(BEGIN_NS + 5, claim.nowNs());
        assertTrue(claim.isRecorded());
    }

    @Test
    void shouldBalanceItsBook() throws InterruptedException {
        packet(7, BEGIN_NS);
        packet(8, BEGIN_NS);
        flows.seal(() -> {}, () -> true);
        assertEquals(2, flows.undrained());
        scan();
        Ledger.Count count = flows.counts().get(0);
        assertEquals("replay:1 ingress udp", count.interfaceName() + " " + count.direction() + " " + count.protocol());
        assertEquals(2, count.counter());
        assertEquals(2, count.flows());
        assertEquals(0, count.difference());
        assertEquals(120, count.bytes().flows());
    }

    @Test
    void shouldHandOverAgainWhatWasNotTaken() throws InterruptedException {
        packet(7, BEGIN_NS);
        flows.seal(() -> {}, () -> true);
        assertThrows(
                IllegalArgumentException.class,
                () -> claim.scan(change -> {
                    throw new IllegalArgumentException("not now");
                }));
        assertEquals(1, flows.undrained());
        assertEquals(1, scan());
        assertEquals(0, flows.undrained());
    }

    @Test
    void shouldWaitForTheScanButNotWithoutAConsumer() throws InterruptedException {
        claim.close();
        packet(7, BEGIN_NS);
        flows.seal(() -> {}, () -> false);
        try (FlowSource.Claim next = flows.claim()) {
            assertTrue(next.urgent());
        }
    }

    @Test
    void shouldHaveOneConsumer() {
        assertThrows(IllegalStateException.class, flows::claim);
    }
}
