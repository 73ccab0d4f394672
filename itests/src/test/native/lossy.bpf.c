// SPDX-License-Identifier: (GPL-2.0-only OR Apache-2.0)
/* A wire that loses one packet in ten: freed as consumed, which no drop counter sees, as loss elsewhere is not seen here. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

SEC("tc")
int lossy(struct __sk_buff *skb)
{
	return bpf_get_prandom_u32() % 10 ? TC_ACT_OK : TC_ACT_STOLEN;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
