// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Does nothing where journey.bpf.c does something: what measuring run times costs by itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/netif_receive_skb")
int empty(void *context)
{
	return 0;
}
