/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* For how many packets of the wire one of the kernel's stands. */
#ifndef JOPIL_WIRE_H
#define JOPIL_WIRE_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "jopil/kernel.h"

static __always_inline __u32 wire_packets(struct sk_buff *skb)
{
	struct skb_shared_info *shared = (void *)(skb->head + skb->end);
	__u16 gso_segs = BPF_CORE_READ(shared, gso_segs);

	return gso_segs ? gso_segs : 1;
}

#endif
