/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* All maps of the journeys, in one place; what user space reads of them stands in journey.h. */
#ifndef JOPIL_JOURNEY_MAPS_H
#define JOPIL_JOURNEY_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "journey.h"

const volatile struct journey_config config = {
	.follow_step = 64,
	.bucket_mask = JOPIL_JOURNEY_BUCKETS - 1,
	.waiting_mask = JOPIL_JOURNEY_WAITING - 1,
	.ephemeral_from = 32768,
	.events = 1,
	.traced_per_jiffy = 32,
};

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct journey_first_event journey_first_event;
	enum jopil_journey_stage journey_stage;
	enum jopil_journey_hook journey_hook;
	enum jopil_journey_end journey_end;
	enum jopil_journey_event_flags journey_event_flags;
} journey_types = {};

/* One in so many; the step is drawn anew each time, so that no flow is always the one. */
struct sampler {
	__u32 waited;
	__u32 interval;
	__u64 follow; /* follow_step and follow_set that interval was drawn for */
};

/* What one CPU keeps to itself. */
struct journey_cpu {
	struct sampler gro;
	struct sampler receive;
	struct sampler send;
	__u64 arriving; /* enum arriving: it is a datagram, counted in journey_arrivals */
	__u64 current_id; /* followed packet that this CPU is delivering */
	__u64 current_skb;
	__u64 sequence; /* of ids */
	__u64 trace_ip; /* header of the packet that may match: no trusted pointer, as below */
	__u64 trace_jiffy;
	__u64 traced; /* in that jiffy */
	/* A pointer as a number, by hook: the verifier lets no trusted pointer be
	 * hashed, but stored and loaded again it is one. No hook interrupts itself. */
	__u64 address[JOPIL_JOURNEY_HOOKS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct journey_cpu);
} journey_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct journey_book);
} journey_books SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct journey_control);
} journey_control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, JOPIL_JOURNEY_BUCKETS);
	__type(key, __u32);
	__type(value, struct followed_bucket);
} followed SEC(".maps");

/* By bucket / JOPIL_TAG_LINE. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, JOPIL_JOURNEY_BUCKETS / JOPIL_TAG_LINE);
	__type(key, __u32);
	__type(value, struct followed_tags);
} followed_tags SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, JOPIL_JOURNEY_WAITING);
	__type(key, __u32);
	__type(value, struct waiting);
} waiting SEC(".maps");

/* CPUs that are bringing a followed datagram to its socket: reads are timed meanwhile. */
struct arrivals {
	__u64 cpus;
	__u64 skb; /* the first of them brings it; JOPIL_HELD while that is written down, 0 = not known */
	__u64 head; /* its skb->head and skb->dev when it was received */
	__u64 dev;
	__u64 reserved[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct arrivals);
} journey_arrivals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct journey_socket);
} journey_sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, JOPIL_WAITING_SOCKETS);
	__type(key, __u32);
	__type(value, struct waiting_socket);
} waiting_sockets SEC(".maps");

/* Value: 2 KiB on each CPU; user space sets max_entries by the CPUs there are. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, JOPIL_LATENCY_KEYS);
	__type(key, struct latency_key);
	__type(value, struct histogram);
} latency SEC(".maps");

/* By stage alone: what found no room in latency. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, JOPIL_STAGES);
	__type(key, __u32);
	__type(value, struct histogram);
} latency_overflow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1024 * 1024);
} journey_events SEC(".maps");

static __always_inline struct journey_cpu *this_cpu(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&journey_cpus, &zero);
}

/* A process may be interrupted by a softirq in the middle of it: atomics on one CPU's own line. */
static __always_inline void book_begun(enum jopil_journey_leg leg)
{
	__u32 zero = 0;
	struct journey_book *book = bpf_map_lookup_elem(&journey_books, &zero);

	if (book)
		__sync_fetch_and_add(&book->begun[leg], 1);
}

static __always_inline void book_ended(__u32 end)
{
	__u32 zero = 0;
	struct journey_book *book = bpf_map_lookup_elem(&journey_books, &zero);

	if (book && end < JOPIL_ENDS)
		__sync_fetch_and_add(&book->ended[end], 1);
}

#endif
