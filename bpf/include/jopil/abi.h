/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What the kernel half and the Java half share: map names, map values, ring
 * records. Java takes every offset from this object's BTF (Layout.java is
 * generated, and checked again when the object is loaded); nothing here is
 * typed a second time.
 *
 * UAPI types only: the object loads on a kernel without BTF.
 */
#ifndef JOPIL_ABI_H
#define JOPIL_ABI_H

#include <linux/types.h>

#define JOPIL_CAPTURE_BYTES 192 /* most header bytes that one event carries */
#define JOPIL_PAYLOAD_BYTES 1536 /* most payload bytes that one event carries */
#define JOPIL_PAYLOAD_SMALL_BYTES 256 /* up to here the shorter record is used */
#define JOPIL_PAYLOAD_PACKETS 4 /* first ones of a flow and direction that are told */
#define JOPIL_BUCKET_SLOTS 8 /* flow slots a bucket; two buckets are tried */

enum jopil_direction {
	JOPIL_INGRESS = 0,
	JOPIL_EGRESS = 1,
	JOPIL_DIRECTIONS = 2,
};

enum jopil_hook {
	JOPIL_HOOK_XDP = 0, /* native XDP */
	JOPIL_HOOK_TC = 1, /* tcx, or clsact where there is no tcx */
};

/*
 * Index into counters.protocol. 0..255 are IANA protocol numbers of IPv4 and
 * IPv6 packets (the upper-layer header that the extension headers lead to, or
 * the last next-header value where the chain cannot be followed).
 */
enum jopil_protocol {
	JOPIL_PROTOCOL_ARP = 256,
	JOPIL_PROTOCOL_NON_IP = 257, /* by EtherType in the map non_ip */
	JOPIL_PROTOCOL_MALFORMED = 258, /* says IP, is not: truncated, bad version or length */
	JOPIL_PROTOCOLS = 259,
};

/* Wire packets and wire bytes: destination MAC to last payload byte, FCS out. */
struct counter {
	__u64 packets;
	__u64 bytes;
};

/*
 * Map counters: ARRAY, mmapable, one per attachment (each attachment loads an
 * object of its own). Index: direction * cpus + cpu. One writer each, so no
 * atomics; cumulative, never reset. Totals are sums over protocol[], so that
 * they cannot disagree with them.
 */
struct counters {
	/* events book, in observations (one run of the program each):
	 * observed == submitted + sampled_out + ring_full */
	__u64 observed;
	__u64 submitted;
	__u64 sampled_out;
	__u64 ring_full;
	__u64 xdp_marked; /* generic XDP: frames the XDP half saw */
	__u64 flows_inserted; /* slots taken for a new flow */
	__u32 waited; /* observations since the last that was chosen */
	__u32 interval; /* the one to choose, of those since; drawn each time */
	__u32 reserved[2];
	struct counter protocol[JOPIL_PROTOCOLS];
	/* IP packets that found no flow slot, by protocol: protocol[p] ==
	 * sum of flows of p + overflow[p] for every IANA protocol p */
	struct counter overflow[JOPIL_PROTOCOLS];
	/* payloads book, in packets whose payload was to be told:
	 * submitted + refused (by rate, or what cannot be copied) + ring full */
	__u64 payloads_submitted;
	__u64 payloads_refused;
	__u64 payloads_ring_full;
	__u32 payload_jiffies; /* when tokens were counted last */
	__u32 payload_tokens;
};

/* Map control: ARRAY, mmapable, one entry, written by user space. */
struct control {
	__u32 sample_step; /* one event for N observations on average; 0 = no events */
	__u32 wakeup_bytes; /* wake an armed reader past this much in its ring */
	__u32 payload_rate; /* payloads told in a jiffy, per CPU and attachment; 0 = none */
	__u32 payload_burst; /* most that may have been saved up */
	/* written by the program clock when it is run by BPF_PROG_TEST_RUN */
	__u64 clock_jiffies;
	__u64 clock_mono_ns;
};

/*
 * Map ring_control: ARRAY, mmapable, one entry a CPU, a cache line each. The
 * reader stores armed = 1 before it looks at producer_pos for the last time
 * and sleeps; the producer clears it when it forces the wake-up.
 */
