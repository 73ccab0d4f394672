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
#include "trace.h"

#define JOPIL_HELD 1
#define JOPIL_QUEUED_BONUS_NS 1000000000ULL

#define barrier() asm volatile("" ::: "memory")

struct place {
	__u64 skb; /* address */
	struct followed_bucket *bucket; /* NULL until it is needed */
	__u32 index; /* of the bucket */
	__u32 way;
	__u8 tag;
};

/* The tags of a bucket's ways, a byte each. */
static __always_inline __u8 *tags_of(__u32 index)
{
	__u32 line = index / JOPIL_TAG_LINE;
	struct followed_tags *tags = bpf_map_lookup_elem(&followed_tags, &line);

	return tags ? tags->tag[index % JOPIL_TAG_LINE] : NULL;
}

static __always_inline int has_tag(__u32 tags, __u8 tag)
{
	/* a byte that is equal is 0 now; the borrow from a 0 sets its top bit */
	tags ^= tag * 0x01010101U;
	return ((tags - 0x01010101U) & ~tags & 0x80808080U) != 0;
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
		end = f->protocol == JOPIL_TCP	 ? JOPIL_END_GONE_TCP
		      : f->protocol == JOPIL_UDP ? JOPIL_END_GONE_UDP
						 : JOPIL_END_GONE_OTHER;
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

static __always_inline struct followed *hold_way(struct followed_bucket *bucket, __u32 way,
						 __u64 skb)
{
	if (!bucket || way >= JOPIL_JOURNEY_WAYS)
		return NULL;
	if (__sync_val_compare_and_swap(&bucket->skb[way], skb, JOPIL_HELD) != skb)
		return NULL;
	return &bucket->way[way];
}

/*
 * One processor may have begun to follow a packet while another held its way:
 * which of the two is right nobody knows, and a stale one must not stay.
 */
__attribute__((noinline)) int forget_double(__u32 index, __u64 skb)
{
	struct followed_bucket *bucket = bpf_map_lookup_elem(&followed, &index);
	__u8 *tags = tags_of(index);

	if (!bucket || !tags)
		return 0;
	for (__u32 way = 0; way < JOPIL_JOURNEY_WAYS; way++) {
		struct followed *f = hold_way(bucket, way, skb);

		if (!f)
			continue;
		abandon(f, 1);
		barrier();
		tags[way] = 0;
		*(volatile __u64 *)&bucket->skb[way] = 0;
	}
	return 0;
}

/*
 * Whether the packet is followed; sets the place. One that is not mostly costs a
 * look at its bucket's tags, which stay in the processor's cache.
 */
static __always_inline int find(struct place *p, __u64 skb)
{
	/* skbs are aligned to 64 bytes */
	__u32 hash = (__u32)(skb >> 6) * 0x9e3779b1;
	int found = 0;
	__u8 *tags;

	p->skb = skb;
	p->index = (hash >> 8) & config.bucket_mask;
	p->tag = (hash >> 24 ^ hash >> 16) | 1;
	p->bucket = NULL;
	p->way = JOPIL_JOURNEY_WAYS;
	tags = tags_of(p->index);
	if (!tags || !has_tag(*(volatile __u32 *)tags, p->tag))
		return 0;
	p->bucket = bpf_map_lookup_elem(&followed, &p->index);
	if (!p->bucket)
		return 0;
	for (int i = 0; i < JOPIL_JOURNEY_WAYS; i++) {
		if (p->bucket->skb[i] != skb)
			continue;
		found++;
		p->way = i;
	}
	if (found < 2)
		return found;
	p->way = JOPIL_JOURNEY_WAYS;
	forget_double(p->index, skb);
	return 0;
}

/* Of a packet that was found; it may be another's by now, where nobody holds it. */
static __always_inline __u8 state_of(const struct place *p)
{
	if (!p->bucket || p->way >= JOPIL_JOURNEY_WAYS)
		return 0;
	return p->bucket->way[p->way].state;
}

static __always_inline struct followed *hold(const struct place *p)
{
	return hold_way(p->bucket, p->way, p->skb);
}

static __always_inline void leave(const struct place *p, __u8 tag, __u64 skb)
{
	__u8 *tags = tags_of(p->index);
	__u32 way = p->way;

	if (!tags || !p->bucket || way >= JOPIL_JOURNEY_WAYS)
		return;
	/* for the verifier, which forgets what was compared when it is loaded again */
	asm volatile("" : "+r"(way));
	way &= JOPIL_JOURNEY_WAYS - 1;
	barrier();
	if (tags[way] != tag)
		*(volatile __u8 *)&tags[way] = tag;
	*(volatile __u64 *)&p->bucket->skb[way] = skb;
}

static __always_inline void release(const struct place *p)
{
	leave(p, p->tag, p->skb);
}

static __always_inline void forget(const struct place *p)
{
	leave(p, 0, 0);
}

static __always_inline __u64 address_of(struct journey_cpu *cpu, enum jopil_journey_hook hook,
					const void *skb)
{
	volatile __u64 *place = &cpu->address[hook];

	*place = (__u64)skb;
	return *place;
}

/* A free way, else the one that was quiet for longest; held. NULL: others hold it. */
static __always_inline struct followed *take(struct place *p)
{
	struct followed_bucket *bucket = bpf_map_lookup_elem(&followed, &p->index);
	__u64 oldest_ns = ~0ULL, victim;
	struct followed *f;
	__u32 way = JOPIL_JOURNEY_WAYS;

	if (!bucket)
		return NULL;
	for (__u32 i = 0; i < JOPIL_JOURNEY_WAYS; i++) {
		__u64 quiet_since = bucket->skb[i] ? bucket->way[i].last_ns : 0;

		/* one in a socket's queue is quiet, and still wanted */
		if (quiet_since && bucket->way[i].state == FOLLOWED_QUEUED)
			quiet_since += JOPIL_QUEUED_BONUS_NS;
		if (quiet_since < oldest_ns) {
			oldest_ns = quiet_since;
			way = i;
		}
	}
	if (way >= JOPIL_JOURNEY_WAYS)
		return NULL;
	victim = bucket->skb[way];
	if (victim == JOPIL_HELD)
		return NULL;
	f = hold_way(bucket, way, victim);
	if (f && victim)
		abandon(f, 1);
	p->bucket = bucket;
	p->way = way;
	return f;
}

static __always_inline __u32 draw(__u32 step)
{
	if (!step)
		return ~0U;
	return step > 1 ? 1 + bpf_get_prandom_u32() % (2 * step - 1) : 1;
}

static __always_inline int is_chosen(struct sampler *s, const struct journey_control *control)
{
	__u64 follow = *(volatile __u64 *)&control->follow_step;
	__u32 step;

	if (++s->waited < s->interval && s->follow == follow)
		return 0;
	step = control->follow_set ? control->follow_step : config.follow_step;
	if (s->follow != follow || !s->interval) {
		s->follow = follow;
		s->interval = draw(step);
		s->waited = 1;
		if (s->waited < s->interval)
			return 0;
	}
	s->waited = 0;
	s->interval = draw(step);
	return step != 0;
}

/* Why a packet is to be followed: bits; 0 = it is not. */
enum reason {
	SAMPLED = 1 << 0,
	TRACED = 1 << 1,
};

static __always_inline __u32 choose(struct journey_cpu *cpu, struct sampler *s,
				    const unsigned char *ip)
{
	__u32 zero = 0, reason;
	struct journey_control *control = bpf_map_lookup_elem(&journey_control, &zero);

	if (!control)
		return 0;
	reason = is_chosen(s, control) ? SAMPLED : 0;
	if (*(volatile __u64 *)&control->trace.until_ns) {
		*(volatile __u64 *)&cpu->trace_ip = (__u64)ip;
		if (is_traced())
			reason |= TRACED;
	}
	return reason;
}

static __always_inline __u64 new_id(struct journey_cpu *cpu, __u32 reason)
{
	__u64 id =
		(__u64)bpf_get_smp_processor_id() << 48 | __sync_add_and_fetch(&cpu->sequence, 1);

	return reason & SAMPLED ? id : id | JOPIL_JOURNEY_NOT_SAMPLED;
}

static __always_inline int is_sampled(__u64 id)
{
	return !(id & JOPIL_JOURNEY_NOT_SAMPLED);
}

static __always_inline __u16 port_key(__u16 port)
{
	return port < config.ephemeral_from ? port : 0;
}

static __always_inline void measure_leg(const struct followed *f, enum jopil_journey_stage stage,
					__u64 ns)
{
	struct latency_key key = { .netns = f->netns,
				   .ifindex = f->ifindex,
				   .port = port_key(f->port),
				   .protocol = f->protocol,
				   .stage = stage };

	if (is_sampled(f->id))
		measure(&key, ns);
}

#endif
