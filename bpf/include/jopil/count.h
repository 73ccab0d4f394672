/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Wire packets and wire bytes, and the counters that hold them. One CPU runs
 * one program of one direction at a time (not so on PREEMPT_RT), so plain
 * stores are exact.
 */
#ifndef JOPIL_COUNT_H
#define JOPIL_COUNT_H

#include "maps.h"
#include "parse.h"

/* One run of a program: a frame, or a super-packet that stands for several. */
struct observation {
	void *data;
	void *data_end;
	__u32 frame_bytes;
	__u32 packets; /* on the wire */
	__u32 wire_bytes; /* of all of them */
	__u32 rx_queue;
	__u32 cpu;
	__u16 vlan_tci;
	__u16 vlan_protocol;
	__u8 direction;
	__u8 hook;
};

static __always_inline struct counters *counters_of(__u32 direction, __u32 cpu)
{
	__u32 index = direction * config.cpus + cpu;

	return bpf_map_lookup_elem(&counters, &index);
}

/*
 * At tc one skb may stand for n frames on the wire. wire_len repeats the
 * headers at egress only, and never holds an accelerated tag.
 */
static __always_inline void count_wire(struct observation *o, const struct packet *p,
				       const struct __sk_buff *skb)
{
	__u32 headers = p->header_bytes;
	__u32 bytes = skb->len;
	__u32 n = skb->gso_segs;

	if (skb->gso_size) {
		if (n > 1 && o->direction == JOPIL_EGRESS) {
			bytes = skb->wire_len; /* knows the inner headers of a tunnel */
		} else {
			/* some of tun and virtio: size given, segments not */
			if (!n && bytes > headers)
				n = (bytes - headers + skb->gso_size - 1) / skb->gso_size;
			if (n > 1)
				bytes += (n - 1) * headers;
		}
	}
	if (!n)
		n = 1;
	if (skb->vlan_present)
		bytes += 4 * n;
	o->packets = n;
	o->wire_bytes = bytes;
}

static __always_inline void count_non_ip(const struct observation *o, const struct packet *p)
{
	struct non_ip_key key = { .ether_type = p->ether_type, .direction = o->direction };
	struct counter *counter = bpf_map_lookup_elem(&non_ip, &key);

	if (!counter) {
		struct counter zero = {};

		/* another CPU may have been first: the look-up decides */
		bpf_map_update_elem(&non_ip, &key, &zero, BPF_NOEXIST);
		counter = bpf_map_lookup_elem(&non_ip, &key);
		if (!counter)
			return;
	}
	counter->packets += o->packets;
	counter->bytes += o->wire_bytes;
}

static __always_inline void count(struct counters *c, const struct observation *o,
				  const struct packet *p)
{
	__u32 protocol = p->protocol;

	if (protocol >= JOPIL_PROTOCOLS)
		return;
	c->protocol[protocol].packets += o->packets;
	c->protocol[protocol].bytes += o->wire_bytes;
	if (protocol == JOPIL_PROTOCOL_NON_IP)
		count_non_ip(o, p);
}

#endif