struct ring_control {
	__u32 armed;
	__u32 reserved[15];
};

/* Per-attachment constants, in .rodata as `config`, set before load. */
struct attachment_config {
	__u32 attachment; /* id that events and flow keys carry */
	__u32 cpus; /* possible CPUs: stride of counters */
	__u32 flow4_bucket_mask; /* buckets per CPU - 1, a power of two - 1 */
	__u32 flow6_bucket_mask;
	__u8 layer3; /* frames start at the IP header (tun, WireGuard) */
	__u8 flows; /* account flows */
	__u8 frags; /* XDP: the kernel has xdp.frags and bpf_xdp_get_buff_len */
	__u8 weak_memory; /* arm64: publish with an atomic, stores may be reordered */
};

enum jopil_flow_flags {
	JOPIL_FLOW_EGRESS = 1 << 0,
	JOPIL_FLOW_FRAGMENT = 1 << 1, /* later fragments: no ports */
};

/*
 * ICMP and ICMPv6: sport is the type, dport the code, both in host order
 * widened to 16 bit and stored big-endian like ports.
 * SCTP, TCP, UDP, UDP-Lite, DCCP: ports. Anything else: 0.
 */
struct flow4_key {
	__be32 src;
	__be32 dst;
	__be16 sport;
	__be16 dport;
	__u8 protocol;
	__u8 flags;
	__u16 attachment;
	__u16 vlan; /* outer VLAN id, 0 = none */
	__u16 inner_vlan;
	__u32 reserved;
};

struct flow6_key {
	__u8 src[16];
	__u8 dst[16];
	__be16 sport;
	__be16 dport;
	__u8 protocol;
	__u8 flags;
	__u16 attachment;
	__u16 vlan;
	__u16 inner_vlan;
	__u32 reserved;
};

/*
 * Maps flows4 and flows6: ARRAY, mmapable, index cpu * (mask + 1) + bucket,
 * value = bucket of JOPIL_BUCKET_SLOTS. Maps acks4 and acks6: same index,
 * value = 8 x u64, written by the reader alone.
 *
 * packets and bytes are never reset, they run on when a slot changes owner.
 * free <=> ack == packets. packets is stored last: it publishes the rest.
 * The reader reads packets (acquire), then key, bytes, first, last, flags,
 * and acknowledges packets (release) when it has merged the difference.
 */
struct flow4_slot {
	struct flow4_key key;
	__u64 packets;
	__u64 bytes;
	__u64 first_jiffies;
	__u64 last_jiffies;
	__u8 first_tcp_flags; /* of the flow's first packet */
	__u8 tcp_flags; /* or of all */
	__u8 payloads; /* packets with payload so far, up to JOPIL_PAYLOAD_PACKETS */
	__u8 reserved;
	__u32 reserved2;
};

struct flow6_slot {
	struct flow6_key key;
	__u64 packets;
	__u64 bytes;
	__u64 first_jiffies;
	__u64 last_jiffies;
	__u8 first_tcp_flags;
	__u8 tcp_flags;
	__u8 payloads;
	__u8 reserved;
	__u32 reserved2;
	__u64 reserved3[5];
};

struct flow4_bucket {
	struct flow4_slot slot[JOPIL_BUCKET_SLOTS];
};

struct flow6_bucket {
	struct flow6_slot slot[JOPIL_BUCKET_SLOTS];
};

struct ack_bucket {
	__u64 ack[JOPIL_BUCKET_SLOTS];
};

/* Map non_ip: PERCPU_HASH, EtherType by direction -> struct counter. */
struct non_ip_key {
	__u16 ether_type; /* host order; <= 1500 is stored as 0: IEEE 802.3 LLC */
	__u16 direction;
};

enum jopil_event_type {
	JOPIL_EVENT_PACKET = 1,
	JOPIL_EVENT_PAYLOAD = 2,
};

