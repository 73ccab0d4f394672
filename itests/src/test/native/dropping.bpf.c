// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Somebody else's firewall on an XDP hook: drops UDP to port 9030 over IPv4. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("xdp") int dropping(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1); /* without options */

	if ((void *)(udp + 1) > (void *)(long)ctx->data_end)
		return XDP_PASS;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || ip->ihl != 5 || ip->protocol != 17)
		return XDP_PASS;
	return udp->dest == bpf_htons(9030) ? XDP_DROP : XDP_PASS;
}
