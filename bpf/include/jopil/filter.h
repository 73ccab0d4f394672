/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A packet filter in tail-call slots. A root program copies the begin of the
 * frame and leaves; what user space loaded into JOPIL_FILTER_PROGRAM reads
 * the copy and goes on to JOPIL_FILTER_ACCEPT, or lets the frame pass:
 *
 *   root -- filter_frame_xdp() --> [JOPIL_FILTER_PROGRAM] --> [JOPIL_FILTER_ACCEPT]
 *             no filter is there --------------------------------^
 *
 * XDP, tc ingress and tc egress of one CPU do not interleave, so a copy a CPU
 * is enough: the program in the accept slot still finds its frame there.
 */
#ifndef JOPIL_FILTER_H
#define JOPIL_FILTER_H

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

enum jopil_filter {
	JOPIL_FILTER_PROGRAM,
	JOPIL_FILTER_ACCEPT,
	JOPIL_FILTER_SLOTS,
	JOPIL_FILTER_BYTES = 512,
};

/*
 * The frame as libpcap would see it in a file: from the destination MAC (of a
 * device without Ethernet from the IP header), tags in.
 */
struct filter_scratch {
	__u32 length; /* of the frame; of a super-packet all of it */
	__u32 captured; /* of it in data */
	__u32 undecided; /* the filter reads past captured: let user space decide */
	__u32 reserved;
	__u64 missed; /* frames of this CPU that found neither slot */
	__u8 data[JOPIL_FILTER_BYTES];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct filter_scratch);
} filter_scratch SEC(".maps");

/* The first program that uses one decides its type; for XDP also frags or not. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, JOPIL_FILTER_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} filter_xdp SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, JOPIL_FILTER_SLOTS);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} filter_tc SEC(".maps");

/* This CPU's. */
static __always_inline struct filter_scratch *filter_scratch_here(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&filter_scratch, &zero);
}

/* Linux 5.18. */
static __always_inline void fill_scratch_xdp(struct filter_scratch *s, struct xdp_md *ctx)
{
	__u32 bytes = bpf_xdp_get_buff_len(ctx);

	s->length = bytes;
	s->captured = 0;
	s->undecided = 0;
	if (bytes > JOPIL_FILTER_BYTES)
		bytes = JOPIL_FILTER_BYTES;
	if (bytes && !bpf_xdp_load_bytes(ctx, 0, s->data, bytes))
		s->captured = bytes;
}

/* A tag that the kernel keeps beside the frame goes back behind the addresses. */
static __always_inline void fill_scratch_skb(struct filter_scratch *s, struct __sk_buff *skb)
{
	const __u32 addresses = 2 * ETH_ALEN, tag = 4;
	__u32 bytes = skb->len;

	s->length = bytes;
	s->captured = 0;
	s->undecided = 0;
	if (skb->vlan_present && bytes >= ETH_HLEN) {
		__be16 tci = bpf_htons(skb->vlan_tci), protocol = skb->vlan_proto;

		if (bpf_skb_load_bytes(skb, 0, s->data, addresses))
			return;
		__builtin_memcpy(s->data + addresses, &protocol, sizeof(protocol));
		__builtin_memcpy(s->data + addresses + sizeof(protocol), &tci, sizeof(tci));
		s->length += tag;
		s->captured = addresses + tag;
		bytes -= addresses;
		if (bytes > JOPIL_FILTER_BYTES - addresses - tag)
			bytes = JOPIL_FILTER_BYTES - addresses - tag;
		if (bytes && !bpf_skb_load_bytes(skb, addresses, s->data + addresses + tag, bytes))
			s->captured += bytes;
		return;
	}
	if (bytes > JOPIL_FILTER_BYTES)
		bytes = JOPIL_FILTER_BYTES;
	if (bytes && !bpf_skb_load_bytes(skb, 0, s->data, bytes))
		s->captured = bytes;
}

/* Comes back only if both slots are empty, which is counted: return the pass verdict then. */
static __always_inline void filter_frame_xdp(struct xdp_md *ctx)
{
	struct filter_scratch *s = filter_scratch_here();

	if (!s)
		return;
	fill_scratch_xdp(s, ctx);
	bpf_tail_call(ctx, &filter_xdp, JOPIL_FILTER_PROGRAM);
	bpf_tail_call(ctx, &filter_xdp, JOPIL_FILTER_ACCEPT);
	s->missed++;
}

static __always_inline void filter_frame_skb(struct __sk_buff *skb)
{
	struct filter_scratch *s = filter_scratch_here();

	if (!s)
		return;
	fill_scratch_skb(s, skb);
	bpf_tail_call(skb, &filter_tc, JOPIL_FILTER_PROGRAM);
	bpf_tail_call(skb, &filter_tc, JOPIL_FILTER_ACCEPT);
	s->missed++;
}

#endif
