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
    public static final int CONTROL_SIZE = 32;
    public static final int CONTROL_SAMPLE_STEP_OFFSET = 0;
    public static final int CONTROL_WAKEUP_BYTES_OFFSET = 4;
    public static final int CONTROL_PAYLOAD_RATE_OFFSET = 8;
    public static final int CONTROL_PAYLOAD_BURST_OFFSET = 12;
    public static final int CONTROL_CLOCK_JIFFIES_OFFSET = 16;
    public static final int CONTROL_CLOCK_MONO_NS_OFFSET = 24;

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
    public static final int COUNTERS_PAYLOADS_SUBMITTED_OFFSET = 8352;
    public static final int COUNTERS_PAYLOADS_REFUSED_OFFSET = 8360;
    public static final int COUNTERS_PAYLOADS_RING_FULL_OFFSET = 8368;
    public static final int COUNTERS_PAYLOAD_JIFFIES_OFFSET = 8376;
    public static final int COUNTERS_PAYLOAD_TOKENS_OFFSET = 8380;

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
    public static final int FLOW4_SLOT_PAYLOADS_OFFSET = 58;

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
    public static final int FLOW6_SLOT_PAYLOADS_OFFSET = 82;

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

    // struct payload_event
    public static final int PAYLOAD_EVENT_SIZE = 1608;
    public static final int PAYLOAD_EVENT_TYPE_OFFSET = 0;
    public static final int PAYLOAD_EVENT_ATTACHMENT_OFFSET = 4;
    public static final int PAYLOAD_EVENT_TIMESTAMP_NS_OFFSET = 8;
    public static final int PAYLOAD_EVENT_PAYLOAD_BYTES_OFFSET = 16;
    public static final int PAYLOAD_EVENT_TCP_SEQUENCE_OFFSET = 20;
    public static final int PAYLOAD_EVENT_CAPTURED_BYTES_OFFSET = 24;
    public static final int PAYLOAD_EVENT_OUTER_VLAN_OFFSET = 26;
    public static final int PAYLOAD_EVENT_INNER_VLAN_OFFSET = 28;
    public static final int PAYLOAD_EVENT_IP_PROTOCOL_OFFSET = 30;
    public static final int PAYLOAD_EVENT_TCP_FLAGS_OFFSET = 31;
    public static final int PAYLOAD_EVENT_DIRECTION_OFFSET = 32;
    public static final int PAYLOAD_EVENT_SPORT_OFFSET = 36;
    public static final int PAYLOAD_EVENT_DPORT_OFFSET = 38;
    public static final int PAYLOAD_EVENT_SRC_OFFSET = 40;
    public static final int PAYLOAD_EVENT_SRC_LENGTH = 16;
    public static final int PAYLOAD_EVENT_DST_OFFSET = 56;
    public static final int PAYLOAD_EVENT_DST_LENGTH = 16;
    public static final int PAYLOAD_EVENT_DATA_OFFSET = 72;
    public static final int PAYLOAD_EVENT_DATA_LENGTH = 1536;

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
    public static final int EVENT_PAYLOAD = 2;

    // enum jopil_packet_flags
    public static final int PACKET_IP = 1;
    public static final int PACKET_PORTS = 2;
    public static final int PACKET_FRAGMENT = 4;
    public static final int PACKET_LATER_FRAGMENT = 8;
    public static final int PACKET_MALFORMED = 16;
    public static final int PACKET_VLAN_ACCELERATED = 32;
    public static final int PACKET_LAYER3 = 64;

    // struct drop_key
    public static final int DROP_KEY_SIZE = 32;
    public static final int DROP_KEY_LOCATION_OFFSET = 0;
    public static final int DROP_KEY_REASON_OFFSET = 8;
    public static final int DROP_KEY_IFINDEX_OFFSET = 12;
    public static final int DROP_KEY_NETNS_OFFSET = 16;
    public static final int DROP_KEY_HOOKED_OFFSET = 24;

    // struct drop_count
    public static final int DROP_COUNT_SIZE = 16;
    public static final int DROP_COUNT_PACKETS_OFFSET = 0;
    public static final int DROP_COUNT_BYTES_OFFSET = 8;

    // struct drop_config
    public static final int DROP_CONFIG_SIZE = 64;
    public static final int DROP_CONFIG_HOOK_BEGIN_OFFSET = 0;
    public static final int DROP_CONFIG_HOOK_END_OFFSET = 8;
    public static final int DROP_CONFIG_READ4_BEGIN_OFFSET = 16;
    public static final int DROP_CONFIG_READ4_END_OFFSET = 24;
    public static final int DROP_CONFIG_READ6_BEGIN_OFFSET = 32;
    public static final int DROP_CONFIG_READ6_END_OFFSET = 40;
    public static final int DROP_CONFIG_HOOK_REASON_OFFSET = 48;
    public static final int DROP_CONFIG_EVENTS_PER_JIFFY_OFFSET = 52;
    public static final int DROP_CONFIG_EVENTS_AT_ONCE_OFFSET = 56;

    // struct drop_book
    public static final int DROP_BOOK_SIZE = 56;
    public static final int DROP_BOOK_OBSERVED_OFFSET = 0;
    public static final int DROP_BOOK_SUBMITTED_OFFSET = 8;
    public static final int DROP_BOOK_SAMPLED_OUT_OFFSET = 16;
    public static final int DROP_BOOK_RING_FULL_OFFSET = 24;
    public static final int DROP_BOOK_JIFFY_OFFSET = 32;
    public static final int DROP_BOOK_CREDIT_OFFSET = 40;
    public static final int DROP_BOOK_TOLD_OUT_OFFSET = 48;

    // struct drop_event
    public static final int DROP_EVENT_SIZE = 200;
    public static final int DROP_EVENT_TIMESTAMP_NS_OFFSET = 0;
    public static final int DROP_EVENT_SOCKET_COOKIE_OFFSET = 8;
    public static final int DROP_EVENT_KEY_OFFSET = 16;
    public static final int DROP_EVENT_PACKETS_OFFSET = 48;
    public static final int DROP_EVENT_WEIGHT_OFFSET = 52;
    public static final int DROP_EVENT_FRAME_BYTES_OFFSET = 56;
    public static final int DROP_EVENT_CPU_OFFSET = 60;
    public static final int DROP_EVENT_ETHER_TYPE_OFFSET = 64;
    public static final int DROP_EVENT_FLAGS_OFFSET = 66;
    public static final int DROP_EVENT_CAPTURED_BYTES_OFFSET = 68;
    public static final int DROP_EVENT_DATA_OFFSET = 72;
    public static final int DROP_EVENT_DATA_LENGTH = 128;

    // enum jopil_drop_flags
    public static final int DROP_FROM_MAC = 1;
    public static final int DROP_RECEIVED = 2;

    // struct drop_stack_config
    public static final int DROP_STACK_CONFIG_SIZE = 16;
    public static final int DROP_STACK_CONFIG_END_NS_OFFSET = 0;
    public static final int DROP_STACK_CONFIG_STACKS_PER_JIFFY_OFFSET = 8;

    // struct drop_stack
    public static final int DROP_STACK_SIZE = 336;
    public static final int DROP_STACK_LOCATION_OFFSET = 0;
    public static final int DROP_STACK_REASON_OFFSET = 8;
    public static final int DROP_STACK_FRAMES_OFFSET = 16;
    public static final int DROP_STACK_FRAMES_LENGTH = 40;

    // struct drop_stack_book
    public static final int DROP_STACK_BOOK_SIZE = 48;
    public static final int DROP_STACK_BOOK_OBSERVED_OFFSET = 0;
    public static final int DROP_STACK_BOOK_TAKEN_OFFSET = 8;
    public static final int DROP_STACK_BOOK_LEFT_OUT_OFFSET = 16;
    public static final int DROP_STACK_BOOK_NO_ROOM_OFFSET = 24;
    public static final int DROP_STACK_BOOK_JIFFY_OFFSET = 32;
    public static final int DROP_STACK_BOOK_IN_JIFFY_OFFSET = 40;

    // struct socket_owner
    public static final int SOCKET_OWNER_SIZE = 128;
    public static final int SOCKET_OWNER_COOKIE_OFFSET = 0;
    public static final int SOCKET_OWNER_START_BOOT_NS_OFFSET = 8;
    public static final int SOCKET_OWNER_CGROUP_OFFSET = 16;
    public static final int SOCKET_OWNER_SEEN_JIFFIES_OFFSET = 24;
    public static final int SOCKET_OWNER_TGID_OFFSET = 32;
    public static final int SOCKET_OWNER_UID_OFFSET = 36;
    public static final int SOCKET_OWNER_COMM_OFFSET = 40;
    public static final int SOCKET_OWNER_COMM_LENGTH = 16;
    public static final int SOCKET_OWNER_NETNS_OFFSET = 56;
    public static final int SOCKET_OWNER_FAMILY_OFFSET = 60;
    public static final int SOCKET_OWNER_PROTOCOL_OFFSET = 62;
    public static final int SOCKET_OWNER_LOCAL_OFFSET = 64;
    public static final int SOCKET_OWNER_LOCAL_LENGTH = 16;
    public static final int SOCKET_OWNER_REMOTE_OFFSET = 80;
    public static final int SOCKET_OWNER_REMOTE_LENGTH = 16;
    public static final int SOCKET_OWNER_LOCAL_PORT_OFFSET = 96;
    public static final int SOCKET_OWNER_REMOTE_PORT_OFFSET = 98;
    public static final int SOCKET_OWNER_SOURCE_OFFSET = 100;
    public static final int SOCKET_OWNER_CHANGES_OFFSET = 102;
    public static final int SOCKET_OWNER_PASS_OFFSET = 104;
    public static final int SOCKET_OWNER_VERSION_OFFSET = 108;
    public static final int SOCKET_OWNER_WRITING_OFFSET = 112;
    public static final int SOCKET_OWNER_CHECK_OFFSET = 120;

    // struct owned_socket
    public static final int OWNED_SOCKET_SIZE = 136;
    public static final int OWNED_SOCKET_OWNER_OFFSET = 0;
    public static final int OWNED_SOCKET_BOUND_IFINDEX_OFFSET = 128;
    public static final int OWNED_SOCKET_STATE_OFFSET = 132;
    public static final int OWNED_SOCKET_IPV6_ONLY_OFFSET = 133;

    // enum jopil_owner_source
    public static final int OWNER_CREATE = 1;
    public static final int OWNER_CONNECT = 2;
    public static final int OWNER_LISTEN = 3;
    public static final int OWNER_SEND = 4;
    public static final int OWNER_RECEIVE = 5;
    public static final int OWNER_FILE = 6;
    public static final int OWNER_LISTENER = 7;

    // struct tcp_record
    public static final int TCP_RECORD_SIZE = 312;
    public static final int TCP_RECORD_COOKIE_OFFSET = 0;
    public static final int TCP_RECORD_TIMESTAMP_NS_OFFSET = 8;
    public static final int TCP_RECORD_OPENED_NS_OFFSET = 16;
    public static final int TCP_RECORD_ESTABLISHED_NS_OFFSET = 24;
    public static final int TCP_RECORD_BYTES_ACKED_OFFSET = 32;
    public static final int TCP_RECORD_BYTES_RECEIVED_OFFSET = 40;
    public static final int TCP_RECORD_BYTES_SENT_OFFSET = 48;
    public static final int TCP_RECORD_BYTES_RETRANS_OFFSET = 56;
    public static final int TCP_RECORD_LOCAL_OFFSET = 64;
    public static final int TCP_RECORD_LOCAL_LENGTH = 16;
    public static final int TCP_RECORD_REMOTE_OFFSET = 80;
    public static final int TCP_RECORD_REMOTE_LENGTH = 16;
    public static final int TCP_RECORD_LOCAL_PORT_OFFSET = 96;
    public static final int TCP_RECORD_REMOTE_PORT_OFFSET = 98;
    public static final int TCP_RECORD_FAMILY_OFFSET = 100;
    public static final int TCP_RECORD_STATE_OFFSET = 102;
    public static final int TCP_RECORD_CA_STATE_OFFSET = 103;
    public static final int TCP_RECORD_NETNS_OFFSET = 104;
    public static final int TCP_RECORD_BOUND_IFINDEX_OFFSET = 108;
    public static final int TCP_RECORD_TYPE_OFFSET = 112;
    public static final int TCP_RECORD_FLAGS_OFFSET = 114;
    public static final int TCP_RECORD_ERROR_OFFSET = 116;
    public static final int TCP_RECORD_HANDSHAKE_US_OFFSET = 120;
    public static final int TCP_RECORD_RTT_OFFSET = 124;
    public static final int TCP_RECORD_RTTVAR_OFFSET = 128;
    public static final int TCP_RECORD_MIN_RTT_OFFSET = 132;
    public static final int TCP_RECORD_RTO_JIFFIES_OFFSET = 136;
    public static final int TCP_RECORD_SND_CWND_OFFSET = 140;
    public static final int TCP_RECORD_SND_SSTHRESH_OFFSET = 144;
    public static final int TCP_RECORD_SND_MSS_OFFSET = 148;
    public static final int TCP_RECORD_SND_WND_OFFSET = 152;
    public static final int TCP_RECORD_RCV_WND_OFFSET = 156;
    public static final int TCP_RECORD_SEND_QUEUE_BYTES_OFFSET = 160;
    public static final int TCP_RECORD_RECEIVE_QUEUE_BYTES_OFFSET = 164;
    public static final int TCP_RECORD_UNACKED_OFFSET = 168;
    public static final int TCP_RECORD_SACKED_OFFSET = 172;
    public static final int TCP_RECORD_LOST_OFFSET = 176;
    public static final int TCP_RECORD_RETRANS_OFFSET = 180;
    public static final int TCP_RECORD_SEGS_OUT_OFFSET = 184;
    public static final int TCP_RECORD_SEGS_IN_OFFSET = 188;
    public static final int TCP_RECORD_DATA_SEGS_OUT_OFFSET = 192;
    public static final int TCP_RECORD_DATA_SEGS_IN_OFFSET = 196;
    public static final int TCP_RECORD_DELIVERED_OFFSET = 200;
    public static final int TCP_RECORD_DELIVERED_CE_OFFSET = 204;
    public static final int TCP_RECORD_TOTAL_RETRANS_OFFSET = 208;
    public static final int TCP_RECORD_TOTAL_LOST_OFFSET = 212;
    public static final int TCP_RECORD_RETRANSMITS_OFFSET = 216;
    public static final int TCP_RECORD_RETRANSMITS_LENGTH = 5;
    public static final int TCP_RECORD_RETRANSMITS_EARLIER_OFFSET = 236;
    public static final int TCP_RECORD_RCV_OOOPACK_OFFSET = 240;
    public static final int TCP_RECORD_DSACK_DUPS_OFFSET = 244;
    public static final int TCP_RECORD_REORDERING_OFFSET = 248;
    public static final int TCP_RECORD_REORD_SEEN_OFFSET = 252;
    public static final int TCP_RECORD_TOTAL_RTO_OFFSET = 256;
    public static final int TCP_RECORD_TOTAL_RTO_RECOVERIES_OFFSET = 260;
    public static final int TCP_RECORD_TOTAL_RTO_TIME_OFFSET = 264;
    public static final int TCP_RECORD_RETRANSMITS_NOW_OFFSET = 268;
    public static final int TCP_RECORD_PROBES_OFFSET = 269;
    public static final int TCP_RECORD_BACKOFF_OFFSET = 270;
    public static final int TCP_RECORD_STATE_BEFORE_OFFSET = 271;
    public static final int TCP_RECORD_BUSY_JIFFIES_OFFSET = 272;
    public static final int TCP_RECORD_RWND_LIMITED_JIFFIES_OFFSET = 276;
    public static final int TCP_RECORD_SNDBUF_LIMITED_JIFFIES_OFFSET = 280;
    public static final int TCP_RECORD_ZERO_WINDOWS_SENT_OFFSET = 284;
    public static final int TCP_RECORD_ZERO_WINDOWS_RECEIVED_OFFSET = 288;
    public static final int TCP_RECORD_RESETS_SENT_OFFSET = 292;
    public static final int TCP_RECORD_RESETS_RECEIVED_OFFSET = 296;
    public static final int TCP_RECORD_RESET_REASON_OFFSET = 300;
    public static final int TCP_RECORD_DROPS_OFFSET = 304;

    // struct tcp_sums
    public static final int TCP_SUMS_SIZE = 288;
    public static final int TCP_SUMS_HANDSHAKES_ACTIVE_OFFSET = 0;
    public static final int TCP_SUMS_HANDSHAKES_PASSIVE_OFFSET = 8;
    public static final int TCP_SUMS_HANDSHAKE_US_ACTIVE_OFFSET = 16;
    public static final int TCP_SUMS_HANDSHAKE_US_PASSIVE_OFFSET = 24;
    public static final int TCP_SUMS_HANDSHAKES_UNMEASURED_OFFSET = 32;
    public static final int TCP_SUMS_FAILURES_ACTIVE_OFFSET = 40;
    public static final int TCP_SUMS_FAILURES_PASSIVE_OFFSET = 48;
    public static final int TCP_SUMS_RETRANSMITS_OFFSET = 56;
    public static final int TCP_SUMS_RETRANSMITS_LENGTH = 5;
    public static final int TCP_SUMS_RESETS_SENT_OFFSET = 96;
    public static final int TCP_SUMS_RESETS_RECEIVED_OFFSET = 104;
    public static final int TCP_SUMS_ZERO_WINDOWS_SENT_OFFSET = 112;
    public static final int TCP_SUMS_ZERO_WINDOWS_RECEIVED_OFFSET = 120;
    public static final int TCP_SUMS_STATE_CHANGES_OFFSET = 128;
    public static final int TCP_SUMS_STATE_CHANGES_LENGTH = 16;
    public static final int TCP_SUMS_CLOSED_OFFSET = 256;
    public static final int TCP_SUMS_SUBMITTED_OFFSET = 264;
    public static final int TCP_SUMS_RING_FULL_OFFSET = 272;
    public static final int TCP_SUMS_NO_STORAGE_OFFSET = 280;

    // enum jopil_tcp_record_type
    public static final int TCP_OPEN = 1;
    public static final int TCP_CLOSED = 2;
    public static final int TCP_RESET = 3;

    // enum jopil_tcp_retransmit
    public static final int TCP_TIMEOUT = 0;
    public static final int TCP_FAST = 1;
    public static final int TCP_PROBE = 2;
    public static final int TCP_SYN = 3;
    public static final int TCP_SYNACK = 4;
    public static final int TCP_RETRANSMITS = 5;

    // enum jopil_tcp_flags
    public static final int TCP_ACTIVE = 1;
    public static final int TCP_PASSIVE = 2;
    public static final int TCP_EARLIER = 4;

    // struct journey_config
    public static final int JOURNEY_CONFIG_SIZE = 20;
    public static final int JOURNEY_CONFIG_FOLLOW_STEP_OFFSET = 0;
    public static final int JOURNEY_CONFIG_BUCKET_MASK_OFFSET = 4;
    public static final int JOURNEY_CONFIG_WAITING_MASK_OFFSET = 8;
    public static final int JOURNEY_CONFIG_EPHEMERAL_FROM_OFFSET = 12;
    public static final int JOURNEY_CONFIG_EVENTS_OFFSET = 14;
    public static final int JOURNEY_CONFIG_PAYLOAD_BYTES_OFFSET = 15;
    public static final int JOURNEY_CONFIG_TRACED_PER_JIFFY_OFFSET = 16;

    // struct journey_control
    public static final int JOURNEY_CONTROL_SIZE = 64;
    public static final int JOURNEY_CONTROL_WINDOW_OFFSET = 0;
    public static final int JOURNEY_CONTROL_FOLLOW_STEP_OFFSET = 8;
    public static final int JOURNEY_CONTROL_FOLLOW_SET_OFFSET = 12;
    public static final int JOURNEY_CONTROL_TRACE_OFFSET = 16;

    // struct journey_trace
    public static final int JOURNEY_TRACE_SIZE = 48;
    public static final int JOURNEY_TRACE_UNTIL_NS_OFFSET = 0;
    public static final int JOURNEY_TRACE_ADDRESS_A_OFFSET = 8;
    public static final int JOURNEY_TRACE_ADDRESS_A_LENGTH = 16;
    public static final int JOURNEY_TRACE_ADDRESS_B_OFFSET = 24;
    public static final int JOURNEY_TRACE_ADDRESS_B_LENGTH = 16;
    public static final int JOURNEY_TRACE_PORT_A_OFFSET = 40;
    public static final int JOURNEY_TRACE_PORT_B_OFFSET = 42;
    public static final int JOURNEY_TRACE_PROTOCOL_OFFSET = 44;

    // struct latency_key
    public static final int LATENCY_KEY_SIZE = 16;
    public static final int LATENCY_KEY_NETNS_OFFSET = 0;
    public static final int LATENCY_KEY_IFINDEX_OFFSET = 4;
    public static final int LATENCY_KEY_TGID_OFFSET = 8;
    public static final int LATENCY_KEY_PORT_OFFSET = 12;
    public static final int LATENCY_KEY_PROTOCOL_OFFSET = 14;
    public static final int LATENCY_KEY_STAGE_OFFSET = 15;

    // struct histogram_window
    public static final int HISTOGRAM_WINDOW_SIZE = 16;
    public static final int HISTOGRAM_WINDOW_NUMBER_OFFSET = 0;
    public static final int HISTOGRAM_WINDOW_MAX_NS_OFFSET = 8;

    // struct histogram
    public static final int HISTOGRAM_SIZE = 2112;
    public static final int HISTOGRAM_COUNT_OFFSET = 0;
    public static final int HISTOGRAM_SUM_NS_OFFSET = 8;
    public static final int HISTOGRAM_MAX_NS_OFFSET = 16;
    public static final int HISTOGRAM_WINDOW_OFFSET = 24;
    public static final int HISTOGRAM_WINDOW_LENGTH = 2;
    public static final int HISTOGRAM_BUCKET_OFFSET = 64;
    public static final int HISTOGRAM_BUCKET_LENGTH = 512;

    // struct journey_book
    public static final int JOURNEY_BOOK_SIZE = 232;
    public static final int JOURNEY_BOOK_BEGUN_OFFSET = 0;
    public static final int JOURNEY_BOOK_BEGUN_LENGTH = 2;
    public static final int JOURNEY_BOOK_ENDED_OFFSET = 16;
    public static final int JOURNEY_BOOK_ENDED_LENGTH = 22;
    public static final int JOURNEY_BOOK_OBSERVED_OFFSET = 192;
    public static final int JOURNEY_BOOK_SUBMITTED_OFFSET = 200;
    public static final int JOURNEY_BOOK_RING_FULL_OFFSET = 208;
    public static final int JOURNEY_BOOK_LATENCY_OVERFLOW_OFFSET = 216;
    public static final int JOURNEY_BOOK_TRACE_LEFT_OUT_OFFSET = 224;

    // struct journey_event
    public static final int JOURNEY_EVENT_SIZE = 72;
    public static final int JOURNEY_EVENT_ID_OFFSET = 0;
    public static final int JOURNEY_EVENT_TIMESTAMP_NS_OFFSET = 8;
    public static final int JOURNEY_EVENT_IFINDEX_OFFSET = 16;
    public static final int JOURNEY_EVENT_NETNS_OFFSET = 20;
    public static final int JOURNEY_EVENT_TGID_OFFSET = 24;
    public static final int JOURNEY_EVENT_TID_OFFSET = 28;
    public static final int JOURNEY_EVENT_SEQUENCE_OFFSET = 32;
    public static final int JOURNEY_EVENT_BYTES_OFFSET = 36;
    public static final int JOURNEY_EVENT_PORT_OFFSET = 40;
    public static final int JOURNEY_EVENT_CPU_OFFSET = 42;
    public static final int JOURNEY_EVENT_HOOK_OFFSET = 44;
    public static final int JOURNEY_EVENT_FLAGS_OFFSET = 45;
    public static final int JOURNEY_EVENT_END_OFFSET = 46;
    public static final int JOURNEY_EVENT_PROTOCOL_OFFSET = 47;
    public static final int JOURNEY_EVENT_COMM_OFFSET = 48;
    public static final int JOURNEY_EVENT_COMM_LENGTH = 16;
    public static final int JOURNEY_EVENT_CAPTURED_BYTES_OFFSET = 68;

    // struct journey_first_event
    public static final int JOURNEY_FIRST_EVENT_SIZE = 200;
    public static final int JOURNEY_FIRST_EVENT_EVENT_OFFSET = 0;
    public static final int JOURNEY_FIRST_EVENT_DATA_OFFSET = 72;
    public static final int JOURNEY_FIRST_EVENT_DATA_LENGTH = 128;

    // enum jopil_journey_stage
    public static final int STAGE_DRIVER = 0;
    public static final int STAGE_TC = 1;
    public static final int STAGE_NETFILTER = 2;
    public static final int STAGE_TRANSPORT = 3;
    public static final int STAGE_SOCKET_QUEUE = 4;
    public static final int STAGE_COPY = 5;
    public static final int STAGE_RECEIVE_TOTAL = 6;
    public static final int STAGE_SEND_STACK = 7;
    public static final int STAGE_QDISC = 8;
    public static final int STAGE_DRIVER_TX = 9;
    public static final int STAGE_SEND_TOTAL = 10;
    public static final int STAGES = 11;

    // enum jopil_journey_hook
    public static final int JOURNEY_GRO_RECEIVE = 0;
    public static final int JOURNEY_RECEIVE = 1;
    public static final int JOURNEY_TC_INGRESS = 2;
    public static final int JOURNEY_PRE_ROUTING = 3;
    public static final int JOURNEY_LOCAL_IN = 4;
    public static final int JOURNEY_TCP = 5;
    public static final int JOURNEY_DATA_READY = 6;
    public static final int JOURNEY_COPY = 7;
    public static final int JOURNEY_READ = 8;
    public static final int JOURNEY_SEND = 9;
    public static final int JOURNEY_LOCAL_OUT = 10;
    public static final int JOURNEY_FORWARD = 11;
    public static final int JOURNEY_POST_ROUTING = 12;
    public static final int JOURNEY_TC_EGRESS = 13;
    public static final int JOURNEY_QUEUE = 14;
    public static final int JOURNEY_START_XMIT = 15;
    public static final int JOURNEY_XMIT = 16;
    public static final int JOURNEY_FREE = 17;
    public static final int JOURNEY_DROP = 18;
    public static final int JOURNEY_HOOKS = 19;

    // enum jopil_journey_end
    public static final int END_READ = 0;
    public static final int END_SENT = 1;
    public static final int END_FORWARDED = 2;
    public static final int END_PASSED_UP = 3;
    public static final int END_DROPPED = 4;
    public static final int END_FREED = 5;
    public static final int END_NO_DATA = 6;
    public static final int END_DUPLICATE = 7;
    public static final int END_MERGED = 8;
    public static final int END_GONE_TCP = 9;
    public static final int END_GONE_UDP = 10;
    public static final int END_GONE_OTHER = 11;
    public static final int END_GONE_SENT = 12;
    public static final int END_DISPLACED = 13;
    public static final int END_NOT_IN_QUEUE = 14;
    public static final int END_ORDER_LOST = 15;
    public static final int END_UNREAD = 16;
    public static final int END_NO_STORAGE = 17;
    public static final int END_BUSY = 18;
    public static final int END_READ_RACE = 19;
    public static final int END_SEVERAL_READERS = 20;
    public static final int END_ROW_FULL = 21;
    public static final int ENDS = 22;

    // enum jopil_journey_event_flags
    public static final int JOURNEY_FIRST = 1;
    public static final int JOURNEY_PROCESS = 2;
    public static final int JOURNEY_LAST = 4;
    public static final int JOURNEY_TRACED = 8;

    // struct softirq_times
    public static final int SOFTIRQ_TIMES_SIZE = 4256;
    public static final int SOFTIRQ_TIMES_RAISED_NS_OFFSET = 0;
    public static final int SOFTIRQ_TIMES_ENTERED_NS_OFFSET = 8;
    public static final int SOFTIRQ_TIMES_RUNS_OFFSET = 16;
    public static final int SOFTIRQ_TIMES_DELAY_OFFSET = 32;
    public static final int SOFTIRQ_TIMES_RUN_OFFSET = 2144;

    // enum jopil_softirq
    public static final int SOFTIRQ_NET_TX = 0;
    public static final int SOFTIRQ_NET_RX = 1;
    public static final int SOFTIRQS = 2;

    // enum jopil_softirq_window
    public static final int SOFTIRQ_WINDOW_SHIFT = 35;

    // struct filter_scratch
    public static final int FILTER_SCRATCH_SIZE = 536;
    public static final int FILTER_SCRATCH_LENGTH_OFFSET = 0;
    public static final int FILTER_SCRATCH_CAPTURED_OFFSET = 4;
    public static final int FILTER_SCRATCH_UNDECIDED_OFFSET = 8;
    public static final int FILTER_SCRATCH_MISSED_OFFSET = 16;
    public static final int FILTER_SCRATCH_DATA_OFFSET = 24;
    public static final int FILTER_SCRATCH_DATA_LENGTH = 512;

    // struct capture_config
    public static final int CAPTURE_CONFIG_SIZE = 16;
    public static final int CAPTURE_CONFIG_ATTACHMENT_OFFSET = 0;
    public static final int CAPTURE_CONFIG_SNAPLEN_OFFSET = 4;
    public static final int CAPTURE_CONFIG_WAKEUP_BYTES_OFFSET = 8;
    public static final int CAPTURE_CONFIG_LAYER3_OFFSET = 12;
    public static final int CAPTURE_CONFIG_UNFILTERED_OFFSET = 13;

    // struct capture_book
    public static final int CAPTURE_BOOK_SIZE = 48;
    public static final int CAPTURE_BOOK_SEEN_OFFSET = 0;
    public static final int CAPTURE_BOOK_MATCHED_OFFSET = 8;
    public static final int CAPTURE_BOOK_SUBMITTED_OFFSET = 16;
    public static final int CAPTURE_BOOK_RING_FULL_OFFSET = 24;
    public static final int CAPTURE_BOOK_UNDECIDED_OFFSET = 32;
    public static final int CAPTURE_BOOK_UNDECIDED_RING_FULL_OFFSET = 40;

    // struct capture_event
    public static final int CAPTURE_EVENT_SIZE = 64;
    public static final int CAPTURE_EVENT_TIMESTAMP_NS_OFFSET = 0;
    public static final int CAPTURE_EVENT_NUMBER_OFFSET = 8;
    public static final int CAPTURE_EVENT_LOST_OFFSET = 16;
    public static final int CAPTURE_EVENT_ATTACHMENT_OFFSET = 24;
    public static final int CAPTURE_EVENT_LENGTH_OFFSET = 28;
    public static final int CAPTURE_EVENT_CAPTURED_OFFSET = 32;
    public static final int CAPTURE_EVENT_HEADER_BYTES_OFFSET = 36;
    public static final int CAPTURE_EVENT_RX_QUEUE_OFFSET = 40;
    public static final int CAPTURE_EVENT_GSO_SEGS_OFFSET = 44;
    public static final int CAPTURE_EVENT_GSO_SIZE_OFFSET = 46;
    public static final int CAPTURE_EVENT_VLAN_TCI_OFFSET = 48;
    public static final int CAPTURE_EVENT_VLAN_PROTOCOL_OFFSET = 50;
    public static final int CAPTURE_EVENT_DIRECTION_OFFSET = 52;
    public static final int CAPTURE_EVENT_FLAGS_OFFSET = 53;
    public static final int CAPTURE_EVENT_DATA_OFFSET = 64;

    // enum jopil_capture
    public static final int CAPTURE_MAX_BYTES = 262144;

    // enum jopil_capture_flags
    public static final int CAPTURE_UNDECIDED = 1;
    public static final int CAPTURE_VLAN = 2;
    public static final int CAPTURE_QUEUE = 4;

    // enum jopil_filter
    public static final int FILTER_PROGRAM = 0;
    public static final int FILTER_ACCEPT = 1;
    public static final int FILTER_SLOTS = 2;
    public static final int FILTER_BYTES = 512;

    private Layout() {}
}
