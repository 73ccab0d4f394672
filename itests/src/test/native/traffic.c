// SPDX-License-Identifier: Apache-2.0
/*
 * Known traffic for the stories: what is sent follows from a seed, and the
 * truth (packets and bytes per flow and protocol) is printed by the sender.
 *
 *   traffic mix IF SIDE SEED FLOWS PACKETS PPS PEER_MAC [TRUTH]
 *       Mixed frames by AF_PACKET. Both sides walk the same schedule; SIDE
 *       a or b sends its half. TCP with handshake and FIN, UDP, DNS, ICMP and
 *       ICMPv6 echo, IPv6, VLAN, QinQ, IPv4 and IPv6 fragments, SCTP, ARP.
 *       TRUTH gets a line a flow: protocol, addresses, ports, vlan, packets
 *       and bytes in each direction, of both sides together.
 *   traffic send ADDRESS PORT COUNT PPS
 *   traffic receive ADDRESS PORT COUNT IDLE_SECONDS
 *       UDP with sequence numbers; the receiver prints received, distinct,
 *       duplicated, and the first numbers that are missing. It ends when all
 *       are in or nothing came for a while.
 *   traffic tcp-receive ADDRESS PORT BYTES
 *   traffic tcp-send ADDRESS PORT BYTES
 *       One TCP connection. The sender prints what its kernel counted
 *       (TCP_INFO: segs_out, segs_in, bytes_sent) once all is acknowledged, and
 *       keeps the connection open until it is ended: nothing more is sent.
 *       The receiver prints its own segs_in and segs_out when it has BYTES and
 *       has sent nothing more for a while: frames can be lost in between.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Waits until packet number sent is due; ticks of 200 us keep it smooth. */
static void pace(uint64_t start, uint64_t sent, uint64_t pps)
{
	uint64_t due = start + sent * 1000000000ull / pps, now = now_ns();

	if (due > now + 200000) {
		struct timespec t = { (due - now) / 1000000000ull,
				      (due - now) % 1000000000ull };

		nanosleep(&t, NULL);
	}
}

static uint64_t random_state;

