/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * A bounded copy of what the first packets of a flow carry, so that user space
 * can say which application it is. Never more than control.payload_rate allows:
 * a flood of new flows costs the traffic no more than that, and what was refused
 * is counted. The ring wakes nobody.
 */
#ifndef JOPIL_PAYLOAD_H
#define JOPIL_PAYLOAD_H

#include "carried.h"
#include "count.h"

#define JOPIL_PORT_DNS 53
#define JOPIL_PORT_MDNS 5353
#define JOPIL_PORT_LLMNR 5355
#define JOPIL_TCP_SEQUENCE_OFFSET 4

static __always_inline int is_dns_port(__be16 port)
{
	return port == bpf_htons(JOPIL_PORT_DNS) || port == bpf_htons(JOPIL_PORT_MDNS) ||
	       port == bpf_htons(JOPIL_PORT_LLMNR);
}

static __always_inline int is_dns(const struct packet *p)
{
	return p->ip_protocol == IPPROTO_UDP && (is_dns_port(p->sport) || is_dns_port(p->dport));
}

static __always_inline int take_token(struct counters *c, const struct control *settings)
{
	__u32 now = bpf_jiffies64();
	__u32 passed = now - c->payload_jiffies;
	__u64 tokens = c->payload_tokens;

	if (passed) {
		tokens += (__u64)passed * settings->payload_rate;
		if (tokens > settings->payload_burst)
			tokens = settings->payload_burst;
		c->payload_jiffies = now;
	}
	c->payload_tokens = tokens ? tokens - 1 : 0;
	return tokens != 0;
}

static __always_inline long load_bytes(const struct context *context, __u32 offset, void *to,
				       __u32 bytes)
{
	if (!context->is_xdp)
		return bpf_skb_load_bytes(context->ctx, offset, to, bytes);
	if (config.frags) /* as old as bpf_xdp_load_bytes */
		return bpf_xdp_load_bytes(context->ctx, offset, to, bytes);
	return -1;
}

static __always_inline void fill_payload(struct payload_event *e, const struct context *context,
					 const struct observation *o, const struct packet *p,
					 __u32 bytes)
{
	__be32 sequence = 0;

	e->type = JOPIL_EVENT_PAYLOAD;
	e->attachment = config.attachment;
	e->timestamp_ns = bpf_ktime_get_ns();
	e->payload_bytes = p->payload_bytes;
	if (p->ip_protocol == IPPROTO_TCP)
		load_bytes(context, p->layer4_offset + JOPIL_TCP_SEQUENCE_OFFSET, &sequence,
			   sizeof(sequence));
	e->tcp_sequence = bpf_ntohl(sequence);
	e->captured_bytes = bytes;
	e->outer_vlan = p->outer_vlan;
	e->inner_vlan = p->inner_vlan;
	e->ip_protocol = p->ip_protocol;
	e->tcp_flags = p->tcp_flags;
	e->direction = o->direction;
	__builtin_memset(e->reserved, 0, sizeof(e->reserved));
	e->sport = p->sport;
	e->dport = p->dport;
	__builtin_memcpy(e->src, p->src, sizeof(e->src));
	__builtin_memcpy(e->dst, p->dst, sizeof(e->dst));
}

/* One size of record: `most` is a constant, which the verifier needs. */
static __always_inline void submit_payload(struct counters *c, const struct context *context,
					   const struct observation *o, const struct packet *p,
					   __u32 bytes, __u32 most)
{
	struct payload_event *e =
		bpf_ringbuf_reserve(&payloads, sizeof(*e) - JOPIL_PAYLOAD_BYTES + most, 0);

	if (!e) {
		c->payloads_ring_full++;
		return;
	}
	fill_payload(e, context, o, p, bytes);
	asm volatile(
		""
		: "+r"(bytes)); /* the verifier is to see the bounds below, not clang to know them */
	if (bytes == 0 || bytes > most || load_bytes(context, p->header_bytes, e->data, bytes)) {
		bpf_ringbuf_discard(e, BPF_RB_NO_WAKEUP);
		c->payloads_refused++;
		return;
	}
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
	c->payloads_submitted++;
}

static __always_inline void tell_payload(struct counters *c, const struct context *context,
					 const struct observation *o, const struct packet *p)
{
	__u32 zero = 0, bytes = p->payload_bytes;
	struct control *settings = bpf_map_lookup_elem(&control, &zero);

	if (!settings || !settings->payload_rate)
		return;
	if (!take_token(c, settings)) {
		c->payloads_refused++;
		return;
	}
	if (bytes > JOPIL_PAYLOAD_BYTES)
		bytes = JOPIL_PAYLOAD_BYTES;
	if (bytes <= JOPIL_PAYLOAD_SMALL_BYTES)
		submit_payload(c, context, o, p, bytes, JOPIL_PAYLOAD_SMALL_BYTES);
	else
		submit_payload(c, context, o, p, bytes, JOPIL_PAYLOAD_BYTES);
}

#endif
