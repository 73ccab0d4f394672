// SPDX-License-Identifier: Apache-2.0
/*
 * Packets that a kernel has to drop, each kind an exact number of times.
 *
 *   drops send PLAN PPS
 *       Raw IPv4. PLAN has a line a kind, eleven words: name, source, destination,
 *       protocol (17 or 6), source port, destination port, TTL, words of
 *       df,bad,syn,ack,vary joined by commas or -, payload bytes, sequence number,
 *       count. df: don't fragment; bad: wrong checksum of UDP or TCP; vary: every
 *       packet from the next source port. All kinds are sent in turn. Prints the
 *       number sent of each kind; what the own kernel refused with EPERM was
 *       dropped on its way out and counts as sent.
 *   drops full ADDRESS PORT
 *       A UDP socket that has no room for another datagram and is never read.
 *   drops listen ADDRESS PORT BACKLOG
 *       A TCP socket that accepts nobody.
 *   drops overflow IF SOURCE ADDRESS PORT BACKLOG COUNT PPS
 *       Fills the accept queue of `drops listen`, then sends the last ACK of one
 *       more handshake COUNT times. SOURCE is nobody's address that is routed
 *       here, so that no kernel answers with RST; its SYN-ACKs are taken off IF.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KINDS 64
#define HEADERS 40

struct kind {
	char name[32], flags[64];
	in_addr_t from, to;
	int protocol, from_port, to_port, ttl, payload;
	uint32_t sequence, acknowledged;
	uint64_t count, sent;
};

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

static void pace(uint64_t start, uint64_t sent, uint64_t pps)
{
	uint64_t due = start + sent * 1000000000ull / pps, now = now_ns();

	if (due > now + 200000) {
		struct timespec t = { (due - now) / 1000000000ull, (due - now) % 1000000000ull };

		nanosleep(&t, NULL);
	}
}

static uint32_t sum(const void *data, int bytes, uint32_t so_far)
{
	const uint8_t *p = data;

	for (int i = 0; i + 1 < bytes; i += 2)
		so_far += p[i] << 8 | p[i + 1];
	if (bytes & 1)
		so_far += p[bytes - 1] << 8;
	return so_far;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return ~s;
}

static in_addr_t address(const char *text)
{
	struct in_addr a;

	if (inet_pton(AF_INET, text, &a) != 1)
		fail(text);
	return a.s_addr;
}

/* One packet from its IP header on; the kernel fills in that header's checksum. Returns its length. */
static int make(const struct kind *k, uint8_t *p)
{
	int vary = strstr(k->flags, "vary") ? k->sent : 0;
	int header = k->protocol == IPPROTO_TCP ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	int bytes = header + k->payload;
	struct iphdr *ip = (void *)p;
	struct udphdr *udp = (void *)(ip + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	uint16_t check;

	memset(p, 0, sizeof(*ip) + header);
	memset(p + sizeof(*ip) + header, 'd', k->payload);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + bytes);
	ip->frag_off = strstr(k->flags, "df") ? htons(IP_DF) : 0;
	ip->ttl = k->ttl;
	ip->protocol = k->protocol;
	ip->saddr = k->from;
	ip->daddr = k->to;
	/* source and destination port are at the same place in both */
	udp->source = htons(k->from_port + vary);
	udp->dest = htons(k->to_port);
	if (k->protocol == IPPROTO_TCP) {
		tcp->seq = htonl(k->sequence);
		tcp->ack_seq = htonl(k->acknowledged);
		tcp->doff = sizeof(*tcp) / 4;
		tcp->syn = !!strstr(k->flags, "syn");
		tcp->ack = !!strstr(k->flags, "ack");
		tcp->window = htons(64240);
	} else {
		udp->len = htons(bytes);
	}
	check = fold(sum(udp, bytes, sum(&ip->saddr, 8, k->protocol + bytes)));
	if (strstr(k->flags, "bad"))
		check ^= 0x5555;
	if (k->protocol == IPPROTO_TCP)
		tcp->check = htons(check);
	else
		udp->check = htons(check ? check : 0xffff);
	return sizeof(*ip) + bytes;
}

static int raw_socket(void)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	if (fd < 0)
		fail("socket");
	return fd;
}

static void send_one(int fd, struct kind *k)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = k->to };
	uint8_t packet[HEADERS + 2048];
	int bytes = make(k, packet);

	while (sendto(fd, packet, bytes, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno == EPERM)
			break;
		if (errno != ENOBUFS && errno != EINTR)
			fail(k->name);
	}
	k->sent++;
}

