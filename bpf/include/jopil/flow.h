/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The flow table: two buckets of eight slots in the CPU's own region of a
 * mapped array. A slot belongs to its flow until the reader has acknowledged
 * all of its packets; what finds no slot is counted as overflow.
 *
 * Stores: key, first, flags, last, bytes in any order, then packets, which
 * publishes them. On x86 a compiler barrier is enough. Where stores may be
 * reordered (config.weak_memory) packets is raised by a fetching atomic, which
 * the arm64 JIT makes acquire and release: clang 14 knows no store-release for
 * BPF. The ack is read before the key is overwritten; that load orders the
 * stores behind it, for their address is made of it.
 */
#ifndef JOPIL_FLOW_H
#define JOPIL_FLOW_H

#include <stddef.h>

#include "count.h"
#include "payload.h"

#define JOPIL_SLOT_MASK (JOPIL_BUCKET_SLOTS - 1)
#define JOPIL_FIRST_BUCKET_IDLE 4
#define JOPIL_MOST_CREDIT_JIFFIES 256 /* 0.25 to 2.5 s */
#define JOPIL_IDLE_JIFFIES 64 /* 0.06 to 0.6 s */
#define JOPIL_NEVER (1ULL << 62)
#define JOPIL_BARRIER() asm volatile("" ::: "memory")
#define JOPIL_READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define JOPIL_WRITE_ONCE(x, value) (*(volatile typeof(x) *)&(x) = (value))

/* The two steps that keep the reader right; test/faults.bpf.c does them wrong. */
#ifndef JOPIL_STORE_PACKET
#define JOPIL_STORE_PACKET store_packet
#define JOPIL_SLOT_IS_FREE slot_is_free
#endif

/* What follows the key, alike in flow4_slot and flow6_slot. */
struct flow_record {
	__u64 packets;
	__u64 bytes;
	__u64 first_jiffies;
	__u64 last_jiffies;
	__u8 first_tcp_flags;
	__u8 tcp_flags;
	__u8 payloads;
};

_Static_assert(sizeof(struct flow4_key) == offsetof(struct flow4_slot, packets),
	       "record after key");
_Static_assert(sizeof(struct flow6_key) == offsetof(struct flow6_slot, packets),
	       "record after key");
_Static_assert(offsetof(struct flow4_slot, payloads) - offsetof(struct flow4_slot, packets) ==
		       offsetof(struct flow_record, payloads),
	       "flow_record as in flow4_slot");
_Static_assert(offsetof(struct flow6_slot, payloads) - offsetof(struct flow6_slot, packets) ==
		       offsetof(struct flow_record, payloads),
	       "flow_record as in flow6_slot");

/* A table as constants: every use of it folds away. */
struct flow_table {
	void *flows;
	void *acks;
	__u32 bucket_mask;
	__u32 slot_bytes;
	__u32 key_words;
};

/* Products that do not wait for each other, then one round that mixes the halves. */
static __always_inline __u64 hash_words(const __u64 *key, __u32 words)
{
	const __u64 odd[] = { 0x9e3779b97f4a7c15ULL, 0xc2b2ae3d27d4eb4fULL, 0xd6e8feb86659fd93ULL,
			      0xa0761d6478bd642fULL, 0xe7037ed1a0b428dbULL, 0x8ebc6af09c88c6e3ULL };
	__u64 hash = 0;

#pragma unroll
	for (__u32 i = 0; i < words; i++)
		hash += key[i] * odd[i];
	hash ^= hash >> 32;
	hash *= odd[0];
	return hash ^ (hash >> 29);
}

static __always_inline int same_key(const __u64 *slot, const __u64 *key, __u32 words)
{
#pragma unroll
	for (__u32 i = 0; i < words; i++)
		if (slot[i] != key[i])
			return 0;
	return 1;
}

static __always_inline void *slot_at(void *bucket, const struct flow_table *t, __u32 slot)
{
	return bucket + (slot & JOPIL_SLOT_MASK) * t->slot_bytes;
}

static __always_inline struct flow_record *record_of(void *slot, const struct flow_table *t)
{
	return slot + t->key_words * sizeof(__u64);
}

/*
 * The slot of this key, or NULL. A flow starts to look at a slot of its own
 * choice, so that most hits touch one line. A slot that was never used ends the
 * search of a bucket: had the flow settled here, it had taken that slot.
 */
static __always_inline void *find_slot(void *bucket, const struct flow_table *t, const __u64 *key,
				       __u32 start)
{
	for (__u32 i = 0; i < JOPIL_BUCKET_SLOTS; i++) {
		void *slot = slot_at(bucket, t, start + i);

		if (same_key(slot, key, t->key_words))
			return slot;
		if (!record_of(slot, t)->packets)
			return NULL;
	}
	return NULL;
}

/*
 * Comparisons without a branch, 1 or 0, of numbers below 2^63. A bucket would
 * branch thirty times: older verifiers (6.1) walk every way through it, and give up.
 */
