/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * What capture.bpf.c and the Java half share. Java takes every offset from the
 * object's BTF.
 */
#ifndef JOPIL_CAPTURE_H
#define JOPIL_CAPTURE_H

#include <linux/types.h>

enum jopil_capture {
	JOPIL_CAPTURE_MAX_BYTES = 262144, /* of a frame: BIG TCP makes longer ones, which are cut */
};

/* In .rodata as `config`, set before load. */
struct capture_config {
	__u32 attachment; /* that records carry */
	__u32 snaplen; /* 0 = headers only */
	__u32 wakeup_bytes; /* wake an armed reader past this much in its ring */
	__u8 layer3; /* frames start at the IP header (tun, WireGuard) */
	__u8 unfiltered; /* no filter is in the kernel, but one is wanted: user space decides */
	__u8 reserved[2];
};

/*
 * Map capture_books: per CPU, index = direction, in frames as the kernel has
 * them: matched == submitted + ring_full. What user space decides counts as
 * matched here.
 */
struct capture_book {
	__u64 seen;
	__u64 matched;
	__u64 submitted;
	__u64 ring_full;
	__u64 undecided; /* of matched */
	__u64 undecided_ring_full; /* of ring_full */
};

enum jopil_capture_flags {
	JOPIL_CAPTURE_UNDECIDED = 1
				  << 0, /* user space applies the filter; data is the whole frame */
	JOPIL_CAPTURE_VLAN = 1 << 1, /* vlan_tci and vlan_protocol came beside the frame */
	JOPIL_CAPTURE_QUEUE = 1 << 2, /* the driver recorded rx_queue */
};

/* Record on the per-CPU rings; a frame's data fills it up to one of a few sizes. */
struct capture_event {
	__u64 timestamp_ns; /* CLOCK_MONOTONIC */
	__u64 number; /* of this CPU's matched frames of this attachment, from 1 on */
	__u64 lost; /* of those, with a full ring, before this one */
	__u32 attachment;
	__u32 length; /* of the frame or super-packet, without the tag beside it */
	__u32 captured; /* of it in data */
	__u32 header_bytes; /* of it are headers; at most length */
	__u32 rx_queue;
	__u16 gso_segs; /* frames on the wire that it stands for; 0 = one */
	__u16 gso_size;
	__u16 vlan_tci;
	__u16 vlan_protocol; /* TPID, host order */
	__u8 direction; /* enum jopil_direction */
	__u8 flags; /* enum jopil_capture_flags */
	__u8 reserved[10];
	__u8 data[];
};

_Static_assert(sizeof(struct capture_config) == 16, "capture_config: no hole");
_Static_assert(sizeof(struct capture_event) == 64, "capture_event: no hole");

#endif
