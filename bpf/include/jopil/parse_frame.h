/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* From a frame to its parsed headers. The program has a constant config with layer3. */
#ifndef JOPIL_PARSE_FRAME_H
#define JOPIL_PARSE_FRAME_H

#include <bpf/bpf_helpers.h>

#include "parse.h"

/* Longest run of headers that is made readable in an skb: all of what is parsed. */
#define JOPIL_PULL_BYTES 512

static __always_inline void parse(struct cursor *c, struct packet *p)
{
	int type;

	c->pos = c->data;
	type = config.layer3 ? parse_version(c) : parse_ethernet(c, p);
	parse_network(c, p, type);
}

/*
 * Global functions, so that the verifier looks at each once and forgets by
 * which of thousands of paths through the headers it came out.
 */
__noinline int parse_skb(struct __sk_buff *skb, struct packet *p)
{
	struct cursor cursor = {};

	if (!p)
		return JOPIL_PARSE_BAD;
	if (skb->vlan_present) {
		p->flags = JOPIL_PACKET_VLAN_ACCELERATED;
		note_vlan(p, skb->vlan_tci);
	}
	p->super = skb->gso_size != 0;
	cursor.left = skb->len;
	cursor.data = (void *)(long)skb->data;
	cursor.end = (void *)(long)skb->data_end;
	parse(&cursor, p);
	return cursor.beyond;
}

/* p is all 0. */
static __always_inline void parse_whole_skb(struct __sk_buff *skb, struct packet *p)
{
	if (!parse_skb(skb, p))
		return;
	/* A header lies past the linear part: pull it in, parse once more. */
	bpf_skb_pull_data(skb, skb->len < JOPIL_PULL_BYTES ? skb->len : JOPIL_PULL_BYTES);
	__builtin_memset(p, 0, sizeof(*p));
	parse_skb(skb, p);
}

#endif