static __always_inline __u64 is_before(__u64 a, __u64 b)
{
	__u64 difference = a - b;

	asm volatile("" : "+r"(difference));
	return difference >> 63;
}

static __always_inline __u64 is_same(__u64 a, __u64 b)
{
	__u64 difference = a ^ b, either = difference | -difference;

	asm volatile("" : "+r"(either));
	return (either >> 63) ^ 1;
}

static __always_inline __u64 pick(__u64 first, __u64 a, __u64 b)
{
	__u64 mask = -first;

	asm volatile("" : "+r"(mask));
	return b ^ ((a ^ b) & mask);
}

static __always_inline __u64 slot_is_free(const struct ack_bucket *acks, __u32 slot,
					  const struct flow_record *record)
{
	return is_same(JOPIL_READ_ONCE(acks->ack[slot]), record->packets);
}

/*
 * Until when a flow keeps its slot: a quarter of the time it has gone on beyond
 * its last packet. A flood of single packets takes its own slots, not those of
 * who talks.
 */
static __always_inline __u64 kept_until(const struct flow_record *record)
{
	__u64 credit = (record->last_jiffies - record->first_jiffies) / 4;

	credit = pick(is_before(credit, JOPIL_MOST_CREDIT_JIFFIES), credit,
		      JOPIL_MOST_CREDIT_JIFFIES);
	return record->last_jiffies + credit;
}

/* What a bucket has for a new flow. */
struct vacancy {
	__u64 idle; /* slots whose flow has gone, or that were never used */
	__u64 slot; /* the one to take, if kept_until has passed */
	__u64 kept_until;
};

/*
 * A flow that goes on may lose its slot and get another, but does not count as
 * gone: a bucket that looked empty between two packets of its flows would be
 * given more of them than it can hold.
 */
static __always_inline struct vacancy vacancy_of(void *bucket, const struct ack_bucket *acks,
						 const struct flow_table *t, __u32 start, __u64 now)
{
	struct vacancy v = { .kept_until = JOPIL_NEVER };

	for (__u32 i = 0; i < JOPIL_BUCKET_SLOTS; i++) {
		__u32 slot = (start + i) & JOPIL_SLOT_MASK;
		struct flow_record *record = record_of(slot_at(bucket, t, slot), t);
		__u64 until = pick(JOPIL_SLOT_IS_FREE(acks, slot, record), kept_until(record),
				   JOPIL_NEVER);
		__u64 is_first = is_before(until, v.kept_until);

		v.idle += is_before(until + JOPIL_IDLE_JIFFIES, now + 1);
		v.slot = pick(is_first, slot, v.slot);
		v.kept_until = pick(is_first, until, v.kept_until);
	}
	return v;
}

/*
 * A slot for a new flow. The first bucket while more than half of it is idle, then
 * the bucket with more of it idle, then who could go first. In a table of 262,144
 * slots no flow is left outside up to 60 % (none in 2,000 simulated ones; at one
 * slot less in three, at two less in 165), and 85 of 100 flows are in their first
 * bucket at 50 %.
 */
static __always_inline void *new_slot(const struct flow_table *t, void *bucket, void *bucket2,
				      __u32 first, __u32 second, __u32 start, __u64 now)
{
	struct ack_bucket *acks = bpf_map_lookup_elem(t->acks, &first);
	struct ack_bucket *acks2 = bpf_map_lookup_elem(t->acks, &second);
	struct vacancy v, v2;

	if (!acks || !acks2)
		return NULL;
	v = vacancy_of(bucket, acks, t, start, now);
	if (v.idle > JOPIL_FIRST_BUCKET_IDLE)
		return slot_at(bucket, t, v.slot);
	v2 = vacancy_of(bucket2, acks2, t, start, now);
	if (v2.idle > v.idle || (v2.idle == v.idle && v2.kept_until < v.kept_until))
		return slot_at(bucket2, t, v2.slot);
	return v.kept_until <= now ? slot_at(bucket, t, v.slot) : NULL;
}

/* The slot gets a new owner. */
static __always_inline void store_key(const struct flow_table *t, void *slot, const __u64 *key,
				      __u8 tcp_flags, __u64 now)
{
	struct flow_record *record = record_of(slot, t);

#pragma unroll
	for (__u32 i = 0; i < t->key_words; i++)
		((__u64 *)slot)[i] = key[i];
	record->first_jiffies = now;
	record->first_tcp_flags = tcp_flags;
	record->tcp_flags = 0;
	record->payloads = 0;
}

/* After this the reader may see all that was stored before. */
static __always_inline void publish(struct flow_record *record, __u64 packets)
{
	JOPIL_BARRIER();
	if (config.weak_memory)
		packets = __sync_fetch_and_add(&record->packets, packets);
	else
		JOPIL_WRITE_ONCE(record->packets, record->packets + packets);
}

