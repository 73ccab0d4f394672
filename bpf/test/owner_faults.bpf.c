// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The owners, learned at every change of state too: most of these come in softirq,
 * where the current task is anybody. The comparison must notice.
 */
#include "../owner.bpf.c"

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(fault_any_state, struct sock *sk)
{
	return learn(sk, JOPIL_OWNER_CONNECT);
}
