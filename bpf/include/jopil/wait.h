/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Followed packets in the queue of a socket, in a row of the array `waiting`
 * that begins where the socket's own record says, oldest first.
 *
 * TCP: under the socket's lock throughout; read is what ends at or before
 * copied_seq. It survives that TCP merges the packet into another.
 *
 * UDP: by identity. While a packet is in the queue nobody else can have its
 * address: one that stands at the head is what the next read to end has taken,
 * if it is at the head no more by then. Only the very next: the reads are
 * numbered. A packet joins the row before it is looked for in the queue: if it
 * is there, no read of it has ended unseen. If the queue is empty a reader was
 * faster: the first read to end since the packet came, but for those that are
 * known to have taken others.
 */
#ifndef JOPIL_WAIT_H
#define JOPIL_WAIT_H

#include <bpf/bpf_core_read.h>

#include "follow.h"
#include "latency.h"
#include "tell.h"

#define JOPIL_LONGEST_ROW 16384
#define JOPIL_ALONE_READS 64
#define JOPIL_UDP_WINDOW 4
#define JOPIL_ROW_TRIES 1024

static __always_inline struct waiting *waiting_at(__u32 socket, __u32 index)
{
	__u32 at = (socket * 0x9e3779b1 + index) & config.waiting_mask;

	return bpf_map_lookup_elem(&waiting, &at);
}

static __always_inline int is_of(const struct waiting *w, __u32 socket, __u32 index)
{
	return w->id && w->socket == socket && w->index == index;
}

/*
 * A number for a socket: its address, but for a constant. The verifier lets no
 * trusted pointer be hashed, but the difference of two is a number.
 */
static __always_inline __u64 number_of(const struct sock *sk)
{
	__u64 number = (__u64)sk;

	asm volatile("%0 -= %1" : "+r"(number) : "r"(&config));
	return number >> 6;
}

static __always_inline __u32 hash_of(const struct sock *sk)
{
	return (__u32)number_of(sk) * 0x9e3779b1 >> 8 & (JOPIL_WAITING_SOCKETS - 1);
}

static __always_inline struct waiting_socket *slot_of(__u32 socket_hash)
{
	return bpf_map_lookup_elem(&waiting_sockets, &socket_hash);
}

static __always_inline void count_waiting(__u32 socket_hash, int difference)
{
	struct waiting_socket *slot = slot_of(socket_hash);

	if (slot)
		__sync_fetch_and_add(&slot->packets, difference);
}

/* Its own record, which is far, is asked only where something may wait. */
static __always_inline struct waiting_socket *may_wait(const struct sock *sk)
{
	struct waiting_socket *slot = slot_of(hash_of(sk));

	return slot && *(volatile __u32 *)&slot->packets ? slot : NULL;
}

static __always_inline int is_after(__u32 sequence, __u32 other)
{
	return (__s32)(sequence - other) > 0;
}

/*
 * TCP, under the socket's lock, at each change of next_end: if the slot is of
 * this socket it says the same. If another has packets here it is nobody's.
 */
static __always_inline void note_next(const struct sock *sk, __u32 next_end)
{
	__u64 next = number_of(sk) << 32 | next_end, seen;
	struct waiting_socket *slot = slot_of(hash_of(sk));

	if (!slot)
		return;
	seen = *(volatile __u64 *)&slot->next;
	if (*(volatile __u32 *)&slot->packets && seen >> 32 != next >> 32)
		next = 0;
	if (seen != next)
		*(volatile __u64 *)&slot->next = next;
}

/* TCP, under the socket's lock: all that waits ends after this. */
static __always_inline int is_before_all(const struct waiting_socket *slot, const struct sock *sk,
					 __u32 sequence)
{
	__u64 next = *(volatile __u64 *)&slot->next;

	return next && next >> 32 == (__u32)number_of(sk) && is_after(next, sequence);
}

