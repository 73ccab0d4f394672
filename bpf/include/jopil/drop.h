/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What drop.bpf.c and the Java half share. Java takes every offset from the
 * object's BTF.
 */
#ifndef JOPIL_DROP_H
#define JOPIL_DROP_H

#include <linux/types.h>

#define JOPIL_DROP_PLACES 4096 /* counted apart; further ones by reason alone */
#define JOPIL_DROP_REASONS 512 /* the last one stands for all beyond */
#define JOPIL_DROP_CAPTURE_BYTES 128

/* Map drop_counts. */
struct drop_key {
	__u64 location; /* kernel address that freed it; 0 where that is hidden */
	__u32 reason; /* enum skb_drop_reason; subsystem in the upper half */
	__u32 ifindex; /* where it came in, else where it was to go out; 0 = unknown */
	__u32 netns; /* inode of its namespace; 0 = unknown */
	__u32 reserved;
	__u64 hooked; /* netfilter: the address that called the hook; else 0 */
};

/* Where functions lie; 0 where the kernel hides it. */
struct drop_config {
	__u64 hook_begin; /* nf_hook_slow */
	__u64 hook_end;
	__u64 read4_begin; /* udp_recvmsg */
	__u64 read4_end;
	__u64 read6_begin; /* udpv6_recvmsg */
	__u64 read6_end;
	__u32 hook_reason; /* what this kernel calls NETFILTER_DROP */
	__u32 events_per_jiffy; /* on one CPU, in the long run */
	__u32 events_at_once; /* on one CPU, after a pause; 0 = no events */
	__u32 reserved;
};

/* Maps drop_counts and drop_overflow, per CPU. */
struct drop_count {
	__u64 packets; /* on the wire: a super-packet (GRO, GSO) counts as what it stands for */
	__u64 bytes; /* from the destination MAC where there is one, else from the IP header;
			  headers of a super-packet once */
};

/* Map drop_books, per CPU, in drops: observed == submitted + sampled_out + ring_full. */
struct drop_book {
	__u64 observed;
	__u64 submitted;
	__u64 sampled_out;
	__u64 ring_full;
	__u64 jiffy; /* up to which credit is */
	__u64 credit; /* events that may be told at once */
	__u64 told_out; /* of sampled_out, in the weight of a later event */
};

enum jopil_drop_flags {
	JOPIL_DROP_FROM_MAC = 1, /* data begins with the Ethernet header, else with that of IP */
	JOPIL_DROP_RECEIVED =
		2, /* it had come in by an interface: the socket, if any, was to get it */
};

/* Ring drop_events. */
struct drop_event {
	__u64 timestamp_ns; /* CLOCK_MONOTONIC */
	__u64 socket_cookie; /* of the receiver, or of the sender; 0 = none, or nobody asked for it yet */
	struct drop_key key;
	__u32 packets;
	__u32 weight; /* drops that this one stands for: itself and those left out before it on its CPU */
	__u32 frame_bytes;
	__u32 cpu;
	__u16 ether_type;
	__u16 flags; /* enum jopil_drop_flags */
	__u32 captured_bytes;
	__u8 data[JOPIL_DROP_CAPTURE_BYTES];
};

#define JOPIL_STACK_FRAMES 40
#define JOPIL_STACKS 256 /* different ones; packets of further ones have no room */

/* Constants of drop_stack.bpf.c. */
struct drop_stack_config {
	__u64 end_ns; /* CLOCK_MONOTONIC: from then on nothing is taken, whoever forgot to detach it */
	__u32 stacks_per_jiffy; /* on one CPU, at most */
	__u32 reserved;
};

/* Map drop_stacks: the key of wire packets, per CPU. */
struct drop_stack {
	__u64 location; /* as in drop_key */
	__u32 reason;
	__u32 reserved;
	__u64 frames
		[JOPIL_STACK_FRAMES]; /* return addresses, the innermost first; 0 behind the last */
};

/* Map drop_stack_books, per CPU, in wire packets: observed == taken + left_out + no_room. */
struct drop_stack_book {
	__u64 observed;
	__u64 taken;
	__u64 left_out; /* beyond stacks_per_jiffy */
	__u64 no_room;
	__u64 jiffy; /* of the last stack */
	__u64 in_jiffy; /* stacks in it */
};

#endif
