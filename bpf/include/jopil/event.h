/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * One event for sample_step observations on average, on the ring of this CPU;
 * it weighs what it stands for: the observations since the one chosen before.
 * So the weights add up to the observations, whenever the step changes. A
 * submit never wakes the reader by itself (that costs 4 to 9 us): only an armed
 * reader is woken, once, when more than wakeup_bytes wait for it.
 */
#ifndef JOPIL_EVENT_H
#define JOPIL_EVENT_H

#include "carried.h"
#include "count.h"

/* Copies at most `bytes` bytes, returns how many: fewer if not directly readable. */
static __always_inline __u32 copy_headers(__u8 *dst, const void *src, const void *data_end,
					  __u32 bytes)
{
	__u32 at = 0;

	for (; at < JOPIL_CAPTURE_BYTES; at += sizeof(__u64)) {
		if (at + sizeof(__u64) > bytes || src + at + sizeof(__u64) > data_end)
			break;
		*(__u64 *)(dst + at) = *(const __u64 *)(src + at);
	}
	for (__u32 i = 0; i < sizeof(__u64) - 1; i++) {
		if (at >= JOPIL_CAPTURE_BYTES || at >= bytes || src + at + 1 > data_end)
			break;
		dst[at] = *(const __u8 *)(src + at);
		at++;
	}
	return at;
}

/* Not zeroed: captured_bytes says what of data is valid, and only root maps the ring. */
static __always_inline void fill_event(struct packet_event *e, const struct observation *o,
				       const struct packet *p)
{
	e->type = JOPIL_EVENT_PACKET;
	e->attachment = config.attachment;
	e->packets = o->packets;
	e->wire_bytes = o->wire_bytes;
	e->frame_bytes = o->frame_bytes;
	e->rx_queue = o->rx_queue;
	e->cpu = o->cpu;
	e->direction = o->direction;
	e->hook = o->hook;
	e->ether_type = p->ether_type;
	e->vlan_tci = o->vlan_tci;
	e->vlan_protocol = o->vlan_protocol;
	e->layer3_offset = p->layer3_offset;
	e->layer4_offset = p->layer4_offset;
	e->outer_vlan = p->outer_vlan;
	e->inner_vlan = p->inner_vlan;
	e->ip_protocol = p->ip_protocol;
	e->tcp_flags = p->tcp_flags;
	e->flags = p->flags | (config.layer3 ? JOPIL_PACKET_LAYER3 : 0);
	e->sport = p->sport;
	e->dport = p->dport;
	__builtin_memcpy(e->src, p->src, sizeof(e->src));
	__builtin_memcpy(e->dst, p->dst, sizeof(e->dst));
	e->captured_bytes = copy_headers(e->data, o->data, o->data_end, p->header_bytes);
}

static __always_inline __u64 wakeup_flags(void *ring, const struct control *settings, __u32 cpu)
{
	struct ring_control *reader = bpf_map_lookup_elem(&ring_control, &cpu);

	if (!reader || !reader->armed ||
	    bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) < settings->wakeup_bytes)
		return BPF_RB_NO_WAKEUP;
	reader->armed = 0;
	return BPF_RB_FORCE_WAKEUP;
}

static __always_inline int submit_event(const struct counters *c, const struct control *settings,
					const struct observation *o, const struct packet *p,
					__u32 weight)
{
	struct packet_event *e;
	__u32 cpu = o->cpu;
	void *ring;

	ring = bpf_map_lookup_elem(&rings, &cpu);
	if (!ring)
		return 0;
	e = bpf_ringbuf_reserve(ring, sizeof(*e), 0);
	if (!e)
		return 0;
	e->timestamp_ns = bpf_ktime_get_ns();
	e->observation = c->observed;
	e->weight = weight;
	fill_event(e, o, p);
	bpf_ringbuf_submit(e, wakeup_flags(ring, settings, cpu));
	return 1;
}

/*
 * Intervals of 1 to 2 * step - 1, each as likely: every step-th packet would be
 * of one flow for ever where step flows take turns.
 */
static __always_inline __u32 draw_interval(__u32 step)
{
	return step > 1 ? 1 + bpf_get_prandom_u32() % (2 * step - 1) : 1;
}

static __always_inline void sample(struct counters *c, const struct context *context,
				   const struct observation *o, struct packet *p)
{
	struct control *settings;
	__u32 zero = 0, waited = 0, step = 0;

	c->observed++;
	settings = bpf_map_lookup_elem(&control, &zero);
	if (settings)
		step = settings->sample_step;
	if (step)
		waited = c->waited + 1;
	/* no longer than the step of now allows: a smaller one takes effect at once */
	if (!settings || !step || (waited < c->interval && waited < 2 * step - 1)) {
		c->waited = waited;
		c->sampled_out++;
		return;
	}
	c->waited = 0;
	c->interval = draw_interval(step);
	follow_tunnel(context, p);
	if (submit_event(c, settings, o, p, waited))
		c->submitted++;
	else
		c->ring_full++;
}

#endif
