// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * Sizes, offsets and values that the kernel half is compiled with. Offsets and sizes in bytes, lengths in
 * elements. GENERATED from the BTF of the objects by LayoutTest, which says how; checked by it, and against every
 * object that is opened.
 */
public final class Layout {
    // struct attachment_config
    public static final int ATTACHMENT_CONFIG_SIZE = 20;
    public static final int ATTACHMENT_CONFIG_ATTACHMENT_OFFSET = 0;
    public static final int ATTACHMENT_CONFIG_CPUS_OFFSET = 4;
    public static final int ATTACHMENT_CONFIG_FLOW4_BUCKET_MASK_OFFSET = 8;
    public static final int ATTACHMENT_CONFIG_FLOW6_BUCKET_MASK_OFFSET = 12;
    public static final int ATTACHMENT_CONFIG_LAYER3_OFFSET = 16;
    public static final int ATTACHMENT_CONFIG_FLOWS_OFFSET = 17;
    public static final int ATTACHMENT_CONFIG_FRAGS_OFFSET = 18;
    public static final int ATTACHMENT_CONFIG_WEAK_MEMORY_OFFSET = 19;

    // struct control
    public static final int CONTROL_SIZE = 24;
    public static final int CONTROL_SAMPLE_STEP_OFFSET = 0;
    public static final int CONTROL_WAKEUP_BYTES_OFFSET = 4;
    public static final int CONTROL_CLOCK_JIFFIES_OFFSET = 8;
    public static final int CONTROL_CLOCK_MONO_NS_OFFSET = 16;

    // struct ring_control
    public static final int RING_CONTROL_SIZE = 64;
    public static final int RING_CONTROL_ARMED_OFFSET = 0;

    // struct counters
    public static final int COUNTERS_SIZE = 8384;
    public static final int COUNTERS_OBSERVED_OFFSET = 0;
    public static final int COUNTERS_SUBMITTED_OFFSET = 8;
    public static final int COUNTERS_SAMPLED_OUT_OFFSET = 16;
    public static final int COUNTERS_RING_FULL_OFFSET = 24;
    public static final int COUNTERS_XDP_MARKED_OFFSET = 32;
    public static final int COUNTERS_FLOWS_INSERTED_OFFSET = 40;
    public static final int COUNTERS_WAITED_OFFSET = 48;
    public static final int COUNTERS_INTERVAL_OFFSET = 52;
    public static final int COUNTERS_PROTOCOL_OFFSET = 64;
    public static final int COUNTERS_PROTOCOL_LENGTH = 259;
    public static final int COUNTERS_OVERFLOW_OFFSET = 4208;
    public static final int COUNTERS_OVERFLOW_LENGTH = 259;

    // struct counter
    public static final int COUNTER_SIZE = 16;
    public static final int COUNTER_PACKETS_OFFSET = 0;
    public static final int COUNTER_BYTES_OFFSET = 8;

    // struct non_ip_key
    public static final int NON_IP_KEY_SIZE = 4;
    public static final int NON_IP_KEY_ETHER_TYPE_OFFSET = 0;
    public static final int NON_IP_KEY_DIRECTION_OFFSET = 2;

    // struct flow4_key
    public static final int FLOW4_KEY_SIZE = 24;
    public static final int FLOW4_KEY_SRC_OFFSET = 0;
    public static final int FLOW4_KEY_DST_OFFSET = 4;
    public static final int FLOW4_KEY_SPORT_OFFSET = 8;
    public static final int FLOW4_KEY_DPORT_OFFSET = 10;
    public static final int FLOW4_KEY_PROTOCOL_OFFSET = 12;
    public static final int FLOW4_KEY_FLAGS_OFFSET = 13;
    public static final int FLOW4_KEY_ATTACHMENT_OFFSET = 14;
    public static final int FLOW4_KEY_VLAN_OFFSET = 16;
    public static final int FLOW4_KEY_INNER_VLAN_OFFSET = 18;

    // struct flow4_slot
    public static final int FLOW4_SLOT_SIZE = 64;
    public static final int FLOW4_SLOT_KEY_OFFSET = 0;
    public static final int FLOW4_SLOT_PACKETS_OFFSET = 24;
    public static final int FLOW4_SLOT_BYTES_OFFSET = 32;
    public static final int FLOW4_SLOT_FIRST_JIFFIES_OFFSET = 40;
    public static final int FLOW4_SLOT_LAST_JIFFIES_OFFSET = 48;
    public static final int FLOW4_SLOT_FIRST_TCP_FLAGS_OFFSET = 56;
    public static final int FLOW4_SLOT_TCP_FLAGS_OFFSET = 57;

    // struct flow4_bucket
    public static final int FLOW4_BUCKET_SIZE = 512;
    public static final int FLOW4_BUCKET_SLOT_OFFSET = 0;
    public static final int FLOW4_BUCKET_SLOT_LENGTH = 8;

    // struct flow6_key
    public static final int FLOW6_KEY_SIZE = 48;
    public static final int FLOW6_KEY_SRC_OFFSET = 0;
    public static final int FLOW6_KEY_SRC_LENGTH = 16;
    public static final int FLOW6_KEY_DST_OFFSET = 16;
    public static final int FLOW6_KEY_DST_LENGTH = 16;
    public static final int FLOW6_KEY_SPORT_OFFSET = 32;
    public static final int FLOW6_KEY_DPORT_OFFSET = 34;
    public static final int FLOW6_KEY_PROTOCOL_OFFSET = 36;
    public static final int FLOW6_KEY_FLAGS_OFFSET = 37;
    public static final int FLOW6_KEY_ATTACHMENT_OFFSET = 38;
    public static final int FLOW6_KEY_VLAN_OFFSET = 40;
    public static final int FLOW6_KEY_INNER_VLAN_OFFSET = 42;

