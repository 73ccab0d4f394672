// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Makes many flows out of one frame: picks a flow at random, writes it into the
 * addresses and goes on to the program under test. `empty` in its place is the
 * base that its cost is counted from, `parser` the sensor's reading of the headers
 * and nothing else, `hash` what flow accounting usually is: a kernel hash and the
 * clock.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "jopil/abi.h"
#include "jopil/parse.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__u32 flow_mask; /* set by the driver: flows - 1 */
	__u32 state;
	__u32 parsed;
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

__noinline int parse_frame(struct xdp_md *ctx, struct packet *p)
{
	struct cursor cursor = {};

	if (!p)
		return JOPIL_PARSE_BAD;
	p->frame_bytes = bpf_xdp_get_buff_len(ctx);
	cursor.left = p->frame_bytes;
	cursor.data = (void *)(long)ctx->data;
	cursor.end = (void *)(long)ctx->data_end;
	cursor.pos = cursor.data;
	parse_network(&cursor, p, parse_ethernet(&cursor, p));
	return 0;
}

SEC("xdp.frags")
int parser(struct xdp_md *ctx)
{
	struct packet p = {};

	parse_frame(ctx, &p);
	settings.parsed = p.ports;
	return XDP_PASS;
}

struct hash_key {
	__u8 src[16];
	__u8 dst[16];
	__be32 ports;
	__u32 protocol;
};

struct hash_value {
	__u64 packets;
	__u64 bytes;
	__u64 first_ns;
	__u64 last_ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 262144); /* as many as the sensor's slots */
	__type(key, struct hash_key);
	__type(value, struct hash_value);
} flows SEC(".maps");

SEC("xdp.frags")
int hash(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *ethernet = data;
	__u64 now_ns = bpf_ktime_get_ns();
	struct hash_value first = {
		.packets = 1, .bytes = data_end - data, .first_ns = now_ns, .last_ns = now_ns
	};
	struct hash_key key = {};
	struct hash_value *known;
	__be32 *ports;

	if (data + sizeof(*ethernet) > data_end)
		return XDP_PASS;
	if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) {
		struct ipv6hdr *ip = data + sizeof(*ethernet);

		ports = (void *)(ip + 1);
		if ((void *)(ports + 1) > data_end)
			return XDP_PASS;
		__builtin_memcpy(key.src, &ip->saddr, sizeof(key.src));
		__builtin_memcpy(key.dst, &ip->daddr, sizeof(key.dst));
		key.protocol = ip->nexthdr;
	} else {
		struct iphdr *ip = data + sizeof(*ethernet);

		ports = (void *)(ip + 1);
		if ((void *)(ports + 1) > data_end)
			return XDP_PASS;
		__builtin_memcpy(key.src, &ip->saddr, sizeof(ip->saddr));
		__builtin_memcpy(key.dst, &ip->daddr, sizeof(ip->daddr));
		key.protocol = ip->protocol;
	}
	key.ports = *ports;
	known = bpf_map_lookup_elem(&flows, &key);
	if (known) {
		__sync_fetch_and_add(&known->packets, 1);
		__sync_fetch_and_add(&known->bytes, data_end - data);
		known->last_ns = now_ns;
	} else {
		bpf_map_update_elem(&flows, &key, &first, BPF_NOEXIST);
	}
	return XDP_PASS;
}
