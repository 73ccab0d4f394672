/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What owner.bpf.c and tcp.bpf.c read of every socket. */
#ifndef JOPIL_SOCKET_H
#define JOPIL_SOCKET_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

#include "jopil/kernel.h"

struct socket_address {
	__u8 local[16]; /* IPv4: ::ffff:a.b.c.d */
	__u8 remote[16];
	__u16 local_port;
	__u16 remote_port;
	__u32 netns;
	__u16 family;
};

static __always_inline int is_internet(const struct sock *sk)
{
	__u16 family = sk->__sk_common.skc_family;

	return family == JOPIL_AF_INET || family == JOPIL_AF_INET6;
}

static __always_inline void map_ipv4(__u8 *address, __be32 ipv4)
{
	*(__be32 *)(address + 8) = bpf_htonl(0xffff);
	*(__be32 *)(address + 12) = ipv4;
}

/* `a` is zeroed. */
static __always_inline void read_address(struct socket_address *a, const struct sock *sk)
{
	__be16 sport = 0;

	a->family = sk->__sk_common.skc_family;
	a->netns = sk->__sk_common.skc_net.net->ns.inum;
	a->local_port = sk->__sk_common.skc_num;
	if (!a->local_port) {
		/* given back before a socket that took any port tells of its close */
		bpf_core_read(&sport, sizeof(sport), &((const struct inet_sock *)sk)->inet_sport);
		a->local_port = bpf_ntohs(sport);
	}
	a->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (a->family == JOPIL_AF_INET) {
		map_ipv4(a->local, sk->__sk_common.skc_rcv_saddr);
		map_ipv4(a->remote, sk->__sk_common.skc_daddr);
	} else if (bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		bpf_core_read(a->local, sizeof(a->local), &sk->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(a->remote, sizeof(a->remote), &sk->__sk_common.skc_v6_daddr);
	}
}

#endif
