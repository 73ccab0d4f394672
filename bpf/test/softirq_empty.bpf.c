// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/* The hooks of softirq.bpf.c and nothing behind them: what the others cost more is theirs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tp_btf/softirq_raise")
int BPF_PROG(empty_softirq_raise, unsigned int vector)
{
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(empty_softirq_entry, unsigned int vector)
{
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(empty_softirq_exit, unsigned int vector)
{
	return 0;
}
