// SPDX-License-Identifier: Apache-2.0
/*
 * Messages that wait, and for how long by their own clock: each carries the time at which it was sent.
 *
 *   waits udp-receive|tcp-receive ADDRESS PORT COUNT SLEEP_US
 *       Sleeps when a message has come, then reads it. Prints how long the messages waited: from the send to
 *       the begin of the read; if it does not sleep, to the stamp that UDP messages get as they arrive.
 *   waits udp-send|tcp-send ADDRESS PORT COUNT BYTES BURST INTERVAL_US
 *       A burst of so many at once, then a pause. Messages of TCP have 64 bytes.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TCP_BYTES 64

static char message[2048];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

struct stamps {
	uint64_t mono_ns;
	uint64_t epoch_ns;
};

static uint64_t ns_of(const struct timespec *t)
{
	return t->tv_sec * 1000000000ull + t->tv_nsec;
}

static uint64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return ns_of(&t);
}

static int open_socket(char **argv, struct sockaddr_in *at)
{
	int fd = socket(AF_INET, argv[1][0] == 't' ? SOCK_STREAM : SOCK_DGRAM, 0);

	if (fd < 0)
		fail("socket");
	memset(at, 0, sizeof(*at));
	at->sin_family = AF_INET;
	at->sin_port = htons(atoi(argv[3]));
	if (inet_pton(AF_INET, argv[2], &at->sin_addr) != 1)
		fail(argv[2]);
	return fd;
}

/* Returns when it arrived; 0 = not known. */
static uint64_t read_message(int fd, size_t bytes)
{
	char control[256] __attribute__((aligned(8)));
	struct iovec data = { .iov_base = message, .iov_len = bytes };
	struct msghdr header = { .msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct cmsghdr *c;

	if (recvmsg(fd, &header, 0) < TCP_BYTES)
		fail("recvmsg");
	for (c = CMSG_FIRSTHDR(&header); c; c = CMSG_NXTHDR(&header, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPNS)
			return ns_of((struct timespec *)CMSG_DATA(c));
	return 0;
}

static int by_time(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int receive(char **argv)
{
	int count = atoi(argv[4]), sleep_us = atoi(argv[5]), tcp = argv[1][0] == 't', one = 1, fd;
	uint64_t *waited = calloc(count, sizeof(*waited)), before, arrived;
	struct sockaddr_in at;
	struct stamps sent;

	fd = open_socket(argv, &at);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		fail("bind");
	if (tcp && listen(fd, 1))
		fail("listen");
	printf("ready\n");
	fflush(stdout);
	if (tcp)
		fd = accept(fd, NULL, NULL);
	for (int i = 0; i < count; i++) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };

		if (poll(&readable, 1, 10000) != 1)
			fail("poll");
		if (sleep_us)
			usleep(sleep_us);
		before = now_ns(CLOCK_MONOTONIC);
		/* on a busy machine the next one may stand behind it already */
		arrived = read_message(fd, tcp ? TCP_BYTES : sizeof(message));
		memcpy(&sent, message, sizeof(sent));
		waited[i] = sleep_us ? before - sent.mono_ns : arrived - sent.epoch_ns;
	}
	qsort(waited, count, sizeof(*waited), by_time);
	printf("p50_ns\t%llu\np95_ns\t%llu\nmax_ns\t%llu\n", (unsigned long long)waited[(count - 1) / 2],
	       (unsigned long long)waited[(count * 95 + 99) / 100 - 1],
	       (unsigned long long)waited[count - 1]);
	fflush(stdout);
	/* its name can be asked for as long as it is there */
	pause();
	return 0;
}

static int send_all(char **argv)
{
	int count = atoi(argv[4]), bytes = atoi(argv[5]), burst = atoi(argv[6]), one = 1, fd;
	struct sockaddr_in to;
	struct stamps sent;

	fd = open_socket(argv, &to);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		fail("connect");
	if (argv[1][0] == 't')
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	for (int i = 0; i < count; i++) {
		if (i && i % burst == 0)
			usleep(atoi(argv[7]));
		sent.epoch_ns = now_ns(CLOCK_REALTIME);
		sent.mono_ns = now_ns(CLOCK_MONOTONIC);
		memcpy(message, &sent, sizeof(sent));
		if (send(fd, message, bytes, 0) != bytes)
			fail("send");
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 6)
		return receive(argv);
	if (argc == 8)
		return send_all(argv);
	fprintf(stderr, "usage: waits udp-receive|tcp-receive|udp-send|tcp-send …, see the source\n");
	return 2;
}
