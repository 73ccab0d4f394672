// SPDX-License-Identifier: Apache-2.0
/*
 * Datagrams that tell which they are by their length.
 *
 *   journey serve ADDRESS PORT COUNT DELAY_MS
 *       Takes datagrams; waits DELAY_MS before it reads each, and sends it back.
 *   journey ask ADDRESS PORT COUNT
 *       Sends one after the other and waits for each answer.
 *   journey sink ADDRESS PORT IDLE_MS
 *       Takes datagrams until none came for so long; prints received.
 *   journey flood ADDRESS PORT COUNT PPS
 *       Sends without asking; prints sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LEAST_BYTES 32
#define LENGTHS 1187 /* a prime: neighbours are far apart */

static char buffer[2048];

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

static size_t length_of(uint64_t number)
{
	return LEAST_BYTES + number * 419 % LENGTHS;
}

static int open_socket(const char *address, const char *port, int listens)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(atoi(port)) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), room = 64 << 20;

	if (fd < 0 || inet_pton(AF_INET, address, &at.sin_addr) != 1)
		fail("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		fail("SO_RCVBUFFORCE");
	if (listens ? bind(fd, (void *)&at, sizeof(at)) : connect(fd, (void *)&at, sizeof(at)))
		fail(address);
	return fd;
}

static void serve(int fd, uint64_t count, unsigned int delay_ms)
{
	for (uint64_t i = 0; i < count; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		ssize_t bytes;

		if (poll(&p, 1, 20000) != 1)
			fail("poll");
		usleep(delay_ms * 1000);
		bytes = recvfrom(fd, buffer, sizeof(buffer), 0, (void *)&from, &size);
		if (bytes < 0 || sendto(fd, buffer, bytes, 0, (void *)&from, size) < 0)
			fail("serve");
	}
}

static void ask(int fd, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (send(fd, buffer, length_of(i), 0) < 0 || poll(&p, 1, 5000) != 1 ||
		    recv(fd, buffer, sizeof(buffer), 0) != (ssize_t)length_of(i))
			fail("ask");
	}
}

static uint64_t sink(int fd, int idle_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t received = 0;
	int wait_ms = 20000;

	while (poll(&p, 1, wait_ms) == 1) {
		while (recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT) >= 0)
			received++;
		wait_ms = idle_ms;
	}
	return received;
}

static void flood(int fd, uint64_t count, uint64_t pps)
{
	uint64_t start = now_ns();

	for (uint64_t i = 0; i < count; i++) {
		uint64_t due = start + i * 1000000000ull / pps, now = now_ns();

		if (due > now + 200000)
			usleep((due - now) / 1000);
		while (send(fd, buffer, length_of(i), 0) < 0)
			if (errno != ECONNREFUSED && errno != ENOBUFS)
				fail("send");
	}
}

int main(int argc, char **argv)
{
	const char *mode = argc > 4 ? argv[1] : "";
	uint64_t count = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	int listens = !strcmp(mode, "serve") || !strcmp(mode, "sink");
	int fd;

	if (argc < 5 || argc > 6) {
		fprintf(stderr, "see the top of journey.c\n");
		return 2;
	}
	fd = open_socket(argv[2], argv[3], listens);
	if (listens) {
		puts("ready\t1");
		fflush(stdout);
	}
	if (!strcmp(mode, "serve"))
		serve(fd, count, atoi(argv[5]));
	else if (!strcmp(mode, "ask"))
		ask(fd, count);
	else if (!strcmp(mode, "sink"))
		printf("received\t%llu\n", (unsigned long long)sink(fd, count));
	else
		flood(fd, count, strtoull(argv[5], NULL, 10));
	if (!strcmp(mode, "flood"))
		printf("sent\t%llu\n", (unsigned long long)count);
	return 0;
}
