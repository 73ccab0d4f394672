// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Frames for a capture: what passes the filter goes to the ring of this CPU,
 * header by header or byte by byte. Attached only while somebody captures. It
 * never drops, changes or redirects anything.
 *
 *   jopil_capture_ingress, _egress -> filter (filter.h) -> jopil_capture_frame
 *
 * UAPI only, no BTF of the kernel needed. Linux 5.8.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "jopil/abi.h"
#include "jopil/capture.h"
#include "jopil/filter.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct capture_config config = {};

#include "jopil/parse_frame.h"

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct capture_event capture_event;
	enum jopil_capture capture;
	enum jopil_capture_flags capture_flags;
} jopil_capture_types = {};

/* Of this CPU, from the program at the hook to the one behind the filter. */
struct capture_state {
	__u64 number;
	__u64 lost;
	__u32 direction;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct capture_state);
} capture_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, JOPIL_DIRECTIONS);
	__type(key, __u32);
	__type(value, struct capture_book);
} capture_books SEC(".maps");

/* Index = CPU; user space sets max_entries, as for the sensor's. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct ring_control);
} ring_control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 64);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 65536);
		});
} rings SEC(".maps");

static __always_inline __u64 wakeup_flags(void *ring, __u32 cpu)
{
	struct ring_control *reader = bpf_map_lookup_elem(&ring_control, &cpu);

	if (!reader || !reader->armed ||
	    bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < config.wakeup_bytes)
		return BPF_RB_NO_WAKEUP;
	reader->armed = 0;
	return BPF_RB_FORCE_WAKEUP;
}

/* Not zeroed: captured says what of data is valid, and only root maps the ring. */
static __always_inline void fill(struct capture_event *e, struct __sk_buff *skb,
				 const struct capture_state *state, __u32 header_bytes)
{
	e->timestamp_ns = bpf_ktime_get_ns();
	e->number = state->number;
	e->lost = state->lost;
	e->attachment = config.attachment;
	e->length = skb->len;
	e->header_bytes = header_bytes;
	e->rx_queue = 0;
	e->gso_segs = skb->gso_segs;
	e->gso_size = skb->gso_size;
	e->vlan_tci = 0;
	e->vlan_protocol = 0;
	e->direction = state->direction;
	e->flags = 0;
	if (skb->vlan_present) {
		e->flags |= JOPIL_CAPTURE_VLAN;
		e->vlan_tci = skb->vlan_tci;
		e->vlan_protocol = bpf_ntohs(skb->vlan_proto);
	}
	/* 0 says that the driver recorded none; at egress it is a queue to send by */
	if (state->direction == JOPIL_INGRESS && skb->queue_mapping) {
		e->flags |= JOPIL_CAPTURE_QUEUE;
		e->rx_queue = skb->queue_mapping - 1;
	}
}

/* A ring takes records of constant size only: `room` is one. */
static __always_inline int submit(struct __sk_buff *skb, const struct capture_state *state,
				  __u32 header_bytes, __u32 undecided, __u32 bytes,
				  const __u32 room)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	struct capture_event *e;

	if (!ring)
		return 0;
	e = bpf_ringbuf_reserve(ring, sizeof(*e) + room, 0);
	if (!e)
		return 0;
	fill(e, skb, state, header_bytes);
	if (undecided)
		e->flags |= JOPIL_CAPTURE_UNDECIDED;
	e->captured = 0;
	if (bytes > 0 && bytes <= room && !bpf_skb_load_bytes(skb, 0, e->data, bytes))
		e->captured = bytes;
	bpf_ringbuf_submit(e, wakeup_flags(ring, cpu));
	return 1;
}

static __always_inline int submit_fitting(struct __sk_buff *skb, const struct capture_state *state,
					  __u32 header_bytes, __u32 undecided, __u32 bytes)
{
	if (bytes <= 64)
		return submit(skb, state, header_bytes, undecided, bytes, 64);
	if (bytes <= 128)
		return submit(skb, state, header_bytes, undecided, bytes, 128);
	if (bytes <= 320)
		return submit(skb, state, header_bytes, undecided, bytes, 320);
	if (bytes <= 704)
		return submit(skb, state, header_bytes, undecided, bytes, 704);
	if (bytes <= 1536)
		return submit(skb, state, header_bytes, undecided, bytes, 1536);
	if (bytes <= 4096)
		return submit(skb, state, header_bytes, undecided, bytes, 4096);
	if (bytes <= 16384)
		return submit(skb, state, header_bytes, undecided, bytes, 16384);
	if (bytes <= 69632)
		return submit(skb, state, header_bytes, undecided, bytes, 69632);
	return submit(skb, state, header_bytes, undecided, bytes, JOPIL_CAPTURE_MAX_BYTES);
}

static __always_inline __u32 smaller(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

SEC("tc")
int jopil_capture_frame(struct __sk_buff *skb)
{
	struct filter_scratch *scratch = filter_scratch_here();
	__u32 zero = 0, direction, header_bytes, bytes, undecided;
	struct capture_state *state = bpf_map_lookup_elem(&capture_states, &zero);
	struct capture_book *book;
	struct packet p = {};

	if (!scratch || !state)
		return TC_ACT_UNSPEC;
	direction = state->direction;
	book = bpf_map_lookup_elem(&capture_books, &direction);
	if (!book)
		return TC_ACT_UNSPEC;
	undecided = config.unfiltered || scratch->undecided;
	parse_whole_skb(skb, &p);
	header_bytes = smaller(p.header_bytes, skb->len);
	bytes = config.snaplen ? smaller(config.snaplen, skb->len) : header_bytes;
	if (undecided)
		bytes = skb->len;
	bytes = smaller(bytes, JOPIL_CAPTURE_MAX_BYTES);

	book->matched++;
	book->undecided += !!undecided;
	state->number++;
	if (submit_fitting(skb, state, header_bytes, undecided, bytes)) {
		book->submitted++;
	} else {
		book->ring_full++;
		book->undecided_ring_full += !!undecided;
		state->lost++;
	}
	return TC_ACT_UNSPEC;
}

static __always_inline int observe(struct __sk_buff *skb, __u32 direction)
{
	__u32 zero = 0;
	struct capture_state *state = bpf_map_lookup_elem(&capture_states, &zero);
	struct capture_book *book = bpf_map_lookup_elem(&capture_books, &direction);

	if (!state || !book)
		return TC_ACT_UNSPEC;
	state->direction = direction;
	book->seen++;
	filter_frame_skb(skb);
	return TC_ACT_UNSPEC;
}

SEC("tc")
int jopil_capture_ingress(struct __sk_buff *skb)
{
	return observe(skb, JOPIL_INGRESS);
}

SEC("tc")
int jopil_capture_egress(struct __sk_buff *skb)
{
	return observe(skb, JOPIL_EGRESS);
}
