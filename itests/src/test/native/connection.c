// SPDX-License-Identifier: Apache-2.0
/*
 * One TCP connection that says how it was.
 *   connection listen ADDRESS PORT BYTES   "listening", accepts one, reads so much
 *   connection connect ADDRESS PORT BYTES  connects, writes so much, waits until all is acknowledged
 * Then both print "port", the local one, and the fields of TCP_INFO, "quiet", and hold the
 * connection. On SIGTERM they print the fields once more, each after "end.", and close with a
 * reset. They give up after 60 s.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_S 60
#define QUIET_MS 500

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static void print(const char *prefix, const char *name, unsigned long long value)
{
	printf("%s%s\t%llu\n", prefix, name, value);
}

static void tell(int fd, const char *prefix)
{
	struct tcp_info i = { 0 };
	socklen_t length = sizeof(i);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &i, &length))
		fail("TCP_INFO");
	print(prefix, "srtt_us", i.tcpi_rtt);
	print(prefix, "rttvar_us", i.tcpi_rttvar);
	print(prefix, "min_rtt_us", i.tcpi_min_rtt);
	print(prefix, "retransmits", i.tcpi_total_retrans);
	print(prefix, "out_of_order", i.tcpi_rcv_ooopack);
	print(prefix, "duplicates", i.tcpi_dsack_dups);
	print(prefix, "cwnd", i.tcpi_snd_cwnd);
	print(prefix, "ssthresh", i.tcpi_snd_ssthresh);
	print(prefix, "mss", i.tcpi_snd_mss);
	print(prefix, "bytes_acked", i.tcpi_bytes_acked);
	print(prefix, "bytes_received", i.tcpi_bytes_received);
	print(prefix, "segments_out", i.tcpi_segs_out);
	print(prefix, "segments_in", i.tcpi_segs_in);
}

static void write_all(int fd, size_t bytes)
{
	static char data[65536];
	int unsent = 1;

	while (bytes) {
		ssize_t n = write(fd, data, bytes < sizeof(data) ? bytes : sizeof(data));

		if (n < 0)
			fail("write");
		bytes -= n;
	}
	while (unsent) {
		sleep_ms(1);
		if (ioctl(fd, SIOCOUTQ, &unsent))
			fail("SIOCOUTQ");
	}
}

static void read_all(int fd, size_t bytes)
{
	static char data[65536];

	while (bytes) {
		ssize_t n = read(fd, data, bytes < sizeof(data) ? bytes : sizeof(data));

		if (n <= 0)
			fail("read");
		bytes -= n;
	}
}

static int accept_one(const struct sockaddr_in *at)
{
	int one = 1, fd, listener = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const struct sockaddr *)at, sizeof(*at)) || listen(listener, 1))
		fail("listen");
	puts("listening");
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		fail("accept");
	close(listener);
	return fd;
}

static int connect_to(const struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)))
		fail("connect");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET }, own;
	struct linger at_once = { .l_onoff = 1 };
	socklen_t length = sizeof(own);
	sigset_t end;
	size_t bytes;
	int fd, number;

	if (argc != 5 || inet_pton(AF_INET, argv[2], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons(atoi(argv[3]));
	bytes = strtoul(argv[4], NULL, 10);
	setvbuf(stdout, NULL, _IOLBF, 0);
	alarm(LIMIT_S);
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	if (!strcmp(argv[1], "listen")) {
		fd = accept_one(&at);
		read_all(fd, bytes);
	} else {
		fd = connect_to(&at);
		write_all(fd, bytes);
	}
	sleep_ms(QUIET_MS);
	getsockname(fd, (struct sockaddr *)&own, &length);
	print("", "port", ntohs(own.sin_port));
	tell(fd, "");
	puts("quiet");
	sigwait(&end, &number);
	tell(fd, "end.");
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(fd);
	return 0;
}
