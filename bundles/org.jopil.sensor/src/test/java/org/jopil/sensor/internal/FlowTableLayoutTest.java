// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.source.MemoryPlan;
import org.jopil.bpf.Layout;
import org.junit.jupiter.api.Test;

/** {@link FlowTable} reads both families' fields behind the addresses with one set of distances. */
class FlowTableLayoutTest {
    @Test
    void shouldLieAlikeBehindTheAddresses() {
        int key = Layout.FLOW6_KEY_SPORT_OFFSET - Layout.FLOW4_KEY_SPORT_OFFSET;
        assertEquals(key, Layout.FLOW6_KEY_DPORT_OFFSET - Layout.FLOW4_KEY_DPORT_OFFSET);
        assertEquals(key, Layout.FLOW6_KEY_PROTOCOL_OFFSET - Layout.FLOW4_KEY_PROTOCOL_OFFSET);
        assertEquals(key, Layout.FLOW6_KEY_FLAGS_OFFSET - Layout.FLOW4_KEY_FLAGS_OFFSET);
        assertEquals(key, Layout.FLOW6_KEY_ATTACHMENT_OFFSET - Layout.FLOW4_KEY_ATTACHMENT_OFFSET);
        assertEquals(key, Layout.FLOW6_KEY_VLAN_OFFSET - Layout.FLOW4_KEY_VLAN_OFFSET);
        assertEquals(key, Layout.FLOW6_KEY_INNER_VLAN_OFFSET - Layout.FLOW4_KEY_INNER_VLAN_OFFSET);
        int record = Layout.FLOW6_SLOT_PACKETS_OFFSET - Layout.FLOW4_SLOT_PACKETS_OFFSET;
        assertEquals(record, Layout.FLOW6_SLOT_FIRST_JIFFIES_OFFSET - Layout.FLOW4_SLOT_FIRST_JIFFIES_OFFSET);
        assertEquals(record, Layout.FLOW6_SLOT_LAST_JIFFIES_OFFSET - Layout.FLOW4_SLOT_LAST_JIFFIES_OFFSET);
        assertEquals(record, Layout.FLOW6_SLOT_FIRST_TCP_FLAGS_OFFSET - Layout.FLOW4_SLOT_FIRST_TCP_FLAGS_OFFSET);
        assertEquals(record, Layout.FLOW6_SLOT_TCP_FLAGS_OFFSET - Layout.FLOW4_SLOT_TCP_FLAGS_OFFSET);
    }

    @Test
    void shouldStartWithTheKey() {
        assertEquals(0, Layout.FLOW4_SLOT_KEY_OFFSET);
        assertEquals(0, Layout.FLOW6_SLOT_KEY_OFFSET);
        assertEquals(0, Layout.ACK_BUCKET_ACK_OFFSET);
        assertEquals(Layout.ACK_BUCKET_SIZE, Layout.ACK_BUCKET_ACK_LENGTH * Long.BYTES);
    }

    @Test
    void shouldTakeWhatTheMemoryPlanSays() {
        int ack = Layout.ACK_BUCKET_SIZE / Layout.ACK_BUCKET_ACK_LENGTH;
        assertEquals(MemoryPlan.IPV4_SLOT_BYTES, Layout.FLOW4_SLOT_SIZE + ack);
        assertEquals(MemoryPlan.IPV6_SLOT_BYTES, Layout.FLOW6_SLOT_SIZE + ack);
    }

    @Test
    void shouldSayWhatIsNeededWhereTheBudgetIsTooSmall() {
        SensorConfig small = Configs.of(Map.of("memory_mib", 128));
        assertEquals(MemoryPlan.of(128, 64), KernelTables.plan(small, 64));
        JopilException refused = assertThrows(JopilException.class, () -> KernelTables.plan(small, 256));
        assertEquals("JOPIL-105", refused.code());
        assertEquals("memory_mib = 128 is too little for 256 possible CPUs", refused.title());
        assertTrue(refused.detail().contains("The least here is 196"), refused.detail());
    }
}