static __always_inline void store_packet(const struct flow_table *t, void *slot, const __u64 *key,
					 int is_new, const struct observation *o,
					 const struct packet *p, __u64 now)
{
	struct flow_record *record = record_of(slot, t);

	if (is_new)
		store_key(t, slot, key, p->tcp_flags, now);
	if (p->tcp_flags & ~record->tcp_flags)
		record->tcp_flags |= p->tcp_flags;
	record->last_jiffies = now;
	record->bytes += o->wire_bytes;
	publish(record, o->packets);
}

/*
 * Whether this is one of the first packets of its flow and direction that carry
 * something, or one of DNS: each of those has its name and its time.
 */
static __always_inline int is_payload_told(const struct flow_table *t, void *slot,
					   const struct packet *p)
{
	struct flow_record *record = record_of(slot, t);

	if (record->payloads >= JOPIL_PAYLOAD_PACKETS || !p->payload_bytes)
		return 0;
	if (p->ip_protocol != IPPROTO_TCP && p->ip_protocol != IPPROTO_UDP)
		return 0;
	if (p->flags & JOPIL_PACKET_LATER_FRAGMENT)
		return 0;
	if (!is_dns(p))
		record->payloads++;
	return 1;
}

/* Returns is_payload_told. */
static __always_inline int flow_account(const struct flow_table *t, struct counters *c,
					const struct observation *o, const struct packet *p,
					const __u64 *key)
{
	__u64 hash = hash_words(key, t->key_words);
	__u32 region = o->cpu * (t->bucket_mask + 1);
	__u32 first = region + (hash & t->bucket_mask);
	__u32 second = region + ((hash >> 32) & t->bucket_mask);
	__u32 start = hash >> 29;
	__u64 now = bpf_jiffies64();
	void *bucket, *bucket2, *slot;
	int is_new = 0;

	bucket = bpf_map_lookup_elem(t->flows, &first);
	if (!bucket)
		goto overflow;
	slot = find_slot(bucket, t, key, start);
	if (!slot) {
		bucket2 = bpf_map_lookup_elem(t->flows, &second);
		if (!bucket2)
			goto overflow;
		slot = find_slot(bucket2, t, key, start);
		if (!slot) {
			slot = new_slot(t, bucket, bucket2, first, second, start, now);
			if (!slot)
				goto overflow;
			is_new = 1;
			c->flows_inserted++;
		}
	}
	JOPIL_STORE_PACKET(t, slot, key, is_new, o, p, now);
	return is_payload_told(t, slot, p);

overflow:
	c->overflow[p->ip_protocol].packets += o->packets;
	c->overflow[p->ip_protocol].bytes += o->wire_bytes;
	return 0;
}

static __always_inline __u8 flow_flags(const struct observation *o, const struct packet *p)
{
	__u8 flags = 0;

	if (o->direction == JOPIL_EGRESS)
		flags |= JOPIL_FLOW_EGRESS;
	if (p->flags & JOPIL_PACKET_LATER_FRAGMENT)
		flags |= JOPIL_FLOW_FRAGMENT;
	return flags;
}

/*
 * Keys are put together in registers: bytes written one by one and read back as
 * words would wait for the store buffer, 3 to 4 ns a packet.
 */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words of the flow key");

static __always_inline __u64 ports_word(const struct observation *o, const struct packet *p)
{
	return (__u64)p->ports | (__u64)p->ip_protocol << 32 | (__u64)flow_flags(o, p) << 40 |
	       (__u64)(__u16)config.attachment << 48;
}

static __always_inline __u64 vlan_word(const struct packet *p)
{
	return (__u64)p->outer_vlan | (__u64)p->inner_vlan << 16;
}

static __always_inline int flow4(struct counters *c, const struct observation *o,
				 const struct packet *p)
{
	const struct flow_table table = {
		.flows = &flows4,
		.acks = &acks4,
		.bucket_mask = config.flow4_bucket_mask,
		.slot_bytes = sizeof(struct flow4_slot),
		.key_words = sizeof(struct flow4_key) / sizeof(__u64),
	};
	const __u64 key[] = {
		(__u64)p->src4[3] | (__u64)p->dst4[3] << 32,
		ports_word(o, p),
		vlan_word(p),
	};

	return flow_account(&table, c, o, p, key);
}

static __always_inline int flow6(struct counters *c, const struct observation *o,
				 const struct packet *p)
{
	const struct flow_table table = {
		.flows = &flows6,
		.acks = &acks6,
		.bucket_mask = config.flow6_bucket_mask,
		.slot_bytes = sizeof(struct flow6_slot),
		.key_words = sizeof(struct flow6_key) / sizeof(__u64),
	};
	const __u64 key[] = {
		p->src_words[0], p->src_words[1],  p->dst_words[0],
		p->dst_words[1], ports_word(o, p), vlan_word(p),
	};

	return flow_account(&table, c, o, p, key);
}

/* Returns whether the packet's payload is to be told. */
static __always_inline int account_flow(struct counters *c, const struct observation *o,
					const struct packet *p)
{
	if (!config.flows || !(p->flags & JOPIL_PACKET_IP))
		return 0;
	if (p->ether_type == ETH_P_IP)
		return flow4(c, o, p);
	return flow6(c, o, p);
}

#endif
