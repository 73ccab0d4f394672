// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The sensor with time to spare between the stores of a flow slot, so that the
 * reader gets in between: in the right order, which must hold, and with one step
 * of the protocol done wrong, which the comparison per flow must notice.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define JOPIL_STORE_PACKET store_packet_slowly
#define JOPIL_SLOT_IS_FREE slot_is_free_or_fault

struct flow_table;
struct flow_record;
struct ack_bucket;
struct observation;
struct packet;

static __always_inline void store_packet_slowly(const struct flow_table *t, void *slot,
						const __u64 *key, int is_new,
						const struct observation *o, const struct packet *p,
						__u64 now);
static __always_inline __u64 slot_is_free_or_fault(const struct ack_bucket *acks, __u32 slot,
						   const struct flow_record *record);

#include "../sensor.bpf.c"
#include "faults.h"

const volatile __u32 fault = FAULT_NONE;

/* Some 300 ns. */
static __always_inline void linger(void)
{
#pragma unroll
	for (int i = 0; i < 8; i++)
		bpf_ktime_get_ns();
}

static __always_inline __u64 slot_is_free_or_fault(const struct ack_bucket *acks, __u32 slot,
						   const struct flow_record *record)
{
	return fault == FAULT_NO_ACKNOWLEDGEMENT || slot_is_free(acks, slot, record);
}

static __always_inline void store_packet_slowly(const struct flow_table *t, void *slot,
						const __u64 *key, int is_new,
						const struct observation *o, const struct packet *p,
						__u64 now)
{
	struct flow_record *record = record_of(slot, t);

	linger();
	if (is_new && fault != FAULT_KEY_AFTER_COUNT)
		store_key(t, slot, key, p->tcp_flags, now);
	linger();
	record->last_jiffies = now;
	if (fault != FAULT_COUNT_BEFORE_BYTES)
		record->bytes += o->wire_bytes;
	linger();
	publish(record, o->packets);
	JOPIL_BARRIER();
	linger();
	if (fault == FAULT_COUNT_BEFORE_BYTES)
		record->bytes += o->wire_bytes;
	if (is_new && fault == FAULT_KEY_AFTER_COUNT)
		store_key(t, slot, key, p->tcp_flags, now);
}
