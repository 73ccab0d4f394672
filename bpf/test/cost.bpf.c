// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Makes many flows out of one frame: picks a flow at random, writes it into the
 * addresses and goes on to the program under test. `empty` in its place is the
 * base that its cost is counted from.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__u32 flow_mask; /* set by the driver: flows - 1 */
	__u32 state;
} settings;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

SEC("xdp.frags")
int mutate(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__be32 *source;

	/* the last word of the IPv4 and of the IPv6 source address */
	source = data + sizeof(*ethernet) + 12;
	if (data + sizeof(*ethernet) + 24 > data_end)
		return XDP_ABORTED;
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6))
		source = data + sizeof(*ethernet) + 20;
	settings.state = settings.state * 1664525 + 1013904223;
	*source = bpf_htonl(0x0a000000 + (settings.state >> 8 & settings.flow_mask));
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}

SEC("xdp.frags")
int empty(struct xdp_md *ctx)
{
	return XDP_PASS;
}
