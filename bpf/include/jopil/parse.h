/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * The parser. One contract for every function that takes a cursor: check
 * bounds, advance the cursor past the header, return the type of what follows,
 * or a negative value and no promise about the rest.
 *
 * A header counts as present only if it is whole and inside the length that
 * the header before it gives: padding is never read as ports.
 */
#ifndef JOPIL_PARSE_H
#define JOPIL_PARSE_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>

#include "abi.h"

#define JOPIL_VLAN_TAGS 4 /* in the frame; an accelerated one comes on top */
#define JOPIL_IPV6_EXTENSIONS 8
#define JOPIL_OFFSET_MASK 0x7fff /* past 8 extension headers of 2,048 bytes */
#define JOPIL_ETHER_LENGTH_MAX 1500 /* up to here the type is an 802.3 length */
#define JOPIL_ETHER_QINQ_OLD 0x9100
#define JOPIL_VLAN_ID 0x0fff
#define JOPIL_IPV4_MORE 0x2000
#define JOPIL_IPV4_OFFSET 0x1fff
#define JOPIL_IPV6_MORE 0x0001
#define JOPIL_IPV6_OFFSET 0xfff8
#define JOPIL_IPPROTO_UDPLITE 136
#define JOPIL_PORTS_BYTES 4
#define JOPIL_TCP_FLAGS_END 14
#define JOPIL_TCP_BYTES 20

enum jopil_parse {
	JOPIL_PARSE_BAD = -1,
};

struct cursor {
	void *data; /* start of the frame */
	void *pos;
	void *end; /* of what can be read directly */
	__u32 left; /* bytes of the frame, then of the IP packet, from pos on */
	__u32 beyond; /* a header lies in the frame but past end */
};

struct packet {
	__u32 frame_bytes; /* tags in */
	__u32 reserved;
	union {
		__u8 src[16];
		__be32 src4[4]; /* IPv4: the last one, after ::ffff */
		__u64 src_words[2];
	};
	union {
		__u8 dst[16];
		__be32 dst4[4];
		__u64 dst_words[2];
	};
	union {
		struct {
			__be16 sport;
			__be16 dport;
		};
		__be32 ports;
	};
	__u16 protocol; /* index into counters.protocol */
	__u16 ether_type;
	__u16 flags; /* enum jopil_packet_flags */
	__u16 vlan_tags;
	__u16 outer_vlan;
	__u16 inner_vlan;
	__u16 layer3_offset;
	__u16 layer4_offset;
	__u16 header_bytes; /* all headers, with the quote of an ICMP error */
	__u16 followed; /* a tunnel, and header_bytes has the headers in it */
	__u32 payload_bytes; /* behind all headers, to the end of the IP packet */
	__u8 ip_protocol;
	__u8 tcp_flags;
	__u8 super; /* GRO or GSO: the IP length may be 0 (BIG TCP) */
};

struct vlan_header {
	__be16 tci;
	__be16 type;
};

struct arp_header {
	__be16 hardware_type;
	__be16 protocol_type;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
};

/* Hop-by-hop, destination options, routing; also the start of AH and fragment. */
struct extension_header {
	__u8 next;
	__u8 length;
	__be16 offset; /* fragment header only */
	__be32 id;
};

/* The next `bytes` bytes, or NULL and the cursor where it was. */
static __always_inline void *take(struct cursor *c, __u32 bytes)
{
	void *header = c->pos;

	if (bytes > c->left)
		return NULL;
	if (header + bytes > c->end) {
		c->beyond = 1;
		return NULL;
	}
	c->pos += bytes;
	c->left -= bytes;
	return header;
}

/*
 * Notes the position and reads it back from memory, which is all that the
 * verifier then knows of it: the paths that lead here become one.
 */
static __always_inline void settle(struct cursor *c, volatile __u16 *offset)
{
	*offset = c->pos - c->data;
	c->pos = c->data + (*offset & JOPIL_OFFSET_MASK);
}

static __always_inline int is_vlan(__u32 ether_type)
{
	return ether_type == ETH_P_8021Q || ether_type == ETH_P_8021AD ||
	       ether_type == JOPIL_ETHER_QINQ_OLD;
}

static __always_inline void note_vlan(struct packet *p, __u16 tci)
{
	if (p->vlan_tags == 0)
		p->outer_vlan = tci & JOPIL_VLAN_ID;
	else if (p->vlan_tags == 1)
		p->inner_vlan = tci & JOPIL_VLAN_ID;
	p->vlan_tags++;
}

