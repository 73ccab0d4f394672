/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Of a followed packet's headers: protocol, ports, sequence, and a fingerprint,
 * which tells it from another one at the same address. Read by
 * bpf_probe_read_kernel: only followed packets pay for it.
 */
#ifndef JOPIL_LOOK_H
#define JOPIL_LOOK_H

#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

#define JOPIL_TCP 6
#define JOPIL_UDP 17

struct look {
	const void *start; /* of the IP header */
	__u32 fingerprint;
	__u32 sequence; /* TCP, host order */
	__u32 header_bytes; /* IP and transport; 0 = not IP */
	__u16 sport; /* host order */
	__u16 dport;
	__u8 protocol;
};

struct transport_start {
	__be16 sport;
	__be16 dport;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 offset; /* TCP: upper half, in words */
	__u8 flags;
	__u16 window;
};

static __always_inline __u32 mix(__u32 h, __u32 word)
{
	h = (h ^ word) * 0x9e3779b1;
	return h ^ h >> 15;
}

/* Not in it: what GRO changes (lengths, checksums) and what a router changes (TTL). */
static __always_inline void look_at(struct look *l, const void *start)
{
	struct transport_start t = {};
	__u32 ip[10] = {}, bytes, h;
	int later_fragment = 0;

	__builtin_memset(l, 0, sizeof(*l));
	l->start = start;
	if (bpf_probe_read_kernel(ip, sizeof(ip), start))
		return;
	switch (*(__u8 *)ip >> 4) {
	case 4:
		bytes = (*(__u8 *)ip & 15) * 4;
		l->protocol = ((__u8 *)ip)[9];
		later_fragment = !!(ip[1] & bpf_htonl(0x1fff));
		h = mix(mix(mix(4, ip[1]), ip[3]), ip[4]);
		break;
	case 6:
		bytes = sizeof(ip);
		l->protocol = ((__u8 *)ip)[6];
		h = mix(mix(mix(6, ip[3] ^ ip[4]), ip[5] ^ ip[7]), ip[8] ^ ip[9]);
		break;
	default:
		return;
	}
	l->fingerprint = h;
	l->header_bytes = bytes;
	if (later_fragment || bpf_probe_read_kernel(&t, sizeof(t), start + bytes))
		return;
	switch (l->protocol) {
	case JOPIL_TCP:
		l->sequence = bpf_ntohl(t.sequence);
		l->header_bytes += (t.offset >> 4) * 4;
		h = mix(h, t.sequence);
		break;
	case JOPIL_UDP:
		l->header_bytes += 8;
		break;
	default:
		l->header_bytes += 8;
		return;
	}
	l->sport = bpf_ntohs(t.sport);
	l->dport = bpf_ntohs(t.dport);
	l->fingerprint = mix(h, (__u32)t.sport << 16 | t.dport);
}

#endif
