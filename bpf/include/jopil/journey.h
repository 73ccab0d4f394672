/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What journey.bpf.c and user space share. Java takes every offset from the
 * object's BTF. Times are CLOCK_MONOTONIC nanoseconds.
 */
#ifndef JOPIL_JOURNEY_H
#define JOPIL_JOURNEY_H

#include <linux/types.h>

#include "histogram.h"

#define JOPIL_JOURNEY_CAPTURE_BYTES 128
#define JOPIL_JOURNEY_BUCKETS 4096 /* of followed packets; a power of two */
#define JOPIL_JOURNEY_WAYS 4
#define JOPIL_JOURNEY_WAITING 16384 /* packets in socket queues; a power of two */
#define JOPIL_LATENCY_KEYS 1024 /* further ones in latency_overflow, by stage */

/* How long something took: from one hook to another. */
enum jopil_journey_stage {
	/* receive */
	JOPIL_STAGE_DRIVER = 0, /* GRO_RECEIVE -> RECEIVE */
	JOPIL_STAGE_TC = 1,
	JOPIL_STAGE_NETFILTER =
		2, /* in the hooks PRE_ROUTING and LOCAL_IN, or FORWARD and POST_ROUTING */
	JOPIL_STAGE_TRANSPORT = 3, /* RECEIVE -> DATA_READY, in sequence (TCP) */
	JOPIL_STAGE_SOCKET_QUEUE = 4, /* DATA_READY -> COPY, else -> READ */
	JOPIL_STAGE_COPY = 5, /* COPY -> READ */
	JOPIL_STAGE_RECEIVE_TOTAL = 6, /* GRO_RECEIVE, else RECEIVE -> READ */
	/* send */
	JOPIL_STAGE_SEND_STACK = 7, /* TCP's own departure time -> QUEUE */
	JOPIL_STAGE_QDISC = 8, /* QUEUE -> START_XMIT */
	JOPIL_STAGE_DRIVER_TX = 9, /* START_XMIT -> XMIT */
	JOPIL_STAGE_SEND_TOTAL = 10, /* QUEUE (TCP: departure time) -> XMIT */
	JOPIL_STAGES = 11,
};

/* Where a packet was seen. */
enum jopil_journey_hook {
	JOPIL_JOURNEY_GRO_RECEIVE = 0, /* napi_gro_receive_entry */
	JOPIL_JOURNEY_RECEIVE = 1, /* netif_receive_skb */
	JOPIL_JOURNEY_TC_INGRESS = 2,
	JOPIL_JOURNEY_PRE_ROUTING = 3,
	JOPIL_JOURNEY_LOCAL_IN = 4,
	JOPIL_JOURNEY_TCP = 5, /* tcp_probe */
	JOPIL_JOURNEY_DATA_READY = 6, /* sk_data_ready: in the socket's queue */
	JOPIL_JOURNEY_COPY = 7, /* skb_copy_datagram_iovec; its process */
	JOPIL_JOURNEY_READ = 8, /* tcp_rcv_space_adjust, sock_recv_length (UDP); its process */
	JOPIL_JOURNEY_SEND = 9, /* sock_send_length; its process */
	JOPIL_JOURNEY_LOCAL_OUT = 10,
	JOPIL_JOURNEY_FORWARD = 11,
	JOPIL_JOURNEY_POST_ROUTING = 12,
	JOPIL_JOURNEY_TC_EGRESS = 13,
	JOPIL_JOURNEY_QUEUE = 14, /* net_dev_queue */
	JOPIL_JOURNEY_START_XMIT = 15, /* net_dev_start_xmit */
	JOPIL_JOURNEY_XMIT = 16, /* net_dev_xmit */
	JOPIL_JOURNEY_FREE = 17, /* consume_skb */
	JOPIL_JOURNEY_DROP = 18, /* kfree_skb */
	JOPIL_JOURNEY_HOOKS = 19,
};