static uint64_t random_next(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

enum kind { TCP4, UDP4, DNS4, ICMP4, FRAGMENT4, SCTP4, TCP6, UDP6, ICMP6, FRAGMENT6, VLAN_TCP4, VLAN_UDP6, QINQ_UDP4, ARP, KINDS };

struct flow {
	enum kind kind;
	int ipv6, protocol, vlan, inner_vlan;
	uint16_t ports[2];
	uint32_t number;
	int step; /* packets so far */
	int fin;
	uint64_t packets[2], bytes[2]; /* by side */
};

static uint16_t checksum(const uint8_t *p, int n, uint32_t sum)
{
	for (int i = 0; i + 1 < n; i += 2)
		sum += p[i] << 8 | p[i + 1];
	if (n & 1)
		sum += p[n - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void put16(uint8_t *p, unsigned v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* 198.18.0.0/15 (RFC 2544) and 2001:db8::/32 (RFC 3849): nobody answers. */
static void address4(uint8_t *p, int side, uint32_t number)
{
	put32(p, (side ? 0xc6130000u : 0xc6120000u) + (number & 0xffff));
}

static void address6(uint8_t *p, int side, uint32_t number)
{
	memset(p, 0, 16);
	put32(p, 0x20010db8);
	p[7] = side ? 0xb : 0xa;
	put32(p + 12, number + 1);
}

static int layer2(uint8_t *p, const struct flow *f, const uint8_t *dst, const uint8_t *src, int type)
{
	int n = 12;

	memcpy(p, dst, 6);
	memcpy(p + 6, src, 6);
	if (f->inner_vlan) {
		put16(p + n, 0x88a8);
		put16(p + n + 2, f->vlan);
		put16(p + n + 4, 0x8100);
		put16(p + n + 6, f->inner_vlan);
		n += 8;
	} else if (f->vlan) {
		put16(p + n, 0x8100);
		put16(p + n + 2, f->vlan);
		n += 4;
	}
	put16(p + n, type);
	return n + 2;
}

static int layer4(uint8_t *p, struct flow *f, int side, int payload)
{
	uint16_t sport = f->ports[side], dport = f->ports[!side];

	switch (f->protocol) {
	case IPPROTO_TCP:
		put16(p, sport);
		put16(p + 2, dport);
		put32(p + 4, f->step);
		put32(p + 8, f->step);
		p[12] = 5 << 4;
		p[13] = f->step == 0 ? 0x02 : f->step == 1 ? 0x12 : f->fin ? 0x11 : 0x18;
		put16(p + 14, 65535);
		put32(p + 16, 0);
		memset(p + 20, 'x', payload);
		return 20 + payload;
	case IPPROTO_UDP:
		put16(p, sport);
		put16(p + 2, dport);
		put16(p + 4, 8 + payload);
		put16(p + 6, 0);
		memset(p + 8, 'u', payload);
		return 8 + payload;
	case IPPROTO_SCTP:
		put16(p, sport);
		put16(p + 2, dport);
		memset(p + 4, 0, 8);
		memset(p + 12, 0, payload);
		return 12 + payload;
	default: /* echo */
		p[0] = f->protocol == IPPROTO_ICMP ? (side ? 0 : 8) : (side ? 129 : 128);
		p[1] = 0;
		put16(p + 2, 0);
		put16(p + 4, f->number);
		put16(p + 6, f->step);
		memset(p + 8, 'p', payload);
		if (f->protocol == IPPROTO_ICMP)
			put16(p + 2, checksum(p, 8 + payload, 0));
		return 8 + payload;
	}
}

/* A DNS query for one name of 8 letters, or its answer with one address. */
static int dns(uint8_t *p, struct flow *f, int side)
{
	static const uint8_t question[] = { 8, 'j', 'o', 'p', 'i', 'l', 'a', 'p', 'p', 4, 't', 'e', 's', 't', 0, 0, 1, 0, 1 };
	static const uint8_t answer[] = { 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 19, 0, 1 };
	int n = 12;

	put16(p, f->step / 2);
	put16(p + 2, side ? 0x8180 : 0x0100);
	put16(p + 4, 1);
	put16(p + 6, side);
	put32(p + 8, 0);
	memcpy(p + n, question, sizeof(question));
	n += sizeof(question);
	if (side) {
		memcpy(p + n, answer, sizeof(answer));
		n += sizeof(answer);
	}
	return n;
}

static int ipv4(uint8_t *p, struct flow *f, int side, int length, int offset, int more, int id)
{
	p[0] = 0x45;
	p[1] = 0;
	put16(p + 2, 20 + length);
	put16(p + 4, id);
	put16(p + 6, (more ? 0x2000 : 0) | offset / 8);
	p[8] = 64;
	p[9] = f->protocol;
	put16(p + 10, 0);
	address4(p + 12, side, f->number);
	address4(p + 16, !side, f->number);
	put16(p + 10, checksum(p, 20, 0));
	return 20;
}

static int ipv6(uint8_t *p, struct flow *f, int side, int length, int fragment, int offset, int more, int id)
{
	put32(p, 0x60000000);
	put16(p + 4, length + (fragment ? 8 : 0));
	p[6] = fragment ? 44 : f->protocol;
	p[7] = 64;
	address6(p + 8, side, f->number);
	address6(p + 24, !side, f->number);
	if (!fragment)
		return 40;
	p[40] = f->protocol;
	p[41] = 0;
	put16(p + 42, offset | more);
	put32(p + 44, id);
	return 48;
}

static void flow_make(struct flow *f, uint32_t number)
{
	memset(f, 0, sizeof(*f));
	f->number = number;
	f->kind = number < KINDS ? number : random_next() % KINDS;
	f->ports[0] = 20000 + number % 40000;
	f->ports[1] = 1 + random_next() % 1023;
	if (f->kind == DNS4)
		f->ports[1] = 53;
	f->ipv6 = f->kind == TCP6 || f->kind == UDP6 || f->kind == ICMP6 || f->kind == FRAGMENT6 || f->kind == VLAN_UDP6;
	switch (f->kind) {
	case TCP4:
	case TCP6:
	case VLAN_TCP4:
		f->protocol = IPPROTO_TCP;
		break;
	case ICMP4:
		f->protocol = IPPROTO_ICMP;
		break;
	case ICMP6:
		f->protocol = IPPROTO_ICMPV6;
		break;
	case SCTP4:
		f->protocol = IPPROTO_SCTP;
		break;
	default:
		f->protocol = IPPROTO_UDP;
	}
	if (f->kind == VLAN_TCP4 || f->kind == VLAN_UDP6)
		f->vlan = 1 + number % 4000;
	if (f->kind == QINQ_UDP4) {
		f->vlan = 100;
		f->inner_vlan = 1 + number % 4000;
	}
}

/* Frames of one packet of the flow into out; returns how many. */
static int packet_make(struct flow *f, int side, const uint8_t *dst, const uint8_t *src, uint8_t out[3][2048], int lengths[3])
{
	uint8_t body[4096];
	int payload = random_next() % 400, count = 1, n;

	f->fin = f->protocol == IPPROTO_TCP && random_next() % 64 == 0 && f->step > 4;
	if (f->kind == ARP) {
		n = layer2(out[0], f, dst, src, ETHERTYPE_ARP);
		memset(out[0] + n, 0, 28);
		put16(out[0] + n, 1);
		put16(out[0] + n + 2, 0x0800);
		out[0][n + 4] = 6;
		out[0][n + 5] = 4;
		put16(out[0] + n + 6, 2); /* a reply for nobody: no answer */
		memcpy(out[0] + n + 8, src, 6);
		address4(out[0] + n + 14, side, f->number);
		memcpy(out[0] + n + 18, dst, 6);
		address4(out[0] + n + 24, !side, f->number);
		lengths[0] = n + 28;
	} else if (f->kind == FRAGMENT4 || f->kind == FRAGMENT6) {
		int total, at = 0;

		payload += 1600;
		total = layer4(body, f, side, payload);
		for (count = 0; at < total; count++) {
			int part = total - at > 960 ? 960 : total - at, more = at + part < total;

			n = layer2(out[count], f, dst, src, f->ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
			n += f->ipv6 ? ipv6(out[count] + n, f, side, part, 1, at, more, f->step) :
				       ipv4(out[count] + n, f, side, part, at, more, f->step);
			memcpy(out[count] + n, body + at, part);
			lengths[count] = n + part;
			at += part;
		}
	} else {
		int total;

		if (f->kind == DNS4) {
			total = 8 + dns(body + 8, f, side);
			put16(body, f->ports[side]);
			put16(body + 2, f->ports[!side]);
			put16(body + 4, total);
			put16(body + 6, 0);
		} else {
			total = layer4(body, f, side, payload);
		}
		n = layer2(out[0], f, dst, src, f->ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
		n += f->ipv6 ? ipv6(out[0] + n, f, side, total, 0, 0, 0, 0) : ipv4(out[0] + n, f, side, total, 0, 0, f->step);
		memcpy(out[0] + n, body, total);
		lengths[0] = n + total;
	}
	for (int i = 0; i < count; i++) {
		f->packets[side]++;
		f->bytes[side] += lengths[i];
	}
	f->step++;
	return count;
}

static const char *const kind_names[] = { "tcp", "udp", "udp", "icmp", "udp-fragment", "sctp", "tcp", "udp", "icmpv6", "udp-fragment", "tcp", "udp", "udp", "arp" };

static void truth_print(const char *path, const struct flow *flows, int count)
{
	FILE *out = fopen(path, "w");

	if (!out)
		fail(path);
	for (int i = 0; i < count; i++) {
		const struct flow *f = &flows[i];
		char a[64], b[64];
		uint8_t raw[2][16];

		for (int side = 0; side < 2; side++)
			f->ipv6 ? address6(raw[side], side, f->number) : address4(raw[side], side, f->number);
		inet_ntop(f->ipv6 ? AF_INET6 : AF_INET, raw[0], a, sizeof(a));
		inet_ntop(f->ipv6 ? AF_INET6 : AF_INET, raw[1], b, sizeof(b));
		fprintf(out, "%s\t%s\t%u\t%s\t%u\t%d\t%d\t%llu\t%llu\t%llu\t%llu\n", kind_names[f->kind], a, f->ports[0], b,
			f->ports[1], f->vlan, f->inner_vlan, (unsigned long long)f->packets[0], (unsigned long long)f->bytes[0],
			(unsigned long long)f->packets[1], (unsigned long long)f->bytes[1]);
	}
	fclose(out);
}

static int mix(int argc, char **argv)
{
	if (argc < 9) {
		fprintf(stderr, "usage: traffic mix IF SIDE SEED FLOWS PACKETS PPS PEER_MAC [TRUTH]\n");
		return 2;
	}
	int side = argv[3][0] == 'b', flow_count = atoi(argv[5]);
	uint64_t packets = strtoull(argv[6], NULL, 10), pps = strtoull(argv[7], NULL, 10);
	struct flow *flows = calloc(flow_count, sizeof(*flows));
	uint8_t mine[6], peer[6];
	struct ifreq request = { 0 };
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	if (fd < 0)
		fail("socket");
	strncpy(request.ifr_name, argv[2], IFNAMSIZ - 1);
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		fail(argv[2]);
	memcpy(mine, request.ifr_hwaddr.sa_data, 6);
	if (sscanf(argv[8], "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &peer[0], &peer[1], &peer[2], &peer[3], &peer[4], &peer[5]) != 6)
		return fprintf(stderr, "bad address %s\n", argv[8]), 2;
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(argv[2]), .sll_halen = 6 };

	if (bind(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("bind");
	random_state = strtoull(argv[4], NULL, 10);
	for (int i = 0; i < flow_count; i++)
		flow_make(&flows[i], i);

	uint64_t start = now_ns(), sent = 0, sent_bytes = 0, made = 0;

	while (made < packets) {
		uint8_t frames[3][2048];
		int lengths[3];
		struct flow *f = &flows[made < (uint64_t)flow_count ? made : random_next() % flow_count];
		/* the opener sends first, then the answer, then either */
		int from = f->step == 0 ? 0 : f->step == 1 ? 1 : random_next() & 1;
		int count = packet_make(f, from, from == side ? peer : mine, from == side ? mine : peer, frames, lengths);

		made += count;
		if (from != side)
			continue;
		for (int i = 0; i < count; i++) {
			while (send(fd, frames[i], lengths[i], 0) < 0)
				if (errno != ENOBUFS && errno != EINTR)
					fail("send");
			sent++;
			sent_bytes += lengths[i];
		}
		pace(start, sent, pps);
	}
	if (argc > 9)
		truth_print(argv[9], flows, flow_count);
	printf("sent\t%llu\nbytes\t%llu\nseconds\t%.3f\n", (unsigned long long)sent, (unsigned long long)sent_bytes,
	       (now_ns() - start) / 1e9);
	return 0;
}

static int udp_socket(const char *address, const char *port, struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		fail("socket");
	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons(atoi(port));
	if (inet_pton(AF_INET, address, &to->sin_addr) != 1)
		fail(address);
	return fd;
}

static int send_sequence(char **argv)
{
	struct sockaddr_in to;
	int fd = udp_socket(argv[2], argv[3], &to);
	uint64_t count = strtoull(argv[4], NULL, 10), pps = strtoull(argv[5], NULL, 10), start = now_ns();

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	for (uint64_t i = 0; i < count; i++) {
		while (send(fd, &i, sizeof(i), 0) < 0)
			if (errno != ENOBUFS && errno != EINTR && errno != ECONNREFUSED)
				fail("send");
		pace(start, i + 1, pps);
	}
	printf("sent\t%llu\nseconds\t%.3f\n", (unsigned long long)count, (now_ns() - start) / 1e9);
	return 0;
}

#define MISSING_SHOWN 16

static int receive_sequence(char **argv)
{
	struct sockaddr_in at;
	int fd = udp_socket(argv[2], argv[3], &at), buffer = 64 << 20;
	uint64_t count = strtoull(argv[4], NULL, 10), distinct = 0, received = 0, number;
	struct timeval idle = { atoi(argv[5]), 0 };
	uint8_t *seen = calloc(count / 8 + 1, 1);
	int shown = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof(buffer));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &idle, sizeof(idle));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind");
	printf("ready\n");
	fflush(stdout);
	while (distinct < count && recv(fd, &number, sizeof(number), 0) == sizeof(number)) {
		received++;
		if (number < count && !(seen[number / 8] & 1 << number % 8)) {
			seen[number / 8] |= 1 << number % 8;
			distinct++;
		}
	}
	printf("received\t%llu\ndistinct\t%llu\nduplicated\t%llu\n", (unsigned long long)received, (unsigned long long)distinct,
	       (unsigned long long)(received - distinct));
	for (number = 0; number < count && shown < MISSING_SHOWN; number++)
		if (!(seen[number / 8] & 1 << number % 8)) {
			printf("missing %llu\n", (unsigned long long)number);
			shown++;
		}
	return distinct == count ? 0 : 1;
}

static int tcp_socket(const char *address, const char *port, struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		fail("socket");
	memset(to, 0, sizeof(*to));
	to->sin_family = AF_INET;
	to->sin_port = htons(atoi(port));
	if (inet_pton(AF_INET, address, &to->sin_addr) != 1)
		fail(address);
	return fd;
}

static int tcp_receive(char **argv)
{
	static char buffer[1 << 18];
	struct sockaddr_in at;
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	uint64_t left = strtoull(argv[4], NULL, 10);
	int fd = tcp_socket(argv[2], argv[3], &at), one = 1, peer;
	uint32_t before;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 1))
		fail("listen");
	printf("ready\n");
	fflush(stdout);
	peer = accept(fd, NULL, NULL);
	while (left && (n = recv(peer, buffer, sizeof(buffer), 0)) > 0)
		left -= n;
	do {
		before = info.tcpi_segs_out;
		usleep(500000);
		if (getsockopt(peer, IPPROTO_TCP, TCP_INFO, &info, &size))
			fail("TCP_INFO");
	} while (info.tcpi_segs_out != before);
	printf("segs_out\t%u\nsegs_in\t%u\n", info.tcpi_segs_out, info.tcpi_segs_in);
	fflush(stdout);
	pause();
	return 0;
}

static int tcp_send(char **argv)
{
	static char buffer[1 << 16];
	struct sockaddr_in to;
	struct tcp_info info = { 0 };
	socklen_t size = sizeof(info);
	int fd = tcp_socket(argv[2], argv[3], &to);
	uint64_t left = strtoull(argv[4], NULL, 10);
	uint32_t before;

	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	while (left) {
		ssize_t n = send(fd, buffer, left < sizeof(buffer) ? left : sizeof(buffer), 0);

		if (n < 0)
			fail("send");
		left -= n;
	}
	/* who reads on sends window updates after the last acknowledgement */
	do {
		before = info.tcpi_segs_in;
		usleep(500000);
		if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size))
			fail("TCP_INFO");
	} while (info.tcpi_unacked || info.tcpi_notsent_bytes || info.tcpi_segs_in != before);
	printf("segs_out\t%u\nsegs_in\t%u\nbytes_sent\t%llu\n", info.tcpi_segs_out, info.tcpi_segs_in,
	       (unsigned long long)info.tcpi_bytes_sent);
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "mix"))
		return mix(argc, argv);
	if (argc == 6 && !strcmp(argv[1], "send"))
		return send_sequence(argv);
	if (argc == 6 && !strcmp(argv[1], "receive"))
		return receive_sequence(argv);
	if (argc == 5 && !strcmp(argv[1], "tcp-receive"))
		return tcp_receive(argv);
	if (argc == 5 && !strcmp(argv[1], "tcp-send"))
		return tcp_send(argv);
	fprintf(stderr, "usage: traffic mix|send|receive|tcp-send|tcp-receive …, see the source\n");
	return 2;
}
