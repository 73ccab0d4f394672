/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Stage events of followed packets. The reader polls: a submit never wakes it. */
#ifndef JOPIL_TELL_H
#define JOPIL_TELL_H

#include "journey_maps.h"
#include "look.h"

#define JOPIL_NO_END JOPIL_ENDS

struct told {
	__u64 id;
	__u64 ns;
	__u32 ifindex;
	__u32 netns;
	__u32 sequence;
	__u32 bytes;
	__u16 port;
	__u8 hook;
	__u8 end; /* JOPIL_NO_END: the leg goes on */
	__u8 protocol;
	__u8 flags;
};

static __always_inline void fill(struct journey_event *e, const struct told *t)
{
	e->id = t->id;
	e->timestamp_ns = t->ns;
	e->ifindex = t->ifindex;
	e->netns = t->netns;
	e->sequence = t->sequence;
	e->bytes = t->bytes;
	e->port = t->port;
	e->cpu = bpf_get_smp_processor_id();
	e->hook = t->hook;
	e->flags = t->flags | (t->end == JOPIL_NO_END ? 0 : JOPIL_JOURNEY_LAST);
	e->end = t->end;
	e->protocol = t->protocol;
	e->tgid = 0;
	e->tid = 0;
	e->reserved = 0;
	e->captured_bytes = 0;
	__builtin_memset(e->comm, 0, sizeof(e->comm));
}

static __always_inline void fill_process(struct journey_event *e)
{
	__u64 task = bpf_get_current_pid_tgid();

	e->tgid = task >> 32;
	e->tid = task;
	e->flags |= JOPIL_JOURNEY_PROCESS;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
}

static __always_inline void book_event(int submitted)
{
	__u32 zero = 0;
	struct journey_book *book = bpf_map_lookup_elem(&journey_books, &zero);

	if (!book)
		return;
	__sync_fetch_and_add(&book->observed, 1);
	if (submitted)
		__sync_fetch_and_add(&book->submitted, 1);
	else
		__sync_fetch_and_add(&book->ring_full, 1);
}

__attribute__((noinline)) int tell(struct told *t)
{
	struct journey_event *e;

	if (!t || !config.events)
		return 0;
	e = bpf_ringbuf_reserve(&journey_events, sizeof(*e), 0);
	book_event(e != NULL);
	if (!e)
		return 0;
	fill(e, t);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

/* The current task is who did it. Apart, because a netfilter program may not ask for it. */
__attribute__((noinline)) int tell_process(struct told *t)
{
	struct journey_event *e;

	if (!t || !config.events)
		return 0;
	e = bpf_ringbuf_reserve(&journey_events, sizeof(*e), 0);
	book_event(e != NULL);
	if (!e)
		return 0;
	fill(e, t);
	fill_process(e);
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	return 0;
}

static __always_inline void tell_first(const struct told *t, const struct look *l, __u32 linear)
{
	__u32 bytes = l->header_bytes + config.payload_bytes;
	struct journey_first_event *e;

	if (!config.events)
		return;
	e = bpf_ringbuf_reserve(&journey_events, sizeof(*e), 0);
	book_event(e != NULL);
	if (!e)
		return;
	fill(&e->event, t);
	e->event.flags |= JOPIL_JOURNEY_FIRST;
	if (bytes > linear)
		bytes = linear;
	if (bytes > sizeof(e->data))
		bytes = sizeof(e->data);
	if (l->header_bytes && !bpf_probe_read_kernel(e->data, bytes, l->start))
		e->event.captured_bytes = bytes;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

#endif
