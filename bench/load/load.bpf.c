// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * generate: the generator in the kernel. Run by BPF_PROG_TEST_RUN on live
 * frames, it makes each frame the next packet and sends it out of the interface.
 * empty: what a hook costs with nothing in it.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "load.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct load_plan plan = {};

/* Packets made so far. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} made SEC(".maps");

SEC("xdp")
int generate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	__u32 zero = 0;
	__u64 *next = bpf_map_lookup_elem(&made, &zero);

	if (!next || data + LOAD_LEAST_BYTES4 > data_end)
		return XDP_ABORTED;
	if (plan.ipv6 && data + LOAD_LEAST_BYTES6 > data_end)
		return XDP_ABORTED;
	load_write(data, &plan, load_flow(&plan, *next));
	++*next;
	return bpf_redirect(plan.interface, 0);
}

SEC("tc")
int empty(struct __sk_buff *skb)
{
	return TC_ACT_UNSPEC;
}
