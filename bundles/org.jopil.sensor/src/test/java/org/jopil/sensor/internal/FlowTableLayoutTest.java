// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
    void shouldMakeBucketsAPowerOfTwoWithinTheBudget() {
        assertEquals(32_768, KernelTables.buckets(524_288, 2));
        assertEquals(4096, KernelTables.buckets(524_288, 12));
        assertEquals(8, KernelTables.buckets(1024, 64));
    }
}
