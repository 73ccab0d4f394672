/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Of the kernel's own structures only what is read: the loader finds each field
 * by its name in the running kernel's BTF (CO-RE), wherever it lies there.
 */
#ifndef JOPIL_KERNEL_H
#define JOPIL_KERNEL_H

#include <linux/types.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct net_device {
	int ifindex;
	possible_net_t nd_net;
};

typedef struct {
	__s64 counter;
} atomic64_t;

struct sock_common {
	unsigned short skc_family;
	__u16 skc_num; /* local port, host order */
	possible_net_t skc_net;
	atomic64_t skc_cookie; /* 0: nobody asked for it yet */
};

struct sk_buff;

struct sk_buff_head {
	struct sk_buff *next;
	struct sk_buff *prev;
	__u32 qlen;
};

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	__u16 sk_protocol;
};

struct tcp_sock {
	__u32 rcv_nxt;
	__u32 copied_seq;
};

struct udp_sock {
	struct sk_buff_head reader_queue; /* what a reader took over from sk_receive_queue */
};

struct skb_shared_info {
	unsigned short gso_size;
	unsigned short gso_segs;
};

struct sk_buff {
	struct sk_buff *prev;
	struct net_device *dev;
	struct sock *sk;
	__s64 tstamp;
	char cb[48];
	unsigned int len;
	unsigned int data_len;
	int skb_iif;
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	unsigned int end; /* offset from head, on 64-bit kernels */
	unsigned char *head;
	unsigned char *data;
};

/* In sk_buff.cb while TCP has it. */
struct tcp_skb_cb {
	__u32 seq;
	__u32 end_seq;
};

struct nf_hook_state {
	__u8 hook;
};

#pragma clang attribute pop

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

#define JOPIL_NO_HEADER 0xffff /* a header offset that was never set */

#define JOPIL_AF_INET 2
#define JOPIL_AF_INET6 10

#endif
