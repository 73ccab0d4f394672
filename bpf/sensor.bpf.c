// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The sensor: counts every packet, accounts its flow and tells of a sample of
 * them. It never drops, changes or redirects anything. One source for XDP
 * ingress, tc ingress and tc egress (tcx, or clsact where there is no tcx:
 * TCX_NEXT and TC_ACT_UNSPEC are both -1).
 *
 * UAPI only, no BTF of the kernel needed. bpf_ringbuf_* and mapped arrays want
 * Linux 5.8; bpf_xdp_get_buff_len (5.18) is used only where config.frags says so.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "jopil/abi.h"
#include "jopil/carried.h"
#include "jopil/count.h"
#include "jopil/event.h"
#include "jopil/flow.h"
#include "jopil/maps.h"
#include "jopil/parse.h"
#include "jopil/parse_frame.h"
#include "jopil/payload.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline __u32 frame_bytes_of(struct xdp_md *ctx)
{
	if (config.frags)
		return bpf_xdp_get_buff_len(ctx);
	return (void *)(long)ctx->data_end - (void *)(long)ctx->data;
}

__noinline int parse_xdp(struct xdp_md *ctx, struct packet *p)
{
	struct cursor cursor = {};

	if (!p)
		return JOPIL_PARSE_BAD;
	p->frame_bytes = frame_bytes_of(ctx);
	cursor.left = p->frame_bytes;
	cursor.data = (void *)(long)ctx->data;
	cursor.end = (void *)(long)ctx->data_end;
	parse(&cursor, p);
	return 0;
}

static __always_inline void record(struct counters *c, const struct context *context,
				   const struct observation *o, struct packet *p)
{
	count(c, o, p);
	if (account_flow(c, o, p))
		tell_payload(c, context, o, p);
	sample(c, context, o, p);
}

SEC("xdp.frags")
int jopil_xdp(struct xdp_md *ctx)
{
	struct observation o = {
		.packets = 1,
		.rx_queue = ctx->rx_queue_index,
		.cpu = bpf_get_smp_processor_id(),
		.direction = JOPIL_INGRESS,
		.hook = JOPIL_HOOK_XDP,
	};
	struct counters *c = counters_of(JOPIL_INGRESS, o.cpu);
	struct context context = { .ctx = ctx, .is_xdp = 1 };
	struct packet p = {};

	if (!c)
		return XDP_PASS;
	parse_xdp(ctx, &p);
	o.frame_bytes = p.frame_bytes;
	o.wire_bytes = o.frame_bytes;
	o.data = (void *)(long)ctx->data;
	o.data_end = (void *)(long)ctx->data_end;
	record(c, &context, &o, &p);
	return XDP_PASS;
}

SEC("xdp")
int jopil_xdp_mark(struct xdp_md *ctx)
{
	struct counters *c = counters_of(JOPIL_INGRESS, bpf_get_smp_processor_id());

	if (c)
		c->xdp_marked++;
	return XDP_PASS;
}

static __always_inline int observe_skb(struct __sk_buff *skb, __u32 direction)
{
	struct observation o = {
		.frame_bytes = skb->len,
		.rx_queue = skb->queue_mapping,
		.cpu = bpf_get_smp_processor_id(),
		.direction = direction,
		.hook = JOPIL_HOOK_TC,
	};
	struct counters *c = counters_of(direction, o.cpu);
	struct context context = { .ctx = skb };
	struct packet p = {};

	if (!c)
		return TC_ACT_UNSPEC;
	if (direction == JOPIL_INGRESS && o.rx_queue)
		o.rx_queue--; /* 0 says that the driver recorded none */
	if (skb->vlan_present) {
		o.vlan_tci = skb->vlan_tci;
		o.vlan_protocol = bpf_ntohs(skb->vlan_proto);
	}
	parse_whole_skb(skb, &p);
	o.data = (void *)(long)skb->data;
	o.data_end = (void *)(long)skb->data_end;
	if (skb->gso_size)
		follow_tunnel(&context, &p);
	count_wire(&o, &p, skb);
	record(c, &context, &o, &p);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int jopil_ingress(struct __sk_buff *skb)
{
	return observe_skb(skb, JOPIL_INGRESS);
}

SEC("tc")
int jopil_egress(struct __sk_buff *skb)
{
	return observe_skb(skb, JOPIL_EGRESS);
}

/* Run by BPF_PROG_TEST_RUN: what measuring a run costs, and nothing else. */
SEC("tc")
int jopil_empty(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}

/* Run by BPF_PROG_TEST_RUN: both clocks at one moment, to calibrate jiffies. */
SEC("tc")
int jopil_clock(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct control *settings = bpf_map_lookup_elem(&control, &zero);

	if (settings) {
		settings->clock_jiffies = bpf_jiffies64();
		settings->clock_mono_ns = bpf_ktime_get_ns();
	}
	return TC_ACT_UNSPEC;
}
