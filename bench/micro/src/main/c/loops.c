/* SPDX-License-Identifier: Apache-2.0 */
/* The loops that the Java readers are measured against, on the same memory. */
#include <stdint.h>
#include <string.h>

#define BUSY (1U << 31)
#define DISCARD (1U << 30)
#define HEADER_BYTES 8
#define COMMIT_BYTES (64 * 1024)

/* Where a packet event has what is read of it, and how many flows there are. */
struct event_layout {
	int32_t sport;
	int32_t weight;
	int32_t wire_bytes;
	int32_t timestamp;
	int32_t flow_mask;
};

static uint32_t load32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t load64(const char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/*
 * Empties a BPF ring as Ring.java does and adds up per flow. data: the page of
 * producer_pos, then the ring twice. Returns the records.
 */
int64_t jopil_drain_ring(uint64_t *consumer, char *producer, uint64_t mask, int64_t page,
			 const struct event_layout *layout, int64_t *packets, int64_t *bytes)
{
	uint64_t position = *consumer, committed = position;
	uint64_t end = __atomic_load_n((uint64_t *)producer, __ATOMIC_ACQUIRE);
	int64_t records = 0;

	while (position < end) {
		char *at = producer + page + (position & mask);
		uint32_t word = __atomic_load_n((uint32_t *)at, __ATOMIC_ACQUIRE);
		uint32_t length = word & ~DISCARD;

		if (word & BUSY)
			break;
		position += (length + HEADER_BYTES + 7UL) & ~7UL;
		if (!(word & DISCARD)) {
			const char *event = at + HEADER_BYTES;
			const unsigned char *port = (const unsigned char *)event + layout->sport;
			uint32_t flow = (port[0] << 8 | port[1]) & layout->flow_mask;

			packets[flow] += (int32_t)load32(event + layout->weight);
			bytes[flow] += (int32_t)load32(event + layout->wire_bytes) +
				       (int64_t)load64(event + layout->timestamp);
			records++;
		}
		if (position - committed >= COMMIT_BYTES) {
			__atomic_store_n(consumer, position, __ATOMIC_RELEASE);
			committed = position;
		}
	}
	__atomic_store_n(consumer, position, __ATOMIC_RELEASE);
	return records;
}

/* Looks for slots whose packets are not those of the last look. Returns how many. */
int64_t jopil_scan_slots(const char *slots, int64_t count, int64_t slot_bytes,
			 int64_t packets_offset, const int64_t *last)
{
	int64_t changed = 0;

	for (int64_t i = 0; i < count; i++) {
		const int64_t *packets = (const int64_t *)(slots + i * slot_bytes + packets_offset);

		if (__atomic_load_n(packets, __ATOMIC_ACQUIRE) != last[i])
			changed++;
	}
	return changed;
}
