// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * What softirq.bpf.o costs a packet: datagrams over the loopback of a namespace of
 * its own, where each one is a run of the receive softirq.
 *   softirq_test OBJECT EMPTY
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define PACKETS 200000
#define ROUNDS 7
#define MOST_PROGRAMS 3
#define LOAD_PPS 200000

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static struct bpf_object *attach(const char *path, struct bpf_link **links)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *program;
	int n = 0;

	if (!object || bpf_object__load(object))
		fail(path);
	bpf_object__for_each_program(program, object) {
		links[n] = bpf_program__attach(program);
		if (!links[n++])
			fail(bpf_program__name(program));
	}
	return object;
}

static void detach(struct bpf_object *object, struct bpf_link **links)
{
	for (int i = 0; i < MOST_PROGRAMS; i++)
		bpf_link__destroy(links[i]);
	bpf_object__close(object);
}

static void loopback_up(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		fail("lo up");
	close(fd);
}

/* System time of this thread, ns a packet. */
static double send_all(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int receiver = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
	socklen_t length = sizeof(to);
	struct timespec before, after;
	char payload[64] = {};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(receiver, (void *)&to, sizeof(to)) ||
	    getsockname(receiver, (void *)&to, &length) || connect(sender, (void *)&to, sizeof(to)))
		fail("sockets");
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	for (int i = 0; i < PACKETS; i++)
		send(sender, payload, sizeof(payload), 0);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	close(receiver);
	close(sender);
	return ((after.tv_sec - before.tv_sec) * 1e9 + after.tv_nsec - before.tv_nsec) / PACKETS;
}

/* With the object at path on its hooks, or with nothing there. */
static double cost_of(const char *path)
{
	struct bpf_link *links[MOST_PROGRAMS] = {};
	struct bpf_object *object = path ? attach(path, links) : NULL;
	double ns = send_all();

	if (object)
		detach(object, links);
	return ns;
}

/* Run times alone, as the kernel measures them, with the cost of the measuring in them. */
static void print_runs(const char *path)
{
	struct bpf_link *links[MOST_PROGRAMS] = {};
	struct bpf_object *object = attach(path, links);
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_program *program;

	send_all();
	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = {};
		__u32 length = sizeof(info);

		if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &length))
			fail("info");
		printf("%-24s %8llu runs %6.1f ns\n", bpf_program__name(program), info.run_cnt,
		       info.run_cnt ? (double)info.run_time_ns / info.run_cnt : 0.0);
	}
	close(stats);
	detach(object, links);
}

static void lower(double *least, double ns)
{
	if (!*least || ns < *least)
		*least = ns;
}

int main(int argc, char **argv)
{
	double none = 0, empty = 0, full = 0, percent;

	if (argc != 3) {
		fprintf(stderr, "usage: softirq_test OBJECT EMPTY\n");
		return 2;
	}
	if (unshare(CLONE_NEWNET))
		fail("unshare");
	loopback_up();
	print_runs(argv[2]);
	print_runs(argv[1]);
	for (int round = 0; round < ROUNDS; round++) {
		lower(&none, cost_of(NULL));
		lower(&empty, cost_of(argv[2]));
		lower(&full, cost_of(argv[1]));
	}
	percent = (full - none) * LOAD_PPS / 1e7;
	printf("ns a packet: none %.0f, empty programs +%.0f, softirq.bpf.o +%.0f: %.2f %% of a "
	       "core at %d packets/s\n",
	       none, empty - none, full - none, percent, LOAD_PPS);
	return 0;
}