enum jopil_packet_flags {
	JOPIL_PACKET_IP = 1 << 0, /* addresses and ip_protocol are set */
	JOPIL_PACKET_PORTS = 1 << 1, /* sport and dport are set (ICMP: type, code) */
	JOPIL_PACKET_FRAGMENT = 1 << 2, /* MF set or offset != 0 */
	JOPIL_PACKET_LATER_FRAGMENT = 1 << 3, /* offset != 0 */
	JOPIL_PACKET_MALFORMED = 1 << 4,
	JOPIL_PACKET_VLAN_ACCELERATED = 1 << 5, /* vlan_tci came beside the frame */
	JOPIL_PACKET_LAYER3 = 1 << 6, /* data starts at the IP header */
};

/*
 * Record on the per-CPU rings (map rings: ARRAY_OF_MAPS of RINGBUF, index =
 * CPU). data holds the headers only, never payload: up to the end of the
 * transport header, ARP whole, ICMP its 8 bytes and, in an error message, the
 * headers it quotes; of VXLAN, Geneve, GRE and IP in IP the headers that are
 * carried, too.
 */
struct packet_event {
	__u32 type; /* enum jopil_event_type */
	__u32 attachment;
	__u64 timestamp_ns; /* CLOCK_MONOTONIC */
	__u64 observation; /* counters.observed at this event, on this CPU */
	__u32 weight; /* observations since the one chosen before, this one included */
	__u32 packets; /* wire packets in this observation (GRO, GSO) */
	__u32 wire_bytes; /* of all of them */
	__u32 frame_bytes; /* length of this frame or super-packet, tags in */
	__u32 rx_queue;
	__u16 cpu;
	__u8 direction;
	__u8 hook;
	__u16 captured_bytes; /* valid bytes in data */
	__u16 ether_type; /* of the innermost tag, host order */
	__u16 vlan_tci; /* accelerated tag */
	__u16 vlan_protocol; /* its TPID, host order */
	__u16 layer3_offset; /* in data */
	__u16 layer4_offset; /* in data, 0 = none */
	__u16 outer_vlan; /* VLAN ids as in the flow key */
	__u16 inner_vlan;
	__u8 ip_protocol;
	__u8 tcp_flags;
	__u16 flags; /* enum jopil_packet_flags */
	__be16 sport;
	__be16 dport;
	__u8 src[16]; /* IPv4: ::ffff:a.b.c.d */
	__u8 dst[16];
	__u8 data[JOPIL_CAPTURE_BYTES];
};

/*
 * Record on the ring payloads, which all attachments and CPUs share: the first
 * payload bytes of one of the first packets of a flow and direction, or of a
 * packet of DNS. The record may end before JOPIL_PAYLOAD_BYTES of data.
 */
struct payload_event {
	__u32 type; /* enum jopil_event_type */
	__u32 attachment;
	__u64 timestamp_ns; /* CLOCK_MONOTONIC */
	__u32 payload_bytes; /* of the packet, or super-packet */
	__u32 tcp_sequence; /* of its first byte; 0 if not TCP */
	__u16 captured_bytes; /* valid bytes in data */
	__u16 outer_vlan;
	__u16 inner_vlan;
	__u8 ip_protocol;
	__u8 tcp_flags;
	__u8 direction;
	__u8 reserved[3];
	__be16 sport;
	__be16 dport;
	__u8 src[16]; /* IPv4: ::ffff:a.b.c.d */
	__u8 dst[16];
	__u8 data[JOPIL_PAYLOAD_BYTES];
};

_Static_assert(sizeof(struct counters) == 8384, "counters: 131 cache lines");
_Static_assert(sizeof(struct ring_control) == 64, "ring_control: a cache line");
_Static_assert(sizeof(struct attachment_config) == 20, "attachment_config: no hole");
_Static_assert(sizeof(struct flow4_slot) == 64, "flow4_slot: a cache line");
_Static_assert(sizeof(struct flow6_slot) == 128, "flow6_slot: two cache lines");
_Static_assert(sizeof(struct packet_event) == 104 + JOPIL_CAPTURE_BYTES, "packet_event: no hole");
_Static_assert(sizeof(struct payload_event) == 72 + JOPIL_PAYLOAD_BYTES, "payload_event: no hole");

#endif