    // struct flow6_slot
    public static final int FLOW6_SLOT_SIZE = 128;
    public static final int FLOW6_SLOT_KEY_OFFSET = 0;
    public static final int FLOW6_SLOT_PACKETS_OFFSET = 48;
    public static final int FLOW6_SLOT_BYTES_OFFSET = 56;
    public static final int FLOW6_SLOT_FIRST_JIFFIES_OFFSET = 64;
    public static final int FLOW6_SLOT_LAST_JIFFIES_OFFSET = 72;
    public static final int FLOW6_SLOT_FIRST_TCP_FLAGS_OFFSET = 80;
    public static final int FLOW6_SLOT_TCP_FLAGS_OFFSET = 81;

    // struct flow6_bucket
    public static final int FLOW6_BUCKET_SIZE = 1024;
    public static final int FLOW6_BUCKET_SLOT_OFFSET = 0;
    public static final int FLOW6_BUCKET_SLOT_LENGTH = 8;

    // struct ack_bucket
    public static final int ACK_BUCKET_SIZE = 64;
    public static final int ACK_BUCKET_ACK_OFFSET = 0;
    public static final int ACK_BUCKET_ACK_LENGTH = 8;

    // struct packet_event
    public static final int PACKET_EVENT_SIZE = 296;
    public static final int PACKET_EVENT_TYPE_OFFSET = 0;
    public static final int PACKET_EVENT_ATTACHMENT_OFFSET = 4;
    public static final int PACKET_EVENT_TIMESTAMP_NS_OFFSET = 8;
    public static final int PACKET_EVENT_OBSERVATION_OFFSET = 16;
    public static final int PACKET_EVENT_WEIGHT_OFFSET = 24;
    public static final int PACKET_EVENT_PACKETS_OFFSET = 28;
    public static final int PACKET_EVENT_WIRE_BYTES_OFFSET = 32;
    public static final int PACKET_EVENT_FRAME_BYTES_OFFSET = 36;
    public static final int PACKET_EVENT_RX_QUEUE_OFFSET = 40;
    public static final int PACKET_EVENT_CPU_OFFSET = 44;
    public static final int PACKET_EVENT_DIRECTION_OFFSET = 46;
    public static final int PACKET_EVENT_HOOK_OFFSET = 47;
    public static final int PACKET_EVENT_CAPTURED_BYTES_OFFSET = 48;
    public static final int PACKET_EVENT_ETHER_TYPE_OFFSET = 50;
    public static final int PACKET_EVENT_VLAN_TCI_OFFSET = 52;
    public static final int PACKET_EVENT_VLAN_PROTOCOL_OFFSET = 54;
    public static final int PACKET_EVENT_LAYER3_OFFSET_OFFSET = 56;
    public static final int PACKET_EVENT_LAYER4_OFFSET_OFFSET = 58;
    public static final int PACKET_EVENT_OUTER_VLAN_OFFSET = 60;
    public static final int PACKET_EVENT_INNER_VLAN_OFFSET = 62;
    public static final int PACKET_EVENT_IP_PROTOCOL_OFFSET = 64;
    public static final int PACKET_EVENT_TCP_FLAGS_OFFSET = 65;
    public static final int PACKET_EVENT_FLAGS_OFFSET = 66;
    public static final int PACKET_EVENT_SPORT_OFFSET = 68;
    public static final int PACKET_EVENT_DPORT_OFFSET = 70;
    public static final int PACKET_EVENT_SRC_OFFSET = 72;
    public static final int PACKET_EVENT_SRC_LENGTH = 16;
    public static final int PACKET_EVENT_DST_OFFSET = 88;
    public static final int PACKET_EVENT_DST_LENGTH = 16;
    public static final int PACKET_EVENT_DATA_OFFSET = 104;
    public static final int PACKET_EVENT_DATA_LENGTH = 192;

    // enum jopil_direction
    public static final int INGRESS = 0;
    public static final int EGRESS = 1;
    public static final int DIRECTIONS = 2;

    // enum jopil_hook
    public static final int HOOK_XDP = 0;
    public static final int HOOK_TC = 1;

    // enum jopil_protocol
    public static final int PROTOCOL_ARP = 256;
    public static final int PROTOCOL_NON_IP = 257;
    public static final int PROTOCOL_MALFORMED = 258;
    public static final int PROTOCOLS = 259;

    // enum jopil_flow_flags
    public static final int FLOW_EGRESS = 1;
    public static final int FLOW_FRAGMENT = 2;

    // enum jopil_event_type
    public static final int EVENT_PACKET = 1;

    // enum jopil_packet_flags
    public static final int PACKET_IP = 1;
    public static final int PACKET_PORTS = 2;
    public static final int PACKET_FRAGMENT = 4;
    public static final int PACKET_LATER_FRAGMENT = 8;
    public static final int PACKET_MALFORMED = 16;
    public static final int PACKET_VLAN_ACCELERATED = 32;
    public static final int PACKET_LAYER3 = 64;

    // struct drop_key
    public static final int DROP_KEY_SIZE = 24;
    public static final int DROP_KEY_LOCATION_OFFSET = 0;
    public static final int DROP_KEY_REASON_OFFSET = 8;
    public static final int DROP_KEY_IFINDEX_OFFSET = 12;
    public static final int DROP_KEY_NETNS_OFFSET = 16;

    // struct drop_count
    public static final int DROP_COUNT_SIZE = 16;
    public static final int DROP_COUNT_PACKETS_OFFSET = 0;
    public static final int DROP_COUNT_BYTES_OFFSET = 8;

    private Layout() {}
}