/*
 * A journey has legs: from the first hook of the receive path to the read, from
 * net_dev_queue to the driver. Every leg that begins ends in one of these ways,
 * is still on, or waits in a slot that nobody needed again:
 * sum(begun) == sum(ended) + those.
 */
enum jopil_journey_end {
	JOPIL_END_READ = 0,
	JOPIL_END_SENT = 1, /* the driver has it, or it went to another device of the host */
	JOPIL_END_FORWARDED = 2, /* received, then sent: the send leg follows */
	JOPIL_END_PASSED_UP = 3, /* received by a port, then by what it is a port of */
	JOPIL_END_DROPPED = 4, /* kfree_skb with a reason */
	JOPIL_END_FREED = 5, /* consumed before its end was seen */
	JOPIL_END_NO_DATA = 6, /* TCP: acknowledgements; nothing to be read */
	JOPIL_END_DUPLICATE = 7, /* TCP: was read already */
	/* not joined, by cause */
	JOPIL_END_MERGED = 8, /* address used again after GRO_RECEIVE: merged by GRO */
	JOPIL_END_GONE_TCP = 9, /* ... after RECEIVE: not established, or not for this host */
	JOPIL_END_GONE_UDP = 10, /* ... another processor queued it, or a clone was queued */
	JOPIL_END_GONE_OTHER = 11, /* ... other protocols */
	JOPIL_END_GONE_SENT =
		12, /* ... after QUEUE or START_XMIT: segmented, or a clone was sent */
	JOPIL_END_DISPLACED = 13, /* its slot was needed for another packet */
	JOPIL_END_NOT_IN_QUEUE = 14, /* UDP: queued, but not found at the queue's end */
	JOPIL_END_ORDER_LOST = 15, /* UDP: left the queue unobserved */
	JOPIL_END_UNREAD = 16, /* its place among the waiting was needed again */
	JOPIL_END_NO_STORAGE = 17, /* no memory for the socket's own record */
	JOPIL_END_BUSY = 18, /* UDP: two processors queued to one socket at once */
	JOPIL_END_READ_RACE = 19, /* UDP: taken at once, by this read or by the one before */
	JOPIL_END_SEVERAL_READERS = 20, /* UDP: threads or processes take turns at the socket */
	JOPIL_END_ROW_FULL = 21, /* too many of its socket wait */
	JOPIL_ENDS = 22,
};

enum jopil_journey_leg {
	JOPIL_LEG_RECEIVE = 0,
	JOPIL_LEG_SEND = 1,
	JOPIL_LEGS = 2,
};

/* .rodata, set before load. */
struct journey_config {
	__u32 follow_step; /* until journey_control.follow_set */
	__u32 bucket_mask; /* entries of followed - 1 */
	__u32 waiting_mask; /* entries of waiting - 1 */
	__u16 ephemeral_from; /* local ports from here on are counted together, as port 0 */
	__u8 events; /* stage events to journey_events */
	__u8 payload_bytes; /* captured behind the headers; 0 = headers only */
	__u32 traced_per_jiffy; /* packets, each CPU: what is more is left out; 0 = trace none */
};

/*
 * Every packet that matches is followed, whatever the step. IP packets only;
 * protocol, addresses and ports must all match, an address or port in either
 * direction, and of two one each. Written in this order: until_ns = 0, the
 * others, until_ns; no two filters have the same until_ns.
 */
struct journey_trace {
	__u64 until_ns; /* 0 = no filter; once it has passed the kernel half writes 0 */
	__u8 address_a[16]; /* IPv4: ::ffff:a.b.c.d; all 0 = any */
	__u8 address_b[16];
	__u16 port_a; /* host order; 0 = any */
	__u16 port_b;
	__u8 protocol; /* IANA number; 0 = any */
	__u8 reserved[3];
};