enum arriving {
	NOT_ARRIVING,
	ARRIVING,
	ARRIVING_NAMED, /* its packet is the one in journey_arrivals */
};

static __always_inline struct arrivals *all_arrivals(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&journey_arrivals, &zero);
}

/* Returns the time from when on every read that ends is timed, until the arrival ends. */
static __always_inline __u64 arrive(struct journey_cpu *cpu, const struct sk_buff *skb)
{
	struct arrivals *a = all_arrivals();

	if (a) {
		cpu->arriving = ARRIVING;
		if (!__sync_val_compare_and_swap(&a->skb, 0, JOPIL_HELD)) {
			cpu->arriving = ARRIVING_NAMED;
			a->head = (__u64)skb->head;
			a->dev = (__u64)skb->dev;
			barrier();
			*(volatile __u64 *)&a->skb = cpu->current_skb;
		}
		__sync_fetch_and_add(&a->cpus, 1);
	}
	return bpf_ktime_get_ns();
}

static __always_inline void end_arrival(struct journey_cpu *cpu)
{
	__u64 arriving = cpu->arriving;
	struct arrivals *a;

	if (!arriving)
		return;
	a = all_arrivals();
	cpu->arriving = NOT_ARRIVING;
	if (!a)
		return;
	if (arriving == ARRIVING_NAMED)
		*(volatile __u64 *)&a->skb = 0;
	__sync_fetch_and_add(&a->cpus, -1);
}

