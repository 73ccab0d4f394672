// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * How long the kernel's network softirqs wait on each CPU, and how long they run.
 * It changes nothing.
 *
 * tp_btf: Linux 5.5 with BTF of the kernel.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/softirq.h"

#define NET_TX_SOFTIRQ 2

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, JOPIL_SOFTIRQS);
	__type(key, __u32);
	__type(value, struct softirq_times);
} softirqs SEC(".maps");

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	enum jopil_softirq softirq;
	enum jopil_softirq_window window;
} jopil_softirq_types = {};

/* NULL for the softirqs that are not the network's: the tracepoints tell of all of them. */
static __always_inline struct softirq_times *times_of(__u32 vector)
{
	__u32 index = vector - NET_TX_SOFTIRQ;

	if (index >= JOPIL_SOFTIRQS)
		return NULL;
	return bpf_map_lookup_elem(&softirqs, &index);
}

static __always_inline void note(struct histogram *h, __u64 now_ns, __u64 ns)
{
	__u64 number = now_ns >> JOPIL_SOFTIRQ_WINDOW_SHIFT;
	struct histogram_window *w = &h->window[number & (JOPIL_HISTOGRAM_WINDOWS - 1)];

	h->count++;
	h->sum_ns += ns;
	h->bucket[histogram_bucket(ns) & (JOPIL_HISTOGRAM_BUCKETS - 1)]++;
	if (ns > h->max_ns)
		h->max_ns = ns;
	if (w->number != number) {
		w->number = number;
		w->max_ns = 0;
	}
	if (ns > w->max_ns)
		w->max_ns = ns;
}

/* With interrupts off. */
SEC("tp_btf/softirq_raise")
int BPF_PROG(jopil_softirq_raise, unsigned int vector)
{
	struct softirq_times *t = times_of(vector);

	if (t && !t->raised_ns)
		t->raised_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(jopil_softirq_entry, unsigned int vector)
{
	struct softirq_times *t = times_of(vector);
	__u64 now_ns, raised_ns;

	if (!t)
		return 0;
	now_ns = bpf_ktime_get_ns();
	/* an interrupt that raises it again from here on has a run of its own coming */
	raised_ns = __sync_lock_test_and_set(&t->raised_ns, 0);
	t->runs++;
	t->entered_ns = now_ns;
	if (raised_ns && raised_ns <= now_ns)
		note(&t->delay, now_ns, now_ns - raised_ns);
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(jopil_softirq_exit, unsigned int vector)
{
	struct softirq_times *t = times_of(vector);
	__u64 now_ns;

	if (!t || !t->entered_ns)
		return 0;
	now_ns = bpf_ktime_get_ns();
	note(&t->run, now_ns, now_ns - t->entered_ns);
	t->entered_ns = 0;
	return 0;
}
