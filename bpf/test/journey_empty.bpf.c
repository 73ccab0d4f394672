// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Does nothing where journey.bpf.c does something: what measuring run times costs by itself. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

#define EMPTY(name, hook)               \
	SEC("tp_btf/" #hook)            \
	int jopil_##name(void *context) \
	{                               \
		return 0;               \
	}

EMPTY(gro_receive, napi_gro_receive_entry)
EMPTY(receive, netif_receive_skb)
EMPTY(tcp_probe, tcp_probe)
EMPTY(data_ready, sk_data_ready)
EMPTY(copy, skb_copy_datagram_iovec)
EMPTY(tcp_read, tcp_rcv_space_adjust)
EMPTY(udp_read, sock_recv_length)
EMPTY(queue, net_dev_queue)
EMPTY(start_xmit, net_dev_start_xmit)
EMPTY(xmit, net_dev_xmit)
EMPTY(send, sock_send_length)
EMPTY(free, consume_skb)
EMPTY(drop_end, kfree_skb)