static __always_inline struct journey_socket *record_of(struct journey_cpu *cpu, struct sock *sk)
{
	struct journey_socket *s = bpf_sk_storage_get(&journey_sockets, sk, 0, 0);

	if (s)
		return s;
	s = bpf_sk_storage_get(&journey_sockets, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (s && !s->socket) {
		/* reads before now went by unseen */
		s->read_ns = bpf_ktime_get_ns();
		__sync_val_compare_and_swap(&s->socket, 0, bpf_get_prandom_u32() | 1);
	}
	return s;
}

/* Whoever sets id to 0 ends the leg. */
static __always_inline int end_waiting(struct waiting *w, __u64 id, enum jopil_journey_end end)
{
	__u32 socket_hash = w->socket_hash;

	if (__sync_val_compare_and_swap(&w->id, id, 0) != id)
		return 0;
	count_waiting(socket_hash, -1);
	book_ended(end);
	return 1;
}

/*
 * The end of the row is one CPU's at a time, for some hundred nanoseconds: those
 * that come meanwhile look again, a microsecond at most.
 */
static __always_inline int hold_row(struct journey_socket *s)
{
	for (int i = 0; i < JOPIL_ROW_TRIES; i++)
		if (!*(volatile __u32 *)&s->busy && !__sync_val_compare_and_swap(&s->busy, 0, 1))
			return 1;
	return 0;
}

static __always_inline int is_full(const struct journey_socket *s)
{
	return s->tail - s->head >= JOPIL_LONGEST_ROW;
}

/* At the end of the row; the packet's way is held. */
static __always_inline struct waiting *queue(struct journey_socket *s, struct followed *f,
					     __u64 skb, __u32 socket_hash, __u64 ready_ns,
					     __u32 end_sequence)
{
	__u32 index = s->tail;
	struct waiting *w = waiting_at(s->socket, index);

	if (!w)
		return NULL;
	if (w->id)
		end_waiting(w, w->id, JOPIL_END_UNREAD);
	count_waiting(socket_hash, 1);
	w->skb = skb;
	w->socket_hash = socket_hash;
	w->start_ns = f->start_ns;
	w->leg_ns = f->leg_ns;
	w->ready_ns = ready_ns;
	w->copy_ns = 0;
	w->socket = s->socket;
	w->index = index;
	w->ifindex = f->ifindex;
	w->netns = f->netns;
	w->end_sequence = end_sequence;
	w->flags = 0;
	w->taken_by = 0;
	w->not_before = 0;
	w->joined = s->reads;
	w->port = f->port;
	w->protocol = f->protocol;
	f->state = FOLLOWED_QUEUED;
	f->socket = s->socket;
	f->index = index;
	barrier();
	w->id = f->id;
	/* a full barrier: it is in the row before the queue is looked at */
	__sync_fetch_and_add(&s->tail, 1);
	return w;
}

/* The packet is in the queue's hands no more. */
static __always_inline void forget_read(__u64 skb, __u64 id)
{
	struct followed *f;
	struct place p;

	if (!find(&p, skb))
		return;
	f = hold(&p);
	if (!f)
		return;
	if (f->id == id)
		forget(&p);
	else
		release(&p);
}

static __always_inline void measure_waiting(const struct waiting *w, enum jopil_journey_stage stage,
					    __u32 tgid, __u64 ns)
{
	struct latency_key key = { .netns = w->netns,
				   .ifindex = w->ifindex,
				   .tgid = tgid,
				   .port = port_key(w->port),
				   .protocol = w->protocol,
				   .stage = stage };

	if (is_sampled(w->id))
		measure(&key, ns);
}

/* By the current task, now; returns whether it was still waiting. */
static __always_inline int was_read(struct waiting *w, __u64 id, __u64 now, __u32 bytes)
{
	struct waiting r = *w;
	struct told t = { .id = r.id,
			  .ns = now,
			  .ifindex = r.ifindex,
			  .netns = r.netns,
			  .sequence = r.end_sequence,
			  .bytes = bytes,
			  .port = r.port,
			  .hook = JOPIL_JOURNEY_READ,
			  .end = JOPIL_END_READ,
			  .protocol = r.protocol };
	__u32 tgid = bpf_get_current_pid_tgid() >> 32;

	if (r.id != id || !end_waiting(w, id, JOPIL_END_READ))
		return 0;
	forget_read(r.skb, r.id);
	if (r.ready_ns) {
		__u64 left_ns = r.copy_ns ? r.copy_ns : now;

		measure_waiting(&r, JOPIL_STAGE_SOCKET_QUEUE, tgid,
				left_ns > r.ready_ns ? left_ns - r.ready_ns : 0);
	}
	if (r.copy_ns)
		measure_waiting(&r, JOPIL_STAGE_COPY, tgid, now - r.copy_ns);
	measure_waiting(&r, JOPIL_STAGE_RECEIVE_TOTAL, tgid, now - r.start_ns);
	tell_process(&t);
	return 1;
}

/* --- TCP -------------------------------------------------------------------- */

struct tcp_row {
	struct journey_socket *s;
	__u32 from;
	__u32 upto; /* sequence */
	__u32 next_end; /* of what is left */
	__u32 left;
	__u64 now;
};

/* Before it is queued: where in sequence it stands. */
static __always_inline void tcp_order(struct journey_socket *s, __u32 end_sequence)
{
	if (s->head == s->tail) {
		s->next_end = end_sequence;
		s->highest_end = end_sequence;
		s->disorder = 0;
	}
	if (is_after(s->next_end, end_sequence))
		s->next_end = end_sequence;
	if (is_after(s->highest_end, end_sequence))
		s->disorder = 1;
	else
		s->highest_end = end_sequence;
}

static long tcp_mark_ready(__u32 i, struct tcp_row *row)
{
	struct journey_socket *s = row->s;
	__u32 index = row->from + i;
	struct waiting *w;

	if (index == s->tail)
		return 1;
	w = waiting_at(s->socket, index);
	if (!w)
		return 1;
	if (!is_of(w, s->socket, index) || w->flags & WAITING_READY) {
		if (index == s->ready)
			s->ready++;
		return 0;
	}
	if (is_after(w->end_sequence, row->upto))
		return 0;
	w->ready_ns = row->now;
	w->flags |= WAITING_READY;
	if (index == s->ready)
		s->ready++;
	measure_waiting(w, JOPIL_STAGE_TRANSPORT, 0, row->now - w->leg_ns);
	struct told t = { .id = w->id,
			  .ns = row->now,
			  .ifindex = w->ifindex,
			  .netns = w->netns,
			  .sequence = w->end_sequence,
			  .port = w->port,
			  .hook = JOPIL_JOURNEY_DATA_READY,
			  .end = JOPIL_NO_END,
			  .protocol = JOPIL_TCP };
	tell(&t);
	return 0;
}

static long tcp_take_read(__u32 i, struct tcp_row *row)
{
	struct journey_socket *s = row->s;
	__u32 index = row->from + i;
	struct waiting *w;

	if (index == s->tail)
		return 1;
	w = waiting_at(s->socket, index);
	if (!w)
		return 1;
	if (is_of(w, s->socket, index)) {
		if (is_after(w->end_sequence, row->upto)) {
			if (!row->left++ || is_after(row->next_end, w->end_sequence))
				row->next_end = w->end_sequence;
			return !s->disorder;
		}
		was_read(w, w->id, row->now, 0);
	}
	if (index == s->head)
		s->head++;
	return 0;
}

/* --- UDP -------------------------------------------------------------------- */

struct udp_queue {
	__u64 head; /* address; 0 = empty */
	__u64 tails[3]; /* of either half, and the last but one of the half that is added to */
	__u32 length; /* 0 = empty; a takeover meanwhile counts twice */
	__u32 least_length;
};

/*
 * A reader takes over sk_receive_queue whole, into reader_queue: looked at in
 * this order nothing in the queue is overlooked.
 */
static __always_inline void look_at_queue(struct udp_queue *q, struct sock *sk)
{
	struct udp_sock *up = (struct udp_sock *)sk;
	struct sk_buff_head added = {}, taken = {};

	bpf_core_read(&added, sizeof(added), &sk->sk_receive_queue);
	bpf_core_read(&taken, sizeof(taken), &up->reader_queue);
	q->length = added.qlen + taken.qlen;
	q->least_length = added.qlen > taken.qlen ? added.qlen : taken.qlen;
	q->head = taken.qlen ? (__u64)taken.next : added.qlen ? (__u64)added.next : 0;
	q->tails[0] = added.qlen ? (__u64)added.prev : 0;
	q->tails[1] = taken.qlen ? (__u64)taken.prev : 0;
	q->tails[2] = added.qlen > 1 ? (__u64)BPF_CORE_READ(added.prev, prev) : 0;
}

static __always_inline int is_queued(const struct udp_queue *q, __u64 skb)
{
	return q->tails[0] == skb || q->tails[1] == skb || q->tails[2] == skb;
}

/* Is it still the packet that was queued: its address was given to none since. */
static __always_inline int is_same(__u64 skb, __u64 id)
{
	struct place p;

	return find(&p, skb) && p.bucket && p.way < JOPIL_JOURNEY_WAYS &&
	       p.bucket->way[p.way].id == id;
}

enum arrivals_seen {
	NONE_ARRIVES,
	NONE_WAS_READ,
	MAY_BE_READ,
};

/*
 * What a read of this socket that has just ended may have taken of those that
 * arrive. If there is only one: UDP has written over its skb->dev before it is in
 * a queue (udp_set_dev_scratch, Linux 4.13), and while it is in this one nobody
 * has taken it. What goes to several sockets is cloned, and a clone is in a queue
 * first.
 */
static __always_inline enum arrivals_seen look_at_arrivals(struct sock *sk)
{
	struct arrivals *a = all_arrivals();
	enum arrivals_seen seen = MAY_BE_READ;
	struct sk_buff *skb;
	struct udp_queue q;
	__u64 named;

	if (!a || !*(volatile __u64 *)&a->cpus)
		return NONE_ARRIVES;
	named = *(volatile __u64 *)&a->skb;
	/* a full barrier: it was the only one after this read had taken what it took */
	if (__sync_fetch_and_add(&a->cpus, 0) != 1 || named <= JOPIL_HELD)
		return MAY_BE_READ;
	skb = (struct sk_buff *)named;
	look_at_queue(&q, sk);
	if (q.head == named || is_queued(&q, named) ||
	    ((__u64)BPF_CORE_READ(skb, dev) == a->dev &&
	     (__u64)BPF_CORE_READ(skb, head) == a->head &&
	     !BPF_CORE_READ_BITFIELD_PROBED(skb, cloned)))
		seen = NONE_WAS_READ;
	return *(volatile __u64 *)&a->skb == named ? seen : MAY_BE_READ;
}

/* Follows queue(); returns whether it stays in the row. */
static __always_inline int udp_confirm(struct journey_socket *s, struct waiting *w, struct sock *sk)
{
	__u32 read = *(volatile __u32 *)&s->reads;
	struct udp_queue q;

	look_at_queue(&q, sk);
	if (!is_queued(&q, w->skb)) {
		if (q.length)
			return 0;
		w->flags = WAITING_TAKEN;
		return 1;
	}
	/* a read that has ended meanwhile knows better */
	if (q.head == w->skb)
		__sync_val_compare_and_swap(&w->taken_by, 0, read + 1);
	w->not_before = read + q.least_length - 1;
	if (w->index == s->head)
		s->not_before = w->not_before;
	return 1;
}

/*
 * Of two that read at once the one that is told of first need not be the one
 * that took the first. A reader is alone when it was the only one for so long.
 */
static __always_inline int has_one_reader(struct journey_socket *s, __u32 read)
{
	__u32 thread = bpf_get_current_pid_tgid();

	if (s->reader != thread) {
		s->alone_from = s->reader ? read + JOPIL_ALONE_READS : read;
		s->reader = thread;
	}
	return !is_after(s->alone_from, read);
}

/* Returns whether it is known what was read. */
static __always_inline int udp_read(struct journey_socket *s, struct sock *sk, __u32 bytes)
{
	__u32 from = s->head, upto = *(volatile __u32 *)&s->tail;
	__u32 read = __sync_add_and_fetch(&s->reads, 1);
	int one_reader = has_one_reader(s, read), known = 0;
	struct waiting *next;
	struct udp_queue q;
	__u64 now;

	if (is_after(s->not_before, read))
		return 0;
	now = bpf_ktime_get_ns();

	/* who joins the row from here on may not be in this picture of the queue */
	look_at_queue(&q, sk);
	for (__u32 i = 0; i < JOPIL_UDP_WINDOW; i++) {
		__u32 index = from + i;
		struct waiting *w;
		__u64 id;

		if (index == upto)
			break;
		w = waiting_at(s->socket, index);
		if (!w)
			break;
		id = w->id;
		if (!id || !is_of(w, s->socket, index)) {
			__sync_val_compare_and_swap(&s->head, index, index + 1);
			continue;
		}
		if (w->skb == q.head && is_same(w->skb, id)) {
			*(volatile __u32 *)&w->taken_by = read + 1;
			continue;
		}
		if (q.length && !w->taken_by && w->skb != q.head && !(w->flags & WAITING_TAKEN))
			continue;
		if (!one_reader)
			end_waiting(w, id, JOPIL_END_SEVERAL_READERS);
		else if (w->taken_by == read)
			known = was_read(w, id, now, bytes);
		else if (w->taken_by || w->skb == q.head)
			end_waiting(w, id, JOPIL_END_ORDER_LOST);
		else if (read == w->joined + 1 && s->read_ns < w->leg_ns && !known)
			known = was_read(w, id, now, bytes);
		else
			end_waiting(w, id, JOPIL_END_READ_RACE);
		__sync_val_compare_and_swap(&s->head, index, index + 1);
	}
	from = s->head;
	next = from == upto ? NULL : waiting_at(s->socket, from);
	if (next && is_of(next, s->socket, from))
		s->not_before = next->not_before;
	return known;
}

#endif
