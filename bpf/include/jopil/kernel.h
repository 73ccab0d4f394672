/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Of the kernel's own structures only what is read: the loader finds each field
 * by its name in the running kernel's BTF (CO-RE), wherever it lies there.
 */
#ifndef JOPIL_KERNEL_H
#define JOPIL_KERNEL_H

#include <linux/types.h>

#define JOPIL_COMM_BYTES 16 /* TASK_COMM_LEN */
#define JOPIL_AF_INET 2
#define JOPIL_AF_INET6 10

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
	int counter;
} atomic_t;

typedef struct {
	__s64 counter;
} atomic64_t;

struct in6_addr {
	__u8 in6_u[16];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num; /* local port, host order */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_ipv6only : 1;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
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
	atomic_t sk_drops;
	int sk_err;
	__u16 sk_protocol;
	__u32 sk_ack_backlog;
	__u32 sk_max_ack_backlog;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
	__u32 icsk_rto;
	__u8 icsk_ca_state : 5;
	__u8 icsk_retransmits;
	__u8 icsk_backoff;
	__u8 icsk_probes_out;
};

struct minmax_sample {
	__u32 t;
	__u32 v;
};

struct minmax {
	struct minmax_sample s[3];
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 reordering;
	__u32 snd_wnd;
	__u32 mss_cache;
	__u32 snd_cwnd;
	__u32 lost_out;
	__u32 sacked_out;
	__u32 copied_seq;
	__u32 retrans_out;
	__u32 lost;
	__u32 snd_ssthresh;
	struct minmax rtt_min;
	__u32 segs_out;
	__u32 data_segs_out;
	__u64 bytes_sent;
	__u8 chrono_type;
	__u32 chrono_start;
	__u32 chrono_stat[3];
	__u32 write_seq;
	__u32 mdev_us;
	__u32 rcv_nxt;
	__u32 snd_una;
	__u32 srtt_us;
	__u32 packets_out;
	__u32 delivered;
	__u32 delivered_ce;
	__u32 rcv_wnd;
	__u64 bytes_received;
	__u32 segs_in;
	__u32 data_segs_in;
	__u32 rcv_wup;
	__u64 bytes_acked;
	__u32 dsack_dups;
	__u32 reord_seen;
	__u64 bytes_retrans;
	__u32 total_retrans;
	__u16 total_rto; /* 6.7 */
	__u16 total_rto_recoveries; /* 6.7 */
	__u32 total_rto_time; /* 6.7 */
	__u32 rcv_ooopack;
};

struct request_sock {
	struct sock_common __req_common;
	__u8 num_retrans;
};

struct inet_request_sock {
	struct request_sock req;
};

struct tcp_request_sock {
	struct inet_request_sock req;
	__u64 snt_synack;
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
	__u8 cloned : 1;
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	unsigned int end; /* offset from head, on 64-bit kernels */
	unsigned char *head;
	unsigned char *data;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct nsproxy {
	struct net *net_ns;
};

struct task_struct {
	int tgid;
	struct task_struct *group_leader;
	__u64 start_boottime; /* 5.5 */
	const struct cred *cred;
	char comm[JOPIL_COMM_BYTES];
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
};

struct file;
struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id;
	__u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
};

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	void *key;
	void *value;
};

struct bpf_iter__bpf_sk_storage_map {
	struct bpf_iter_meta *meta;
	struct bpf_map *map;
	struct sock *sk;
	void *value;
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

struct socket {
	struct sock *sk;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
} __attribute__((preserve_access_index));

#define JOPIL_NO_HEADER 0xffff /* a header offset that was never set */

#endif
