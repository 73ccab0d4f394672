/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Tunnels: how far the headers of what a packet carries go. Asked only of packets
 * that are told, and of super-packets, which repeat these headers on the wire.
 */
#ifndef JOPIL_CARRIED_H
#define JOPIL_CARRIED_H

#include "parse.h"

#define JOPIL_IPPROTO_GRE 47
#define JOPIL_PORT_VXLAN 4789 /* RFC 7348 */
#define JOPIL_PORT_GENEVE 6081 /* RFC 8926 */
#define JOPIL_TUNNEL_BYTES 8 /* VXLAN; Geneve before its options */
#define JOPIL_GENEVE_OPTION_WORDS 0x3f
#define JOPIL_GRE_CHECKSUM 0x8000
#define JOPIL_GRE_KEY 0x2000
#define JOPIL_GRE_SEQUENCE 0x1000

/* What a program was run with; is_xdp is a constant in each, so that the other's helpers fold away. */
struct context {
	void *ctx;
	int is_xdp;
};

struct tunnel_header {
	__u8 version; /* Geneve: and length of the options in words */
	__u8 flags;
	__be16 type; /* Geneve, GRE */
};

static __always_inline int is_tunnel(const struct packet *p)
{
	switch (p->ip_protocol) {
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case JOPIL_IPPROTO_GRE:
		return !(p->flags & JOPIL_PACKET_LATER_FRAGMENT);
	case IPPROTO_UDP:
		return (p->flags & JOPIL_PACKET_PORTS) &&
		       (p->dport == bpf_htons(JOPIL_PORT_VXLAN) ||
			p->dport == bpf_htons(JOPIL_PORT_GENEVE));
	default:
		return 0;
	}
}

static __always_inline int parse_gre(struct cursor *c)
{
	struct tunnel_header *gre = take(c, sizeof(*gre));
	__u32 flags, options = 0;
	int type;

	if (!gre)
		return JOPIL_PARSE_BAD;
	flags = gre->version << 8;
	type = bpf_ntohs(gre->type);
	if (flags & JOPIL_GRE_CHECKSUM)
		options += 4;
	if (flags & JOPIL_GRE_KEY)
		options += 4;
	if (flags & JOPIL_GRE_SEQUENCE)
		options += 4;
	return take(c, options) ? type : JOPIL_PARSE_BAD;
}

/* The EtherType of what is carried, and the cursor on it. */
static __always_inline int parse_tunnel(struct cursor *c, const struct packet *p)
{
	struct tunnel_header *header;

	switch (p->ip_protocol) {
	case IPPROTO_IPIP:
		return ETH_P_IP;
	case IPPROTO_IPV6:
		return ETH_P_IPV6;
	case JOPIL_IPPROTO_GRE:
		return parse_gre(c);
	}
	header = take(c, JOPIL_TUNNEL_BYTES);
	if (!header)
		return JOPIL_PARSE_BAD;
	if (p->dport == bpf_htons(JOPIL_PORT_VXLAN))
		return ETH_P_TEB;
	if (!take(c, (header->version & JOPIL_GENEVE_OPTION_WORDS) * 4))
		return JOPIL_PARSE_BAD;
	return bpf_ntohs(header->type);
}

/*
 * Where the headers end, those of what is carried included. The cursor has data
 * and end; one tunnel deep.
 */
static __always_inline int parse_carried(struct cursor *c, const struct packet *p)
{
	struct packet carried = {};
	int type;

	c->pos = c->data + (p->header_bytes & JOPIL_OFFSET_MASK);
	c->left = p->payload_bytes;
	type = parse_tunnel(c, p);
	settle(c, &carried.layer3_offset);
	if (type == ETH_P_TEB)
		type = parse_ethernet(c, &carried);
	if (type != ETH_P_IP && type != ETH_P_IPV6 && type != ETH_P_ARP)
		return c->pos - c->data;
	parse_network(c, &carried, type);
	return carried.header_bytes;
}

__noinline int carried_xdp(struct xdp_md *ctx, struct packet *p)
{
	struct cursor cursor = {};

	if (!p)
		return JOPIL_PARSE_BAD;
	cursor.data = (void *)(long)ctx->data;
	cursor.end = (void *)(long)ctx->data_end;
	return parse_carried(&cursor, p);
}

__noinline int carried_skb(struct __sk_buff *skb, struct packet *p)
{
	struct cursor cursor = {};

	if (!p)
		return JOPIL_PARSE_BAD;
	cursor.data = (void *)(long)skb->data;
	cursor.end = (void *)(long)skb->data_end;
	return parse_carried(&cursor, p);
}

/* The headers of what is carried belong to the packet's own from here on. */
static __always_inline void follow_tunnel(const struct context *context, struct packet *p)
{
	if (is_tunnel(p) && !p->followed) {
		p->followed = 1;
		p->header_bytes = context->is_xdp ? carried_xdp(context->ctx, p)
						  : carried_skb(context->ctx, p);
	}
}

#endif
