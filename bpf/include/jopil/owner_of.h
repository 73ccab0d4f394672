/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The maps of owner.bpf.c, and how a program reads them. Another object includes
 * this and is given the same two maps by user space before it loads. The barriers
 * are the compiler's: enough on x86, where stores are seen in their order.
 */
#ifndef JOPIL_OWNER_OF_H
#define JOPIL_OWNER_OF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "jopil/kernel.h"
#include "jopil/owner.h"

/* An accepted socket starts with a copy of its listener's. */
struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct socket_owner);
} owner_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct socket_owner);
} owners SEC(".maps");

#define JOPIL_READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define JOPIL_ORDER() asm volatile("" ::: "memory")

/* An accepted socket has the cookie of its listener in its copy. */
static __always_inline int is_own(const struct socket_owner *o, const struct sock *sk)
{
	return o->cookie == (__u64)sk->__sk_common.skc_cookie.counter;
}

/* Of the value of `sk` in owner_sockets; 0 if a writer came in between. */
static __always_inline int copy_owner(struct socket_owner *out, const struct socket_owner *o,
				      const struct sock *sk)
{
	__u64 cookie = sk->__sk_common.skc_cookie.counter;
	__u32 version = JOPIL_READ_ONCE(o->version);

	JOPIL_ORDER();
	if (cookie && JOPIL_READ_ONCE(o->writing) == cookie)
		return 0;
	JOPIL_ORDER();
	__builtin_memcpy(out, o, sizeof(*out));
	JOPIL_ORDER();
	return JOPIL_READ_ONCE(o->version) == version;
}

/* In any context; `sk` as a tracepoint hands it over. 0: not known. */
static __always_inline int owner_of_socket(struct socket_owner *out, struct sock *sk)
{
	struct socket_owner *o = bpf_sk_storage_get(&owner_sockets, sk, NULL, 0);

	if (!o || !copy_owner(out, o, sk))
		return 0;
	if (!is_own(out, sk))
		out->source = JOPIL_OWNER_LISTENER;
	return 1;
}

/* In any context and program type, also for a socket that is gone. 0: not known. */
static __always_inline int owner_of_cookie(struct socket_owner *out, __u64 cookie)
{
	struct socket_owner *o = bpf_map_lookup_elem(&owners, &cookie);
	__u64 check;

	if (!o)
		return 0;
	check = JOPIL_READ_ONCE(o->check);
	JOPIL_ORDER();
	__builtin_memcpy(out, o, sizeof(*out));
	JOPIL_ORDER();
	return check == cookie && JOPIL_READ_ONCE(o->cookie) == cookie;
}

#endif