static __always_inline int parse_ethernet(struct cursor *c, struct packet *p)
{
	struct ethhdr *ethernet = take(c, sizeof(*ethernet));
	int type;

	if (!ethernet)
		return JOPIL_PARSE_BAD;
	type = bpf_ntohs(ethernet->h_proto);
#pragma unroll
	for (int i = 0; i < JOPIL_VLAN_TAGS; i++) {
		struct vlan_header *vlan;

		if (!is_vlan(type))
			break;
		vlan = take(c, sizeof(*vlan));
		if (!vlan)
			break;
		note_vlan(p, bpf_ntohs(vlan->tci));
		type = bpf_ntohs(vlan->type);
		settle(c, &p->layer3_offset);
	}
	return type;
}

/* A frame of a layer-3 device says by its version nibble what it is. */
static __always_inline int parse_version(struct cursor *c)
{
	__u8 *version = c->pos;

	if (c->pos + 1 > c->end)
		return JOPIL_PARSE_BAD;
	switch (*version >> 4) {
	case 4:
		return ETH_P_IP;
	case 6:
		return ETH_P_IPV6;
	default:
		return JOPIL_PARSE_BAD;
	}
}

static __always_inline void parse_arp(struct cursor *c, struct packet *p, __u32 offset)
{
	struct arp_header *arp = take(c, sizeof(*arp));

	if (arp)
		p->header_bytes =
			offset + sizeof(*arp) + 2 * (arp->hardware_length + arp->protocol_length);
}

static __always_inline int parse_ipv4(struct cursor *c, struct packet *p)
{
	struct iphdr *ip = take(c, sizeof(*ip));
	__u32 header_bytes, total_bytes, offset;

	if (!ip || ip->version != 4 || ip->ihl < 5)
		return JOPIL_PARSE_BAD;
	header_bytes = ip->ihl * 4;
	total_bytes = bpf_ntohs(ip->tot_len);
	if (!total_bytes && p->super)
		total_bytes = c->left + sizeof(*ip);
	if (total_bytes < header_bytes || total_bytes - sizeof(*ip) > c->left)
		return JOPIL_PARSE_BAD;
	c->left = total_bytes - sizeof(*ip);

	p->src4[2] = bpf_htonl(0xffff);
	p->src4[3] = ip->saddr;
	p->dst4[2] = bpf_htonl(0xffff);
	p->dst4[3] = ip->daddr;
	offset = bpf_ntohs(ip->frag_off);
	if (offset & (JOPIL_IPV4_MORE | JOPIL_IPV4_OFFSET))
		p->flags |= JOPIL_PACKET_FRAGMENT;
	if (offset & JOPIL_IPV4_OFFSET)
		p->flags |= JOPIL_PACKET_LATER_FRAGMENT;
	if (header_bytes > sizeof(*ip) && !take(c, header_bytes - sizeof(*ip)))
		return JOPIL_PARSE_BAD;
	return ip->protocol;
}

/*
 * Returns the upper-layer protocol that the chain leads to, or the type of the
 * first header that it cannot be followed through.
 */
static __always_inline int parse_ipv6_extensions(struct cursor *c, struct packet *p, int next)
{
#pragma clang loop unroll(disable)
	for (int i = 0; i < JOPIL_IPV6_EXTENSIONS; i++) {
		struct extension_header *extension;
		__u32 bytes, offset;

		if (next != IPPROTO_HOPOPTS && next != IPPROTO_DSTOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_FRAGMENT && next != IPPROTO_AH)
			return next;
		extension = take(c, sizeof(*extension));
		if (!extension)
			return next;
		if (next == IPPROTO_FRAGMENT) {
			offset = bpf_ntohs(extension->offset);
			if (offset & (JOPIL_IPV6_MORE | JOPIL_IPV6_OFFSET))
				p->flags |= JOPIL_PACKET_FRAGMENT;
			if (offset & JOPIL_IPV6_OFFSET) {
				p->flags |= JOPIL_PACKET_LATER_FRAGMENT;
				return extension->next;
			}
			bytes = 0;
		} else if (next == IPPROTO_AH) {
			bytes = extension->length * 4; /* counts from the third word */
		} else {
			bytes = extension->length * 8;
		}
		if (!take(c, bytes))
			return next;
		next = extension->next;
		settle(c, &p->layer4_offset);
	}
	return next;
}

static __always_inline int parse_ipv6(struct cursor *c, struct packet *p)
{
	struct ipv6hdr *ip = take(c, sizeof(*ip));
	__u32 payload_bytes;

	if (!ip || ip->version != 6)
		return JOPIL_PARSE_BAD;
	payload_bytes = bpf_ntohs(ip->payload_len);
	if (!payload_bytes && p->super)
		payload_bytes = c->left;
	if (payload_bytes > c->left)
		return JOPIL_PARSE_BAD;
	c->left = payload_bytes;

	/* as words: what the flow key reads in words must have been written in words */
	p->src_words[0] = ((__u64 *)&ip->saddr)[0];
	p->src_words[1] = ((__u64 *)&ip->saddr)[1];
	p->dst_words[0] = ((__u64 *)&ip->daddr)[0];
	p->dst_words[1] = ((__u64 *)&ip->daddr)[1];
	return parse_ipv6_extensions(c, p, ip->nexthdr);
}

