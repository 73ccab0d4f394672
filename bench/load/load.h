/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which packet belongs to which flow, and how a flow is written into a frame:
 * one definition for the generator in the kernel (load.bpf.c), for the one in
 * user space and for the truth that both print (load.c). Packet n of a run
 * follows from the seed alone.
 */
#ifndef JOPIL_LOAD_H
#define JOPIL_LOAD_H

#include <linux/types.h>

#define LOAD_INLINE static inline __attribute__((always_inline))

#define LOAD_NETWORK4 0x0a000000 /* flow f comes from 10.0.0.0 + f */
#define LOAD_PORT 1024
#define LOAD_PORT_MASK 0x7fff

#define LOAD_ETHERNET_BYTES 14
#define LOAD_IPV4_BYTES 20
#define LOAD_IPV6_BYTES 40
#define LOAD_UDP_BYTES 8
#define LOAD_TCP_BYTES 20
/* What every frame has at least: 60, and TCP's header behind an IPv6 header. */
#define LOAD_LEAST_BYTES4 60
#define LOAD_LEAST_BYTES6 (LOAD_ETHERNET_BYTES + LOAD_IPV6_BYTES + LOAD_TCP_BYTES)

#define LOAD_IPV4_CHECK (LOAD_ETHERNET_BYTES + 10)
#define LOAD_IPV4_SOURCE (LOAD_ETHERNET_BYTES + 12)
#define LOAD_IPV6_SOURCE_END (LOAD_ETHERNET_BYTES + 8 + 12) /* its last word */
#define LOAD_UDP_CHECK 6
#define LOAD_TCP_CHECK 16

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "bytes are swapped for the wire");

struct load_plan {
	__u64 seed;
	__u32 first_flow;
	__u32 flows;
	__u32 interface;
	/* unfolded sums of all that is alike in every frame */
	__u32 ip_sum; /* IPv4 header without source and checksum */
	__u32 transport_sum; /* pseudo header, header and payload, likewise without port */
	__u32 frame_bytes;
	__u8 ipv6;
	__u8 tcp;
	__u8 random_sources; /* every packet is a flow of its own */
	__u8 reserved[5];
};

/*
 * The flow of packet n. Each flow comes once before any comes again. With
 * random sources: a permutation of 32 bits, so no source comes twice.
 */
LOAD_INLINE __u32 load_flow(const volatile struct load_plan *plan, __u64 n)
{
	__u64 z;
	__u32 x;

	if (plan->random_sources) {
		x = n + plan->seed;
		x = (x ^ x >> 16) * 0x7feb352d;
		x = (x ^ x >> 15) * 0x846ca68b;
		return x ^ x >> 16;
	}
	if (n < plan->flows)
		return plan->first_flow + n;
	z = (n + plan->seed) * 0x9e3779b97f4a7c15ULL; /* splitmix64 */
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return plan->first_flow + ((z >> 32) * plan->flows >> 32);
}

/* IPv4: the source address. IPv6: its last 32 bits. Host order. */
LOAD_INLINE __u32 load_source(const volatile struct load_plan *plan, __u32 flow)
{
	return plan->ipv6 || plan->random_sources ? flow : LOAD_NETWORK4 + flow;
}

LOAD_INLINE __u16 load_port(__u32 flow)
{
	return LOAD_PORT + (flow & LOAD_PORT_MASK);
}

LOAD_INLINE __u16 load_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* Source address, source port and both checksums; the rest of the frame stays. */
LOAD_INLINE void load_write(void *frame, const volatile struct load_plan *plan, __u32 flow)
{
	__u32 source = __builtin_bswap32(load_source(plan, flow));
	__u16 port = __builtin_bswap16(load_port(flow));
	__u32 words = (source & 0xffff) + (source >> 16);
	__u16 check = load_fold(plan->transport_sum + words + port);
	void *transport;

	if (plan->ipv6) {
		*(__u32 *)(frame + LOAD_IPV6_SOURCE_END) = source;
		transport = frame + LOAD_ETHERNET_BYTES + LOAD_IPV6_BYTES;
	} else {
		*(__u32 *)(frame + LOAD_IPV4_SOURCE) = source;
		*(__u16 *)(frame + LOAD_IPV4_CHECK) = load_fold(plan->ip_sum + words);
		transport = frame + LOAD_ETHERNET_BYTES + LOAD_IPV4_BYTES;
	}
	*(__u16 *)transport = port;
	if (plan->tcp)
		*(__u16 *)(transport + LOAD_TCP_CHECK) = check;
	else
		*(__u16 *)(transport + LOAD_UDP_CHECK) = check ? check : 0xffff;
}

#endif
