/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What a stage took, into the histogram of its key on this CPU. */
#ifndef JOPIL_LATENCY_H
#define JOPIL_LATENCY_H

#include "journey_maps.h"

/* 2 KiB of zeros: a new histogram does not fit on the stack. */
const volatile struct histogram no_histogram = {};

/* A softirq may raise it between look and store: three tries, as it can come once at a time. */
static __always_inline void raise(__u64 *max, __u64 ns)
{
	for (int i = 0; i < 3; i++) {
		__u64 seen = *(volatile __u64 *)max;

		if (seen >= ns || __sync_val_compare_and_swap(max, seen, ns) == seen)
			return;
	}
}

static __always_inline void histogram_add(struct histogram *h, __u64 ns)
{
	__u32 zero = 0, bucket = histogram_bucket(ns) & (JOPIL_HISTOGRAM_BUCKETS - 1);
	struct journey_control *control = bpf_map_lookup_elem(&journey_control, &zero);

	__sync_fetch_and_add(&h->count, 1);
	__sync_fetch_and_add(&h->sum_ns, ns);
	__sync_fetch_and_add(&h->bucket[bucket], 1);
	raise(&h->max_ns, ns);
	if (control) {
		__u64 number = control->window;
		struct histogram_window *w = &h->window[number & (JOPIL_HISTOGRAM_WINDOWS - 1)];

		if (w->number != number) {
			w->number = number;
			w->max_ns = 0;
		}
		raise(&w->max_ns, ns);
	}
}

static __noinline int histogram_overflow(__u32 stage, __u64 ns)
{
	__u32 zero = 0;
	struct journey_book *book = bpf_map_lookup_elem(&journey_books, &zero);
	struct histogram *h = bpf_map_lookup_elem(&latency_overflow, &stage);

	if (book)
		__sync_fetch_and_add(&book->latency_overflow, 1);
	if (h)
		histogram_add(h, ns);
	return 0;
}

/* A global function: verified once, not at each of its calls. */
__attribute__((noinline)) int measure(struct latency_key *key, __u64 ns)
{
	struct histogram *h;

	if (!key)
		return 0;
	h = bpf_map_lookup_elem(&latency, key);
	if (!h) {
		bpf_map_update_elem(&latency, key, (const void *)&no_histogram, BPF_NOEXIST);
		h = bpf_map_lookup_elem(&latency, key);
	}
	if (h)
		histogram_add(h, ns);
	else
		histogram_overflow(key->stage, ns);
	return 0;
}

#endif
