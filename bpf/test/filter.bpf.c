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

/* Names the enum in the object's BTF. */
const volatile enum jopil_filter filter_types = 0;

/* At real hooks: accept programs count, and let everything pass. */
const volatile __u8 live = 0;

/* By tc and XDP: frames that went on. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} filter_accepted SEC(".maps");

static __always_inline int accept(__u32 hook, int pass)
{
	struct filter_scratch *s = filter_scratch_here();
	__u64 *accepted = bpf_map_lookup_elem(&filter_accepted, &hook);

	if (accepted)
		__sync_fetch_and_add(accepted, 1);
	if (live)
		return pass;
	return s && s->undecided ? UNDECIDED : MATCH;
}

SEC("xdp.frags")
int filter_root_xdp(struct xdp_md *ctx)
{
	filter_frame_xdp(ctx);
	return XDP_PASS;
}

SEC("xdp.frags")
int filter_accept_xdp(struct xdp_md *ctx)
{
	return accept(1, XDP_PASS);
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
	return accept(0, TC_ACT_UNSPEC);
}