static int read_plan(const char *path, struct kind *kinds)
{
	FILE *in = fopen(path, "r");
	char from[64], to[64];
	int n = 0;

	if (!in)
		fail(path);
	for (struct kind *k = kinds; n < KINDS; n++, k++) {
		unsigned long long count;

		if (fscanf(in, "%31s %63s %63s %d %d %d %d %63s %d %u %llu", k->name, from, to, &k->protocol, &k->from_port,
			   &k->to_port, &k->ttl, k->flags, &k->payload, &k->sequence, &count) != 11)
			break;
		if (k->payload < 0 || k->payload > 2000)
			fail(k->name);
		k->from = address(from);
		k->to = address(to);
		k->count = count;
	}
	fclose(in);
	return n;
}

static int send_plan(char **argv)
{
	static struct kind kinds[KINDS];
	int n = read_plan(argv[2], kinds), fd = raw_socket();
	uint64_t pps = strtoull(argv[3], NULL, 10), start = now_ns(), sent = 0, before;

	do {
		before = sent;
		for (int i = 0; i < n; i++) {
			if (kinds[i].sent == kinds[i].count)
				continue;
			send_one(fd, &kinds[i]);
			pace(start, ++sent, pps);
		}
	} while (sent != before);
	for (int i = 0; i < n; i++)
		printf("%s\t%llu\n", kinds[i].name, (unsigned long long)kinds[i].sent);
	return 0;
}

static struct sockaddr_in endpoint(char **argv)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(atoi(argv[1])), .sin_addr.s_addr = address(argv[0]) };
}

static void stay(void)
{
	printf("ready\n");
	fflush(stdout);
	pause();
}

static int full(char **argv)
{
	static char datagram[8192];
	struct sockaddr_in at = endpoint(argv + 2);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), least = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof(least));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind");
	/* the first one is always let in, and this one is larger than the buffer */
	if (sendto(fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&at, sizeof(at)) < 0)
		fail("sendto");
	stay();
	return 0;
}

static int accept_nobody(char **argv)
{
	struct sockaddr_in at = endpoint(argv + 2);
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, atoi(argv[4])))
		fail("listen");
	stay();
	return 0;
}

/* Waits for the SYN-ACK to a port; returns its sequence number. */
static uint32_t syn_ack(int wire, int port)
{
	uint8_t packet[2048];
	ssize_t n;

	while ((n = recv(wire, packet, sizeof(packet), 0)) > 0) {
		struct iphdr *ip = (void *)packet;
		struct tcphdr *tcp = (void *)(packet + ip->ihl * 4);

		if (n >= HEADERS && ip->protocol == IPPROTO_TCP && ntohs(tcp->dest) == port && tcp->syn && tcp->ack)
			return ntohl(tcp->seq);
	}
	fail("SYN-ACK");
	return 0;
}

static int overflow(char **argv)
{
	struct sockaddr_in at = endpoint(argv + 4);
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP), .sll_ifindex = if_nametoindex(argv[2]) };
	struct timeval patience = { 5, 0 };
	int wire = socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_IP)), fd = raw_socket(), backlog = atoi(argv[6]);
	uint64_t count = strtoull(argv[7], NULL, 10), pps = strtoull(argv[8], NULL, 10), start;
	struct kind syn = { .name = "syn", .flags = "syn", .from = address(argv[3]), .to = at.sin_addr.s_addr,
			    .protocol = IPPROTO_TCP, .from_port = 30000, .to_port = ntohs(at.sin_port), .ttl = 64, .sequence = 100 };
	struct kind ack, completed = { 0 };

	if (wire < 0 || bind(wire, (struct sockaddr *)&link, sizeof(link)))
		fail("packet socket");
	setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* full is one more than the backlog; the last two begin before it is full, for then no SYN is answered */
	for (int i = 0; i < backlog + 2; i++) {
		send_one(fd, &syn);
		ack = syn;
		strcpy(ack.name, "ack");
		strcpy(ack.flags, "ack");
		ack.sequence++;
		ack.acknowledged = syn_ack(wire, syn.from_port) + 1;
		if (i < backlog)
			send_one(fd, &ack);
		else if (i == backlog)
			completed = ack;
		syn.from_port++;
	}
	send_one(fd, &completed);
	start = now_ns();
	for (ack.sent = 0; ack.sent < count;) {
		send_one(fd, &ack);
		pace(start, ack.sent, pps);
	}
	printf("syn\t%d\nack\t%llu\n", backlog + 2, (unsigned long long)count);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "send"))
		return send_plan(argv);
	if (argc == 4 && !strcmp(argv[1], "full"))
		return full(argv);
	if (argc == 5 && !strcmp(argv[1], "listen"))
		return accept_nobody(argv);
	if (argc == 9 && !strcmp(argv[1], "overflow"))
		return overflow(argv);
	fprintf(stderr, "usage: drops send|full|listen|overflow …, see the source\n");
	return 2;
}