static __always_inline void set_ports(struct packet *p, __be32 ports)
{
	p->flags |= JOPIL_PACKET_PORTS;
	p->ports = ports;
}

/* The rest of a TCP header whose ports were taken: all of it is left to the caller. */
static __always_inline __u32 parse_tcp(struct cursor *c, struct packet *p)
{
	__u8 *tcp = take(c, JOPIL_TCP_FLAGS_END - JOPIL_PORTS_BYTES);
	__u32 header_bytes;

	if (!tcp)
		return 0;
	header_bytes = (tcp[8] >> 4) * 4;
	if (header_bytes < JOPIL_TCP_BYTES)
		return 0; /* no header of TCP: its flags are none either */
	p->tcp_flags = tcp[9];
	return header_bytes - JOPIL_TCP_FLAGS_END;
}

/* Type and code were taken; an error message goes on with the headers that it quotes. */
static __always_inline __u32 parse_icmp(struct cursor *c, __u32 type)
{
	__u8 *quoted = c->pos + 4;

	if (type != 3 && type != 4 && type != 5 && type != 11 && type != 12)
		return 4;
	if (c->left < 5 || c->pos + 5 > c->end)
		return 4;
	return 4 + (*quoted & 0xf) * 4 + 8;
}

/*
 * Ports, or type and code, are told if their own bytes are there, as tshark
 * does: the first fragment may be too small for the whole header. Returns the
 * bytes behind the cursor that still belong to the headers.
 */
static __always_inline __u32 parse_transport(struct cursor *c, struct packet *p, int protocol)
{
	__u32 rest;
	__u8 *header;

	if (protocol != IPPROTO_TCP && protocol != IPPROTO_UDP && protocol != IPPROTO_ICMP &&
	    protocol != IPPROTO_ICMPV6 && protocol != IPPROTO_SCTP && protocol != IPPROTO_DCCP &&
	    protocol != JOPIL_IPPROTO_UDPLITE)
		return 0;
	header = take(c, JOPIL_PORTS_BYTES);
	if (!header)
		return 0;
	p->flags |= JOPIL_PACKET_PORTS;
	p->ports = *(__be32 *)header;
	switch (protocol) {
	case IPPROTO_TCP:
		rest = parse_tcp(c, p);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		p->ports = bpf_htonl(header[0] << 16 | header[1]);
		if (protocol == IPPROTO_ICMP)
			rest = parse_icmp(c, header[0]);
		else
			rest = header[0] >= 1 && header[0] <= 4 ? 4 + sizeof(struct ipv6hdr) + 8
								: 4;
		break;
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
		rest = 8;
		break;
	default:
		rest = 4;
	}
	return rest < c->left ? rest : c->left;
}

/* Everything behind the link layer; type is what parse_ethernet returned. */
static __always_inline void parse_network(struct cursor *c, struct packet *p, int type)
{
	__u32 frame_left = c->left;
	__u32 extra = 0;
	int protocol;

	p->layer3_offset = c->pos - c->data;
	p->header_bytes = p->layer3_offset;
	if (type >= 0 && type <= JOPIL_ETHER_LENGTH_MAX)
		type = 0;
	p->ether_type = type < 0 ? 0 : type;
	switch (type) {
	case ETH_P_IP:
		protocol = parse_ipv4(c, p);
		extra = sizeof(struct iphdr);
		break;
	case ETH_P_IPV6:
		protocol = parse_ipv6(c, p);
		extra = sizeof(struct ipv6hdr);
		break;
	case ETH_P_ARP:
		p->protocol = JOPIL_PROTOCOL_ARP;
		parse_arp(c, p, p->layer3_offset);
		return;
	default:
		p->protocol = type < 0 ? JOPIL_PROTOCOL_MALFORMED : JOPIL_PROTOCOL_NON_IP;
		if (type < 0)
			p->flags |= JOPIL_PACKET_MALFORMED;
		return;
	}
	if (protocol < 0) {
		p->protocol = JOPIL_PROTOCOL_MALFORMED;
		p->flags = (p->flags & JOPIL_PACKET_VLAN_ACCELERATED) | JOPIL_PACKET_MALFORMED;
		p->header_bytes += extra < frame_left ? extra : frame_left;
		return;
	}
	p->flags |= JOPIL_PACKET_IP;
	p->protocol = protocol & 0xff;
	p->ip_protocol = protocol;
	p->layer4_offset = c->pos - c->data;
	extra = 0;
	if (!(p->flags & JOPIL_PACKET_LATER_FRAGMENT))
		extra = parse_transport(c, p, protocol);
	p->header_bytes = (c->pos - c->data) + extra;
	p->payload_bytes = c->left - extra;
}

#endif
