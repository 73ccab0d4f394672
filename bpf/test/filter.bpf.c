// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The smallest roots of a packet filter, and accept programs that say what the filter said. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "jopil/filter.h"

/* What the accept programs return: none is a verdict that the roots let pass with. */
#define MATCH 100
#define UNDECIDED 101
#define NOT_TAGGED 102

#define TAG 0x6064

char LICENSE[] SEC("license") = "GPL";

const volatile enum jopil_filter filter_types = 0;

SEC("xdp.frags")
int filter_root_xdp(struct xdp_md *ctx)
{
	filter_frame_xdp(ctx);
	return XDP_PASS;
}

SEC("xdp.frags")
int filter_accept_xdp(struct xdp_md *ctx)
{
	struct filter_scratch *s = filter_scratch_here();

	return s && s->undecided ? UNDECIDED : MATCH;
}

SEC("tc")
int filter_root_tc(struct __sk_buff *skb)
{
	filter_frame_skb(skb);
	return TC_ACT_UNSPEC;
}

/* The tag goes beside the frame, as a driver or the kernel takes it off. */
SEC("tc")
int filter_root_tagged(struct __sk_buff *skb)
{
	if (bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), TAG) || !skb->vlan_present)
		return NOT_TAGGED;
	filter_frame_skb(skb);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int filter_accept_tc(struct __sk_buff *skb)
{
	struct filter_scratch *s = filter_scratch_here();

	return s && s->undecided ? UNDECIDED : MATCH;
}
