// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Which process has a socket: IPv4 and IPv6, any protocol, in all network
 * namespaces. Learned in process context only, for in softirq the current task is
 * whoever was interrupted. Of several processes with one socket the last to use
 * it counts. It changes nothing.
 *
 * sock_send_length, sock_recv_length: Linux 6.3; storage of sockets in tp_btf:
 * 5.11, its iterator: 5.9. Needs BTF of the kernel; field offsets are relocated
 * at load (CO-RE).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/kernel.h"
#include "jopil/owner.h"
#include "jopil/owner_of.h"
#include "jopil/socket.h"

#define RECENT_JIFFIES 4096 /* what is older is not told by jopil_owner_recent */
#define RENEW_JIFFIES 1024 /* so often is a used socket's entry in owners made young again */

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct owner_book);
} owner_books SEC(".maps");

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct socket_holder socket_holder;
	struct owned_socket owned_socket;
	enum jopil_owner_source source;
} jopil_owner_types = {};

static __u32 passes; /* of jopil_owner_files that came to their end */
static __u64 told_jiffies; /* what was learned before was read from jopil_owner_recent */
static __u64 telling_jiffies; /* begin of the reading that goes on */

static __always_inline struct owner_book *book(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&owner_books, &zero);
}

static __always_inline void count(__u64 *counter)
{
	__sync_fetch_and_add(counter, 1);
}

static __always_inline int is_process(const struct socket_owner *o, struct task_struct *leader)
{
	return o->tgid == (__u32)leader->tgid && o->start_boot_ns == leader->start_boottime;
}

/* Nothing to write: same process, still called so, and the ports are those we know. */
static __always_inline int is_known(const struct socket_owner *o, const struct sock *sk,
				    struct task_struct *leader)
{
	const __u64 *now = (const __u64 *)leader->comm, *then = (const __u64 *)o->comm;
	__u16 port = sk->__sk_common.skc_num; /* 0 again after the close */

	return is_own(o, sk) && is_process(o, leader) && then[0] == now[0] && then[1] == now[1] &&
	       o->uid == leader->cred->uid.val &&
	       (!port ||
		(port == o->local_port && bpf_ntohs(sk->__sk_common.skc_dport) == o->remote_port));
}

static __always_inline void describe_process(struct socket_owner *o, struct task_struct *leader)
{
	const __u64 *comm = (const __u64 *)leader->comm;

	o->start_boot_ns = leader->start_boottime;
	o->cgroup = leader->cgroups->dfl_cgrp->kn->id;
	o->tgid = leader->tgid;
	o->uid = leader->cred->uid.val;
	((__u64 *)o->comm)[0] = comm[0];
	((__u64 *)o->comm)[1] = comm[1];
}

static __always_inline void describe_socket(struct socket_owner *o, struct sock *sk)
{
	struct socket_address a = {};

	read_address(&a, sk);
	o->cookie = bpf_get_socket_cookie(sk);
	o->check = o->cookie;
	o->netns = a.netns;
	o->family = a.family;
	o->protocol = sk->sk_protocol;
	__builtin_memcpy(o->local, a.local, sizeof(o->local));
	__builtin_memcpy(o->remote, a.remote, sizeof(o->remote));
	o->local_port = a.local_port;
	o->remote_port = a.remote_port;
}

/*
 * Two CPUs may use one socket at once: either is right, a mixture of both is not.
 * `writing` has the socket's own cookie, for a socket may have been accepted while
 * that of its listener was written: its copy would be locked for ever.
 */
static __always_inline int replace(struct socket_owner *o, const struct socket_owner *now)
{
	__u64 writing = o->writing;

	if (writing == now->cookie ||
	    !__sync_bool_compare_and_swap(&o->writing, writing, now->cookie))
		return 0;
	__sync_fetch_and_add(&o->version, 1);
	__builtin_memcpy(o, now, offsetof(struct socket_owner, version));
	o->check = now->check;
	JOPIL_ORDER();
	__sync_fetch_and_and(&o->writing, 0);
	return 1;
}

static __always_inline void store(struct owner_book *b, const struct socket_owner *o)
{
	if (bpf_map_update_elem(&owners, &o->cookie, o, BPF_ANY))
		count(&b->not_stored);
}

static __noinline int remember(struct sock *sk, struct task_struct *leader, struct socket_owner *o,
			       __u16 source, __u32 pass)
{
	struct owner_book *b = book();
	struct socket_owner now = { .seen_jiffies = bpf_jiffies64(),
				    .source = source,
				    .pass = pass };

	if (!b)
		return 0;
	describe_process(&now, leader);
	describe_socket(&now, sk);
	if (o && o->cookie == now.cookie) {
		now.changes = o->changes;
		if (!is_process(o, leader)) {
			count(&b->changed);
			now.changes += now.changes != 0xffff;
		}
	}
	if (!o && !bpf_sk_storage_get(&owner_sockets, sk, &now, BPF_SK_STORAGE_GET_F_CREATE)) {
		count(&b->no_storage);
		return 0;
	}
	if (o && !replace(o, &now)) {
		count(&b->busy);
		return 0;
	}
	count(&b->learned);
	store(b, &now);
	return 0;
}

