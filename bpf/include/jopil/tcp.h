/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What tcp.bpf.c and the Java half share. Java takes every offset from the
 * object's BTF.
 */
#ifndef JOPIL_TCP_H
#define JOPIL_TCP_H

#include <linux/types.h>

#define JOPIL_TCP_STATES 16 /* the kernel's TCP_ESTABLISHED (1) and so on */
#define JOPIL_TCP_RESET_REASONS 64 /* the last one stands for all beyond */

/* Why a segment was sent again, by the congestion state it happened in. */
enum jopil_tcp_retransmit {
	JOPIL_TCP_TIMEOUT = 0, /* Loss: the timer ran out, or the path's MTU shrank */
	JOPIL_TCP_FAST = 1, /* Recovery: acknowledgements told of the loss */
	JOPIL_TCP_PROBE = 2, /* any other: tail loss probe */
	JOPIL_TCP_SYN = 3,
	JOPIL_TCP_SYNACK = 4,
	JOPIL_TCP_RETRANSMITS = 5,
};

enum jopil_tcp_record_type {
	JOPIL_TCP_OPEN = 1, /* from the iterator jopil_tcp_list */
	JOPIL_TCP_CLOSED = 2, /* at the change to TCP_CLOSE */
	JOPIL_TCP_RESET = 3, /* a reset sent after that: holds instead of the one before */
};

enum jopil_tcp_flags {
	JOPIL_TCP_ACTIVE = 1 << 0, /* connected from here */
	JOPIL_TCP_PASSIVE = 1 << 1, /* accepted here */
	JOPIL_TCP_EARLIER = 1 << 2, /* older than the program: no handshake, no kinds before */
};

/* What the kernel does not count itself. Map tcp_sockets: SK_STORAGE. */
struct tcp_socket {
	__u64 opened_ns; /* CLOCK_MONOTONIC; 0 = unknown */
	__u64 established_ns;
	__u32 handshake_us; /* 0 = not measured */
	__u32 flags; /* enum jopil_tcp_flags */
	__u32 retransmits[JOPIL_TCP_RETRANSMITS];
	__u32 retransmits_known; /* total_retrans up to which kinds are counted */
	__u32 zero_windows_sent;
	__u32 zero_windows_received;
	__u32 zero_sent_at; /* sequence number of the last one, to count it once */
	__u32 zero_received_at;
	__u32 resets_sent;
	__u32 resets_received;
	__u32 reset_reason; /* of the last one sent */
	__u32 reserved;
};

/*
 * A socket at one moment: read from the iterator, and the ring tcp_closed. Values
 * under their name in struct tcp_info are that value; jiffies instead of its
 * microseconds where it says so. A listener has its accept queue in unacked and the
 * limit of that in sacked.
 */
struct tcp_record {
	__u64 cookie;
	__u64 timestamp_ns; /* CLOCK_MONOTONIC */
	__u64 opened_ns;
	__u64 established_ns;
	__u64 bytes_acked;
	__u64 bytes_received;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u8 local[16]; /* IPv4: ::ffff:a.b.c.d */
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u16 family;
	__u8 state;
	__u8 ca_state;
	__u32 netns; /* inode */
	__u32 bound_ifindex; /* 0 = none */
	__u16 type; /* enum jopil_tcp_record_type */
	__u16 flags; /* enum jopil_tcp_flags */
	__u32 error; /* errno that waits for the application, or that it was closed with */
	__u32 handshake_us; /* active: SYN to ESTABLISHED; passive: first SYN-ACK to its ACK */
	__u32 rtt; /* smoothed, us */
	__u32 rttvar;
	__u32 min_rtt; /* 0xffffffff = none yet */
	__u32 rto_jiffies;
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
	__u32 snd_mss;
	__u32 snd_wnd;
	__u32 rcv_wnd;
	__u32 send_queue_bytes; /* written, not acknowledged */
	__u32 receive_queue_bytes; /* received in order, not read */
	__u32 unacked;
	__u32 sacked;
	__u32 lost;
	__u32 retrans;
	__u32 segs_out;
	__u32 segs_in;
	__u32 data_segs_out;
	__u32 data_segs_in;
	__u32 delivered;
	__u32 delivered_ce;
	__u32 total_retrans;
	__u32 total_lost; /* marked lost so far */
	__u32 retransmits[JOPIL_TCP_RETRANSMITS]; /* segments */
	__u32 retransmits_earlier; /* of total_retrans: before the program saw the socket */
	__u32 rcv_ooopack;
	__u32 dsack_dups;
	__u32 reordering;
	__u32 reord_seen;
	__u32 total_rto; /* 6.7 */
	__u32 total_rto_recoveries; /* 6.7 */
	__u32 total_rto_time; /* 6.7 */
	__u8 retransmits_now; /* tcpi_retransmits */
	__u8 probes;
	__u8 backoff;
	__u8 state_before; /* of a record from the ring: the state that it closed in */
	__u32 busy_jiffies;
	__u32 rwnd_limited_jiffies;
	__u32 sndbuf_limited_jiffies;
	__u32 zero_windows_sent;
	__u32 zero_windows_received;
	__u32 resets_sent;
	__u32 resets_received;
	__u32 reset_reason; /* enum sk_rst_reason of the last one sent */
	__u32 drops; /* sk_drops; 0xffffffff = not told by this kernel */
	__u32 reserved;
};

/* Map tcp_sums, per CPU. All network namespaces, since the load. */
struct tcp_sums {
	__u64 handshakes_active;
	__u64 handshakes_passive;
	__u64 handshake_us_active; /* of those measured */
	__u64 handshake_us_passive;
	__u64 handshakes_unmeasured;
	__u64 failures_active; /* SYN_SENT to CLOSE */
	__u64 failures_passive; /* SYN_RECV to CLOSE */
	__u64 retransmits[JOPIL_TCP_RETRANSMITS]; /* segments */
	__u64 resets_sent; /* by reason in tcp_resets */
	__u64 resets_received;
	__u64 zero_windows_sent;
	__u64 zero_windows_received;
	__u64 state_changes[JOPIL_TCP_STATES]; /* into this state */
	__u64 closed; /* == submitted + ring_full; RESET records count too */
	__u64 submitted;
	__u64 ring_full;
	__u64 no_storage; /* not followed: no memory */
};

_Static_assert(sizeof(struct tcp_socket) == 80, "tcp_socket: no hole");
_Static_assert(sizeof(struct tcp_record) == 312, "tcp_record: no hole");

#endif
