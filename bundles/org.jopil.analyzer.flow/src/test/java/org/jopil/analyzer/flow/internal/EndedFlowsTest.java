// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EndedFlowsTest {
    private final FlowRecords from = new FlowRecords();
    private long ended;

    private void end(EndedFlows flows, int records) {
        from.ensure(1);
        for (int n = 0; n < records; n++) {
            ended++;
            from.open(0, 0, 0, 0, 0, 0, 0, 0);
            from.id(0, ended);
            flows.add(from, 0, ended);
        }
    }

    private void assertIds(EndedFlows flows, long oldest) {
        assertEquals(ended - oldest + 1, flows.size());
        for (int n = 0; n < flows.size(); n++) {
            assertEquals(oldest + n, flows.records().id(flows.at(n)));
        }
    }

    @Test
    void shouldKeepTheOrderWhenItGrowsAfterItWentRound() {
        EndedFlows flows = new EndedFlows(100_000);
        end(flows, 1);
        for (int round = 0; round < 4; round++) {
            int capacity = flows.records().capacity();
            end(flows, capacity - flows.size());
            flows.forgetBefore(ended - capacity / 8);
            long oldest = ended - capacity / 8;
            assertIds(flows, oldest);
            end(flows, capacity);
            assertTrue(flows.records().capacity() > capacity);
            assertIds(flows, oldest);
        }
    }

    @Test
    void shouldForgetTheOldestWhenItIsFull() {
        EndedFlows flows = new EndedFlows(3000);
        end(flows, 10_000);
        assertIds(flows, 7001);
        assertEquals(7000, flows.forgottenFlows());
    }
}
