// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* Another object that asks for owners, in softirq: whose socket has got data? */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/owner_of.h"
#include "jopil/socket.h"
#include "owner_reader.h"

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct answer);
} answers SEC(".maps");

SEC("tp_btf/sk_data_ready")
int BPF_PROG(ask, struct sock *sk)
{
	__u64 cookie = bpf_get_socket_cookie(sk);
	struct socket_owner o;
	struct answer a = {};

	if (!is_internet(sk))
		return 0;
	if (owner_of_socket(&o, sk)) {
		a.by_socket = o.tgid;
		a.source = o.source;
	}
	if (owner_of_cookie(&o, cookie))
		a.by_cookie = o.tgid;
	bpf_map_update_elem(&answers, &cookie, &a, BPF_NOEXIST);
	return 0;
}