/* Map journey_control: ARRAY, mmapable, one entry, written by user space. A cache line. */
struct journey_control {
	__u64 window; /* raised by one when user space begins a new window */
	__u32 follow_step; /* one packet of so many on average, each direction; 1 = all, 0 = none */
	__u32 follow_set; /* 1 = follow_step holds, 0 = that of the config; written after it */
	struct journey_trace trace;
};

/* Map latency: PERCPU_HASH to struct histogram. */
struct latency_key {
	__u32 netns; /* inode of the namespace of ifindex; 0 = unknown */
	__u32 ifindex;
	__u32 tgid; /* who read it: SOCKET_QUEUE, COPY, RECEIVE_TOTAL; else 0 */
	__u16 port; /* local port, host order; 0 = none or ephemeral */
	__u8 protocol; /* IANA number; 0 = not IP */
	__u8 stage; /* enum jopil_journey_stage */
};

/* Map journey_books, per CPU. Events: observed == submitted + ring_full. */
struct journey_book {
	__u64 begun[JOPIL_LEGS];
	__u64 ended[JOPIL_ENDS];
	__u64 observed;
	__u64 submitted;
	__u64 ring_full;
	__u64 latency_overflow; /* measured, and counted by stage alone */
	__u64 trace_left_out; /* matched at a hook, but there were too many in this jiffy */
};

enum jopil_journey_event_flags {
	JOPIL_JOURNEY_FIRST = 1 << 0, /* struct journey_first_event */
	JOPIL_JOURNEY_PROCESS = 1 << 1, /* tgid, tid and comm are set */
	JOPIL_JOURNEY_LAST = 1 << 2, /* of its leg: end is set */
	JOPIL_JOURNEY_TRACED = 1 << 3, /* FIRST: it matches journey_control.trace */
};

/* In an id: followed for the trace alone. It is in no histogram, which would be skewed. */
#define JOPIL_JOURNEY_NOT_SAMPLED (1ULL << 63)

/* Ring journey_events: one for each hook that a followed packet passes. */
struct journey_event {
	__u64 id; /* of the journey */
	__u64 timestamp_ns;
	__u32 ifindex;
	__u32 netns;
	__u32 tgid;
	__u32 tid;
	__u32 sequence; /* TCP: the first one (FIRST) or the end of data (READ), host order */
	__u32 bytes; /* skb length; READ of UDP: what recvmsg returned; DROP: the reason */
	__u16 port; /* local port, host order, where the hook knows it */
	__u16 cpu;
	__u8 hook; /* enum jopil_journey_hook */
	__u8 flags; /* enum jopil_journey_event_flags */
	__u8 end; /* enum jopil_journey_end */
	__u8 protocol;
	char comm[16];
	__u32 reserved;
	__u32 captured_bytes; /* FIRST: valid bytes in data */
};

/* With JOPIL_JOURNEY_FIRST. */
struct journey_first_event {
	struct journey_event event;
	__u8 data[JOPIL_JOURNEY_CAPTURE_BYTES]; /* begins with the IP header */
};

/* --- of the kernel half alone ------------------------------------------------ */

enum followed_state {
	FOLLOWED_GRO = 1, /* seen at napi_gro_receive_entry */
	FOLLOWED_RECEIVED = 2,
	FOLLOWED_QUEUED = 3, /* a socket has it, struct waiting goes on */
	FOLLOWED_SENDING = 4, /* seen at net_dev_queue */
	FOLLOWED_STARTED = 5, /* given to a driver */
	FOLLOWED_SENT = 6, /* the driver returned: a virtual device may hand it on */
};

struct followed {
	__u64 id;
	__u64 start_ns; /* of the leg */
	__u64 leg_ns; /* RECEIVE or QUEUE */
	__u64 last_ns; /* last hook */
	__u32 ifindex;
	__u32 netns;
	__u32 fingerprint;
	__u32 sequence;
	__u32 socket; /* place among the waiting */
	__u32 index;
	__u16 port;
	__u8 protocol;
	__u8 state; /* enum followed_state */
	__u32 netfilter_ns; /* of the receive leg so far */
};

