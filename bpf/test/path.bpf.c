// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* A bad path between two ends, and an independent look at the headers on it: TCP over IPv4. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "path.h"

char LICENSE[] SEC("license") = "GPL";

/* By end: segments that come in there. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct path);
} paths SEC(".maps");

static __always_inline struct tcphdr *find_tcp(struct __sk_buff *skb, __u32 *payload_bytes)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct tcphdr *tcp = (void *)(ip + 1);

	if ((void *)(tcp + 1) > end || skb->protocol != bpf_htons(ETH_P_IP) || ip->protocol != 6)
		return NULL;
	*payload_bytes = bpf_ntohs(ip->tot_len) - sizeof(*ip) - tcp->doff * 4;
	return tcp;
}

static __always_inline int look(struct __sk_buff *skb, __u32 end)
{
	struct path *path = bpf_map_lookup_elem(&paths, &end);
	__u32 payload_bytes = 0;
	struct tcphdr *tcp = find_tcp(skb, &payload_bytes);

	if (!path || !tcp)
		return TC_ACT_UNSPEC;
	if (path->drop_next) {
		path->drop_next--;
		path->dropped++;
		return TC_ACT_SHOT;
	}
	if (!tcp->syn && !tcp->rst) {
		path->zero_windows += !tcp->window && !path->window_closed;
		path->window_closed = !tcp->window;
	}
	if (!payload_bytes)
		return TC_ACT_UNSPEC;
	path->data_segments++;
	if (path->drop_every && path->data_segments % path->drop_every == 0) {
		path->dropped++;
		return TC_ACT_SHOT;
	}
	return TC_ACT_UNSPEC;
}

SEC("tc")
int path_near(struct __sk_buff *skb)
{
	return look(skb, 0);
}

SEC("tc")
int path_far(struct __sk_buff *skb)
{
	return look(skb, 1);
}

static __always_inline void note_sequence(struct path *path, const struct tcphdr *tcp,
					  __u32 payload_bytes)
{
	__u32 end = bpf_ntohl(tcp->seq) + payload_bytes;

	if (tcp->syn)
		path->highest_end = end + 1;
	else if ((__s32)(end - path->highest_end) > 0)
		path->highest_end = end;
	else if (payload_bytes)
		path->sent_again++;
}

/* At the exit of the near end: some segments go the slow way and are overtaken. */
SEC("tc")
int path_exit(struct __sk_buff *skb)
{
	__u32 far = 1, payload_bytes = 0;
	struct path *path = bpf_map_lookup_elem(&paths, &far);
	struct tcphdr *tcp = find_tcp(skb, &payload_bytes);

	if (!path || !tcp)
		return TC_ACT_UNSPEC;
	note_sequence(path, tcp, payload_bytes);
	if (path->detour_every && payload_bytes &&
	    bpf_get_prandom_u32() % path->detour_every == 0) {
		skb->priority = PATH_SLOW_CLASS;
		path->detoured++;
	}
	return TC_ACT_UNSPEC;
}

/* What measuring a run costs, and nothing else. */
SEC("tp_btf/sock_send_length")
int path_empty(void *ctx)
{
	return 0;
}