/* Now and then the entry in owners is made young again, or it would go as one long unused. */
static __noinline int touch(struct sock *sk, struct socket_owner *o)
{
	__u64 now = bpf_jiffies64(), before = o->seen_jiffies;
	struct owner_book *b;
	struct socket_owner c;

	if (now == before)
		return 0;
	o->seen_jiffies = now;
	if (now / RENEW_JIFFIES == before / RENEW_JIFFIES)
		return 0;
	b = book();
	if (b && copy_owner(&c, o, sk))
		store(b, &c);
	return 0;
}

static __always_inline int learn(struct sock *sk, __u16 source)
{
	struct task_struct *leader = bpf_get_current_task_btf()->group_leader;
	struct socket_owner *o = bpf_sk_storage_get(&owner_sockets, sk, NULL, 0);

	return o && is_known(o, sk, leader) ? touch(sk, o)
					    : remember(sk, leader, o, source, passes);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(jopil_owner_state, struct sock *sk, int before, int now)
{
	/* all other changes may come in softirq */
	if (now == BPF_TCP_SYN_SENT)
		return learn(sk, JOPIL_OWNER_CONNECT);
	if (now == BPF_TCP_LISTEN)
		return learn(sk, JOPIL_OWNER_LISTEN);
	return 0;
}

SEC("tp_btf/sock_send_length")
int BPF_PROG(jopil_owner_send, struct sock *sk)
{
	return sk && is_internet(sk) ? learn(sk, JOPIL_OWNER_SEND) : 0;
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(jopil_owner_receive, struct sock *sk)
{
	return sk && is_internet(sk) ? learn(sk, JOPIL_OWNER_RECEIVE) : 0;
}

/* Sockets that nobody has sent to or read from yet. Where this cannot be attached they wait. */
SEC("cgroup/sock_create")
int jopil_owner_create(struct bpf_sock *sk)
{
	struct socket_owner now = { .seen_jiffies = bpf_jiffies64(),
				    .source = JOPIL_OWNER_CREATE,
				    .pass = passes };
	struct task_struct *task = bpf_get_current_task_btf();
	struct owner_book *b = book();

	if (!b || (sk->family != JOPIL_AF_INET && sk->family != JOPIL_AF_INET6))
		return 1;
	describe_process(&now, task->group_leader);
	now.cookie = bpf_get_socket_cookie(sk);
	now.check = now.cookie;
	now.netns = task->nsproxy->net_ns->ns.inum;
	now.family = sk->family;
	now.protocol = sk->protocol;
	if (!bpf_sk_storage_get(&owner_sockets, sk, &now, BPF_SK_STORAGE_GET_F_CREATE)) {
		count(&b->no_storage);
		return 1;
	}
	count(&b->learned);
	store(b, &now);
	return 1;
}

/*
 * Every open file of every process: sockets that are older than the program, and
 * who else holds one. A socket whose owner held it in neither of the last two
 * passes goes to who does.
 */
SEC("iter/task_file")
int jopil_owner_files(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	struct file *file = ctx->file;
	struct socket_holder holder = {};
	struct socket_owner *o;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file) {
		passes++;
		return 0;
	}
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_internet(sk))
		return 0;
	leader = task->group_leader;
	o = bpf_sk_storage_get(&owner_sockets, sk, NULL, 0);
	if (!o || !is_own(o, sk))
		remember(sk, leader, o, JOPIL_OWNER_FILE, passes + 1);
	else if (is_process(o, leader))
		remember(sk, leader, o, o->source, passes + 1);
	else if (o->pass + 1 < passes)
		remember(sk, leader, o, JOPIL_OWNER_FILE, passes + 1);
	holder.cookie = bpf_get_socket_cookie(sk);
	holder.start_boot_ns = leader->start_boottime;
	holder.tgid = leader->tgid;
	holder.fd = ctx->fd;
	bpf_seq_write(ctx->meta->seq, &holder, sizeof(holder));
	return 0;
}

/* Every living socket that has an owner: a struct owned_socket each. */
SEC("iter/bpf_sk_storage_map")
int jopil_owner_list(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct socket_owner *o = ctx->value;
	struct sock *sk = ctx->sk;
	struct owned_socket out = {};

	if (!sk || !o)
		return 0;
	if (!copy_owner(&out.owner, o, sk) && !copy_owner(&out.owner, o, sk))
		return 0;
	if (!is_own(o, sk))
		out.owner.source = JOPIL_OWNER_LISTENER;
	/* nobody tells of bind(), nor of a UDP socket that connects */
	describe_socket(&out.owner, sk);
	out.bound_ifindex = sk->__sk_common.skc_bound_dev_if;
	out.state = sk->__sk_common.skc_state;
	out.ipv6_only = BPF_CORE_READ_BITFIELD(&sk->__sk_common, skc_ipv6only);
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}

/*
 * What was learned since this was read before: a struct socket_owner each, also of
 * sockets that are gone. Of what is learned meanwhile something may come twice.
 */
SEC("iter/bpf_map_elem")
int jopil_owner_recent(struct bpf_iter__bpf_map_elem *ctx)
{
	const struct socket_owner *o = ctx->value;
	struct socket_owner out;

	if (!ctx->meta->seq_num)
		telling_jiffies = bpf_jiffies64();
	if (!ctx->key || !o) {
		told_jiffies = telling_jiffies;
		return 0;
	}
	if (o->seen_jiffies < told_jiffies || o->seen_jiffies + RECENT_JIFFIES < telling_jiffies)
		return 0;
	__builtin_memcpy(&out, o, sizeof(out));
	bpf_seq_write(ctx->meta->seq, &out, sizeof(out));
	return 0;
}