/* Map followed: by hashed skb address; a way is free where skb[] is 0. */
struct followed_bucket {
	__u64 skb[JOPIL_JOURNEY_WAYS];
	__u64 reserved[4];
	struct followed way[JOPIL_JOURNEY_WAYS];
};

#define JOPIL_TAG_LINE 16 /* buckets that share a cache line of tags */

/* Map followed_tags: what may be in followed[], dense; 0 = free, others are odd. */
struct followed_tags {
	__u8 tag[JOPIL_TAG_LINE][JOPIL_JOURNEY_WAYS];
};

enum waiting_flags {
	WAITING_READY = 1 << 0, /* TCP: in sequence, the reader was told */
	WAITING_TAKEN = 1 << 1, /* UDP: left the queue before it was looked for there */
};

/* Map waiting: the followed packets of a socket stand in a row, in order of arrival. */
struct waiting {
	__u64 id; /* 0 = nobody waits here */
	__u64 skb;
	__u64 start_ns;
	__u64 leg_ns; /* UDP: last seen before it was queued */
	__u64 ready_ns;
	__u64 copy_ns; /* 0 = not seen */
	__u32 socket;
	__u32 index;
	__u32 ifindex;
	__u32 netns;
	__u32 end_sequence;
	__u32 flags;
	__u16 port;
	__u8 protocol;
	__u8 reserved;
	__u32 socket_hash; /* index into waiting_sockets */
	__u32 taken_by; /* UDP: number of the read that takes it; 0 = not seen at the head */
	__u32 not_before; /* UDP: number of a read that cannot have come to it */
	__u32 joined; /* UDP: reads that had ended when it joined the row */
	__u32 reserved2;
};

#define JOPIL_WAITING_SOCKETS 4096

/* Map waiting_sockets: by hashed address of the socket. */
struct waiting_socket {
	__u32 packets; /* that wait, of all sockets here */
	__u32 reserved;
	/* TCP: upper half: number of the socket that it is of; lower half: the lowest end
	 * of its data that waits. 0 = nobody's. */
	__u64 next;
};

/* Map journey_sockets: SK_STORAGE, made with the first followed packet of a socket. */
struct journey_socket {
	__u32 socket; /* hashed: where its row begins */
	__u32 busy;
	__u32 head; /* oldest that may wait */
	__u32 tail; /* next to come */
	__u32 ready; /* TCP: the first that is not known to be in sequence */
	__u32 next_end; /* TCP: the lowest end of data that waits */
	__u32 highest_end; /* TCP: of all in the row */
	__u32 disorder; /* TCP: the row is not in sequence */
	__u32 reserved;
	__u32 reads; /* UDP: that ended while packets waited */
	/* UDP: the last read to end, while a followed datagram was on its way to some
	 * socket, of which it is not known what it took */
	__u64 read_ns;
	__u32 reader; /* UDP: thread */
	__u32 alone_from; /* UDP: number of the first read that is no other thread's */
	__u32 reserved2;
	__u32 not_before; /* UDP: of the oldest that waits */
	__u64 send_id; /* last followed packet that it sent, until told by whom */
};

_Static_assert(sizeof(struct latency_key) == 16, "latency_key: no hole");
_Static_assert(sizeof(struct histogram) == 64 + 4 * JOPIL_HISTOGRAM_BUCKETS, "histogram: no hole");
_Static_assert(sizeof(struct journey_control) == 64, "journey_control: a cache line");
_Static_assert(sizeof(struct journey_event) == 72, "journey_event: no hole");
_Static_assert(sizeof(struct followed) == 64, "followed: a cache line");
_Static_assert(sizeof(struct waiting) == 96, "waiting: no hole");

#endif
