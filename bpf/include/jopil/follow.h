/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Which packets are followed: a table by skb address. Addresses are used again
 * within microseconds and not every free is told of, so an entry is believed
 * only where nothing else can have the address: each hook at which a packet may
 * begin its life (napi_gro_receive_entry, netif_receive_skb, net_dev_queue)
 * first decides whether what it finds is the same packet, and removes it if not.
 *
 * A way is changed only by who holds it (its skb[] is JOPIL_HELD meanwhile);
 * nobody ever waits for one.
 */
#ifndef JOPIL_FOLLOW_H
#define JOPIL_FOLLOW_H

#include "journey_maps.h"
#include "kernel.h"
#include "latency.h"
#include "look.h"

#define JOPIL_HELD 1

#define barrier() asm volatile("" ::: "memory")

/* skb addresses are aligned to 64 bytes. */
static __always_inline struct followed_bucket *bucket_of(__u64 skb)
{
	__u32 bucket = ((__u32)(skb >> 6) * 0x9e3779b1 >> 8) & config.bucket_mask;

	return bpf_map_lookup_elem(&followed, &bucket);
}

/* The way that has it, or JOPIL_JOURNEY_WAYS. */
static __always_inline __u32 way_of(const struct followed_bucket *bucket, __u64 skb)
{
	__u32 way = JOPIL_JOURNEY_WAYS;

	for (int i = 0; i < JOPIL_JOURNEY_WAYS; i++)
		if (bucket->skb[i] == skb)
			way = i;
	return way;
}

static __always_inline struct followed *hold_way(struct followed_bucket *bucket, __u32 way,
						 __u64 skb)
{
	if (way >= JOPIL_JOURNEY_WAYS)
		return NULL;
	if (__sync_val_compare_and_swap(&bucket->skb[way], skb, JOPIL_HELD) != skb)
		return NULL;
	return &bucket->way[way];
}

/* skb = 0: forget it. */
static __always_inline void release(struct followed_bucket *bucket, __u32 way, __u64 skb)
{
	if (way >= JOPIL_JOURNEY_WAYS)
		return;
	barrier();
	*(volatile __u64 *)&bucket->skb[way] = skb;
}

static __always_inline __u64 address_of(struct journey_cpu *cpu, enum journey_hook hook,
					const void *skb)
{
	volatile __u64 *place = &cpu->address[hook];

	*place = (__u64)skb;
	return *place;
}

/* The address has another packet now, or its way is needed: how the leg ended that was there. */
static __always_inline void abandon(const struct followed *f, int displaced)
{
	__u32 end;

	switch (f->state) {
	case FOLLOWED_GRO:
		end = JOPIL_END_MERGED;
		break;
	case FOLLOWED_RECEIVED:
		end = f->protocol == JOPIL_TCP ? JOPIL_END_GONE_TCP :
		      f->protocol == JOPIL_UDP ? JOPIL_END_GONE_UDP :
						 JOPIL_END_GONE_OTHER;
		break;
	case FOLLOWED_SENDING:
	case FOLLOWED_STARTED:
		end = JOPIL_END_GONE_SENT;
		break;
	default:
		return;
	}
	book_ended(displaced ? JOPIL_END_DISPLACED : end);
}

/* A free way, else the one that was quiet for longest; held. */
static __always_inline __u32 take_way(struct followed_bucket *bucket)
{
	__u64 oldest_ns = ~0ULL, victim;
	__u32 way = JOPIL_JOURNEY_WAYS;

	for (__u32 i = 0; i < JOPIL_JOURNEY_WAYS; i++) {
		__u64 quiet_since = bucket->skb[i] ? bucket->way[i].last_ns : 0;

		if (quiet_since < oldest_ns) {
			oldest_ns = quiet_since;
			way = i;
		}
	}
	if (way >= JOPIL_JOURNEY_WAYS)
		return way;
	victim = bucket->skb[way];
	if (victim == JOPIL_HELD || !hold_way(bucket, way, victim))
		return JOPIL_JOURNEY_WAYS;
	if (victim)
		abandon(&bucket->way[way], 1);
	return way;
}

static __always_inline int chosen(struct sampler *s)
{
	__u32 step = config.follow_step;

	if (!step || ++s->waited < s->interval)
		return 0;
	s->waited = 0;
	s->interval = step > 1 ? 1 + bpf_get_prandom_u32() % (2 * step - 1) : 1;
	return 1;
}

static __always_inline __u64 new_id(struct journey_cpu *cpu)
{
	return (__u64)bpf_get_smp_processor_id() << 48 | __sync_add_and_fetch(&cpu->sequence, 1);
}

static __always_inline __u16 port_key(__u16 port)
{
	return port < config.ephemeral_from ? port : 0;
}

static __always_inline void measure_leg(const struct followed *f, enum journey_stage stage,
					__u64 ns)
{
	struct latency_key key = { .netns = f->netns,
				   .ifindex = f->ifindex,
				   .port = port_key(f->port),
				   .protocol = f->protocol,
				   .stage = stage };

	measure(&key, ns);
}

#endif
