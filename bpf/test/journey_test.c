// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Attaches journey.bpf.o and sends through a veth pair between two network
 * namespaces of its own, which vanish with the process. What the programs say
 * is compared with the clock and the payload of this program. Usage: see usage().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <netinet/ip.h>
#include <linux/tcp.h>
#include <netinet/udp.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "jopil/journey.h"

#define PORT 7007
#define BUCKETS 16384 /* every packet is followed */
#define WAITING 65536
#define TRIPS (1 << 18)
#define MOST_READS (1 << 18)
#define NOBODY (~0U)

enum {
	UDP = IPPROTO_UDP,
	TCP = IPPROTO_TCP,
};

static int failures;
static const char *destination = "10.77.0.2";

static void die(const char *what, int error)
{
	fprintf(stderr, "journey_test: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(2);
}

static void need(int ok, const char *what)
{
	if (!ok)
		die(what, errno);
}

static void check(int ok, const char *what)
{
	printf("  %s  %s\n", ok ? "ok  " : "FAIL", what);
	failures += !ok;
}

static __u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static void pause_us(unsigned int us)
{
	struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L };

	nanosleep(&t, NULL);
}

static void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	need(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

/* --- two hosts ----------------------------------------------------------------- */

struct host {
	int fd;
	__u32 netns;
	__u32 ifindex;
};

static struct host sender, middle, receiver;

static void enter(const struct host *h)
{
	need(!setns(h->fd, CLONE_NEWNET), "setns");
}

static void run(const char *command)
{
	if (system(command)) {
		fprintf(stderr, "journey_test: %s\n", command);
		exit(2);
	}
}

static void make_host(struct host *h)
{
	struct stat s;

	need(!unshare(CLONE_NEWNET), "unshare");
	h->fd = open("/proc/self/ns/net", O_RDONLY);
	need(h->fd >= 0 && !fstat(h->fd, &s), "/proc/self/ns/net");
	h->netns = s.st_ino;
	run("ip link set lo up");
}

static void make_hosts(void)
{
	char command[200];

	make_host(&sender);
	make_host(&receiver);
	snprintf(command, sizeof(command),
		 "ip link add j1 type veth peer name j0 netns /proc/%d/fd/%d", getpid(), sender.fd);
	run(command);
	run("ip addr add 10.77.0.2/24 dev j1 && ip addr add fd77::2/64 dev j1 nodad && ip link set "
	    "j1 up");
	enter(&sender);
	run("ip addr add 10.77.0.1/24 dev j0 && ip addr add fd77::1/64 dev j0 nodad && ip link set "
	    "j0 up");
	run("ping -q -c 1 -W 2 10.77.0.2 > /dev/null");
}

/* A host between the two: a bridge, or with addresses of its own a router. */
static void make_middle(int routes)
{
	char command[300];

	make_host(&middle);
	snprintf(command, sizeof(command),
		 "ip link add m0 type veth peer name k0 netns /proc/%d/fd/%d && "
		 "ip link add m1 type veth peer name k1 netns /proc/%d/fd/%d",
		 getpid(), sender.fd, getpid(), receiver.fd);
	run(command);
	run("ip link set m0 up && ip link set m1 up");
	if (routes)
		run("ip addr add 10.78.0.254/24 dev m0 && ip addr add 10.79.0.254/24 dev m1 && "
		    "echo 1 > /proc/sys/net/ipv4/ip_forward");
	else
		run("ip link add b0 type bridge && ip link set m0 master b0 && "
		    "ip link set m1 master b0 && ip link set b0 up");
	enter(&receiver);
	run(routes ? "ip addr add 10.79.0.2/24 dev k1 && ip link set k1 up && "
		     "ip route add 10.78.0.0/24 via 10.79.0.254"
		   : "ip addr add 10.78.0.2/24 dev k1 && ip link set k1 up");
	enter(&sender);
	run("ip addr add 10.78.0.1/24 dev k0 && ip link set k0 up");
	if (routes)
		run("ip route add 10.79.0.0/24 via 10.78.0.254");
	destination = routes ? "10.79.0.2" : "10.78.0.2";
	snprintf(command, sizeof(command), "ping -q -c 2 -i 0.2 -W 2 %s > /dev/null", destination);
	run(command);
}

static void remove_middle(void)
{
	enter(&sender);
	run("ip link del k0");
	enter(&receiver);
	run("ip link del k1");
	close(middle.fd);
	destination = "10.77.0.2";
}

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static union address address(void)
{
	union address a = {};

	if (strchr(destination, ':')) {
		a.v6.sin6_family = AF_INET6;
		a.v6.sin6_port = htons(PORT);
		inet_pton(AF_INET6, destination, &a.v6.sin6_addr);
	} else {
		a.v4.sin_family = AF_INET;
		a.v4.sin_port = htons(PORT);
		inet_pton(AF_INET, destination, &a.v4.sin_addr);
	}
	return a;
}

static void set_option(int fd, int level, int option, int value)
{
	need(!setsockopt(fd, level, option, &value, sizeof(value)), "setsockopt");
}

/* fds[0] sends, fds[1] receives; connected. */
static void open_pair(int protocol, int fds[2])
{
	union address to = address();
	int listener = -1;

	enter(&receiver);
	fds[1] = socket(to.any.sa_family, protocol == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
	need(fds[1] >= 0, "socket");
	set_option(fds[1], SOL_SOCKET, SO_REUSEADDR, 1);
	set_option(fds[1], SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
	need(!bind(fds[1], &to.any, sizeof(to)), "bind");
	if (protocol == TCP) {
		listener = fds[1];
		need(!listen(listener, 1), "listen");
	}
	enter(&sender);
	fds[0] = socket(to.any.sa_family, protocol == UDP ? SOCK_DGRAM : SOCK_STREAM, 0);
	need(fds[0] >= 0, "socket");
	need(!connect(fds[0], &to.any, sizeof(to)), "connect");
	if (protocol == TCP) {
		set_option(fds[0], IPPROTO_TCP, TCP_NODELAY, 1);
		fds[1] = accept(listener, NULL, NULL);
		need(fds[1] >= 0, "accept");
		close(listener);
	}
}

/* --- the programs --------------------------------------------------------------- */

static const char *const receive_programs[] = { "jopil_receive",
						"jopil_tcp_probe",
						"jopil_data_ready",
						"jopil_copy",
						"jopil_tcp_read",
						"jopil_udp_read",
						NULL };

struct journeys {
	struct bpf_object *object;
	struct bpf_link *links[32];
	int link_count;
	struct ring_buffer *ring;
	pthread_t collector;
	atomic_int done;
};

/* All that a followed packet told of itself. */
struct trip {
	__u64 id;
	__u64 at_ns[JOPIL_JOURNEY_HOOKS]; /* 0 = not seen */
	__u32 number; /* the first word of the payload, NOBODY = none */
	__u32 bytes; /* payload */
	__u32 sequence; /* TCP */
	__u32 tgid; /* of who read it */
	__u32 tid;
	__u32 ended; /* bit: enum jopil_journey_end */
	__u16 devices; /* that received it or sent it */
	__u8 protocol;
	__u8 traced;
	char comm[16];
};

static struct trip *trips;
static unsigned long events_read, foreign_events;

static struct trip *trip_of(__u64 id, int make)
{
	__u32 at = (id * 0x9e3779b97f4a7c15) >> 46;

	while (trips[at].id && trips[at].id != id)
		at = (at + 1) % TRIPS;
	if (!trips[at].id && !make)
		return NULL;
	trips[at].id = id;
	return &trips[at];
}

/* Whether it is a packet of this test; sets number and bytes. */
static int is_ours(const struct journey_first_event *e, struct trip *t)
{
	int is_v6 = e->data[0] >> 4 == 6;
	__u32 header = is_v6 ? 40 : 20, total;
	const __u8 *l4 = e->data + header;

	if (e->event.captured_bytes < header + 8 || ntohs(*(__be16 *)(l4 + 2)) != PORT)
		return 0;
	total = ntohs(*(__be16 *)(e->data + (is_v6 ? 4 : 2))) + (is_v6 ? 40 : 0);
	t->protocol = e->data[is_v6 ? 6 : 9];
	header += t->protocol == TCP ? (l4[12] >> 4) * 4 : 8;
	t->number = NOBODY;
	t->bytes = total > header ? total - header : 0;
	if (t->bytes >= 4 && e->event.captured_bytes >= header + 4)
		memcpy(&t->number, e->data + header, 4);
	return 1;
}

static int on_event(void *context, void *data, size_t bytes)
{
	const struct journey_event *e = data;
	struct trip first = {}, *t;

	(void)context;
	(void)bytes;
	events_read++;
	if (e->flags & JOPIL_JOURNEY_FIRST) {
		if (!is_ours(data, &first)) {
			foreign_events++;
			return 0;
		}
		t = trip_of(e->id, 1);
		t->number = first.number;
		t->bytes = first.bytes;
		t->protocol = first.protocol;
		t->traced = !!(e->flags & JOPIL_JOURNEY_TRACED);
	} else {
		t = trip_of(e->id, 0);
	}
	if (!t) {
		foreign_events++;
		return 0;
	}
	t->at_ns[e->hook] = e->timestamp_ns;
	t->devices += e->hook == JOPIL_JOURNEY_RECEIVE || e->hook == JOPIL_JOURNEY_XMIT;
	if (e->hook == JOPIL_JOURNEY_TCP) {
		t->bytes = e->bytes;
		t->sequence = e->sequence;
	}
	if (e->flags & JOPIL_JOURNEY_LAST)
		t->ended |= 1U << e->end;
	if (e->hook == JOPIL_JOURNEY_READ) {
		t->tgid = e->tgid;
		t->tid = e->tid;
		memcpy(t->comm, e->comm, sizeof(t->comm));
	}
	return 0;
}

static void *collect(void *context)
{
	struct journeys *j = context;

	while (!atomic_load(&j->done)) {
		ring_buffer__consume(j->ring);
		pause_us(1000);
	}
	ring_buffer__consume(j->ring);
	return NULL;
}

static void set_config(struct bpf_object *object, const struct journey_config *config)
{
	const struct btf *btf = bpf_object__btf(object);
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const struct btf_type *section;
		const struct btf_var_secinfo *variable;
		size_t bytes;
		char *values;

		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		values = (char *)bpf_map__initial_value(map, &bytes);
		section = btf__type_by_id(btf,
					  btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC));
		variable = btf_var_secinfos(section);
		for (int i = 0; i < btf_vlen(section); i++, variable++) {
			const struct btf_type *type = btf__type_by_id(btf, variable->type);

			if (!strcmp(btf__name_by_offset(btf, type->name_off), "config"))
				memcpy(values + variable->offset, config, sizeof(*config));
		}
	}
}

static void resize(struct bpf_object *object, const char *name, __u32 entries)
{
	need(!bpf_map__set_max_entries(bpf_object__find_map_by_name(object, name), entries), name);
}

static int is_netfilter(const struct bpf_program *program)
{
	return strstr(bpf_program__name(program), "netfilter") != NULL;
}

/* In the namespace that was entered; older libbpf knows no netfilter. Returns the link. */
static int attach_netfilter(struct journeys *j, const char *name, __u32 hook, __s32 priority)
{
	struct {
		__u32 program, target, type, flags, family, hook;
		__s32 priority;
		__u32 netfilter_flags;
		__u64 reserved[4];
	} attributes = { .type = 45, .family = AF_INET, .hook = hook, .priority = priority };
	int fd;

	attributes.program = bpf_program__fd(bpf_object__find_program_by_name(j->object, name));
	fd = syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes));
	need(fd >= 0, name);
	return fd;
}

static void attach(struct journeys *j)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, j->object) {
		struct bpf_link *link;

		if (!bpf_program__autoload(program) || is_netfilter(program))
			continue;
		link = bpf_program__attach(program);
		if (!link)
			die(bpf_program__name(program), errno);
		j->links[j->link_count++] = link;
	}
}

/* programs: NULL = all */
static void open_journeys(struct journeys *j, const char *path, __u32 step, int events,
			  const char *const *programs)
{
	struct journey_config config = { .follow_step = step,
					 .bucket_mask =
						 (step == 1 ? BUCKETS : JOPIL_JOURNEY_BUCKETS) - 1,
					 .waiting_mask =
						 (step == 1 ? WAITING : JOPIL_JOURNEY_WAITING) - 1,
					 .ephemeral_from = 32768,
					 .events = events,
					 .payload_bytes = 8,
					 .traced_per_jiffy = 16 };
	struct bpf_program *program;
	int error;

	memset(j, 0, sizeof(*j));
	j->object = bpf_object__open(path);
	if (!j->object)
		die(path, errno);
	set_config(j->object, &config);
	resize(j->object, "journey_events", 64 << 20);
	if (step == 1) {
		resize(j->object, "followed", BUCKETS);
		resize(j->object, "followed_tags", BUCKETS / JOPIL_TAG_LINE);
		resize(j->object, "waiting", WAITING);
	}
	bpf_object__for_each_program(program, j->object) {
		int wanted = !programs;

		for (int i = 0; programs && programs[i]; i++)
			wanted |= !strcmp(programs[i], bpf_program__name(program));
		bpf_program__set_autoload(program, wanted);
		if (is_netfilter(program)) {
			bpf_program__set_type(program, 32);
			bpf_program__set_expected_attach_type(program, 45);
		}
	}
	error = bpf_object__load(j->object);
	if (error)
		die("load", error);
	attach(j);
	memset(trips, 0, sizeof(*trips) * TRIPS);
	events_read = foreign_events = 0;
	if (!events)
		return;
	j->ring = ring_buffer__new(bpf_object__find_map_fd_by_name(j->object, "journey_events"),
				   on_event, j, NULL);
	need(j->ring != NULL, "ring_buffer__new");
	need(!pthread_create(&j->collector, NULL, collect, j), "pthread_create");
}

/* What the maps say stays. */
static void detach(struct journeys *j)
{
	pause_us(20000);
	while (j->link_count)
		bpf_link__destroy(j->links[--j->link_count]);
	if (!j->ring)
		return;
	atomic_store(&j->done, 1);
	pthread_join(j->collector, NULL);
	ring_buffer__free(j->ring);
	j->ring = NULL;
}

/* --- what the maps say ----------------------------------------------------------- */

static void sum_books(struct journeys *j, struct journey_book *sum)
{
	int cpus = libbpf_num_possible_cpus(), fd;
	struct journey_book *books = calloc(cpus, sizeof(*books));
	__u32 zero = 0;

	memset(sum, 0, sizeof(*sum));
	fd = bpf_object__find_map_fd_by_name(j->object, "journey_books");
	need(!bpf_map_lookup_elem(fd, &zero, books), "journey_books");
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < sizeof(*sum) / sizeof(__u64); i++)
			((__u64 *)sum)[i] += ((__u64 *)&books[cpu])[i];
	free(books);
}

static const char *const end_names[JOPIL_ENDS] = {
	[JOPIL_END_READ] = "read",
	[JOPIL_END_SENT] = "sent",
	[JOPIL_END_FORWARDED] = "forwarded",
	[JOPIL_END_PASSED_UP] = "passed up",
	[JOPIL_END_DROPPED] = "dropped",
	[JOPIL_END_FREED] = "freed",
	[JOPIL_END_NO_DATA] = "no data",
	[JOPIL_END_DUPLICATE] = "duplicate",
	[JOPIL_END_MERGED] = "merged by GRO",
	[JOPIL_END_GONE_TCP] = "gone TCP",
	[JOPIL_END_GONE_UDP] = "gone UDP",
	[JOPIL_END_GONE_OTHER] = "gone other",
	[JOPIL_END_GONE_SENT] = "gone sent",
	[JOPIL_END_DISPLACED] = "displaced",
	[JOPIL_END_NOT_IN_QUEUE] = "not in queue",
	[JOPIL_END_ORDER_LOST] = "order lost",
	[JOPIL_END_UNREAD] = "unread",
	[JOPIL_END_NO_STORAGE] = "no storage",
	[JOPIL_END_BUSY] = "busy",
	[JOPIL_END_READ_RACE] = "read race",
	[JOPIL_END_SEVERAL_READERS] = "several readers",
	[JOPIL_END_ROW_FULL] = "row full",
};

static __u64 count_missed(struct journeys *j)
{
	struct bpf_program *program;
	__u64 missed = 0;

	bpf_object__for_each_program(program, j->object) {
		struct bpf_prog_info info = {};
		__u32 bytes = sizeof(info);

		if (bpf_program__autoload(program) &&
		    !bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes))
			missed += info.recursion_misses;
	}
	return missed;
}

static void print_books(struct journeys *j)
{
	struct journey_book b;

	sum_books(j, &b);
	printf("  begun: receive %llu, send %llu; ended:", b.begun[0], b.begun[1]);
	for (int i = 0; i < JOPIL_ENDS; i++)
		if (b.ended[i])
			printf(" %s %llu,", end_names[i], b.ended[i]);
	printf("\n  events: %llu = %llu submitted + %llu ring full; latency overflow %llu; runs "
	       "missed %llu\n",
	       b.observed, b.submitted, b.ring_full, b.latency_overflow, count_missed(j));
	check(b.observed == b.submitted + b.ring_full && b.submitted == events_read,
	      "the books of the events balance, all were read");
}

/* Every leg that begins ends, is on, or is in a slot that nobody needed since. */
static void check_legs(struct journeys *j)
{
	int followed_fd = bpf_object__find_map_fd_by_name(j->object, "followed");
	int waiting_fd = bpf_object__find_map_fd_by_name(j->object, "waiting");
	__u64 begun, ended = 0, on = 0;
	struct journey_book b;

	sum_books(j, &b);
	begun = b.begun[0] + b.begun[1];
	for (int i = 0; i < JOPIL_ENDS; i++)
		ended += b.ended[i];
	for (__u32 i = 0; i < BUCKETS; i++) {
		struct followed_bucket bucket;

		bpf_map_lookup_elem(followed_fd, &i, &bucket);
		for (int way = 0; way < JOPIL_JOURNEY_WAYS; way++) {
			__u8 state = bucket.way[way].state;

			on += bucket.skb[way] && state != FOLLOWED_SENT && state != FOLLOWED_QUEUED;
		}
	}
	for (__u32 i = 0; i < WAITING; i++) {
		struct waiting w;

		bpf_map_lookup_elem(waiting_fd, &i, &w);
		on += w.id != 0;
	}
	printf("  legs: %llu begun, %llu ended, %llu open\n", begun, ended, on);
	check(begun == ended + on, "every leg that began is accounted for");
}

/* Sum over all keys of a stage in our two namespaces; port and tgid: 0 = any. */
static void sum_latency(struct journeys *j, __u8 stage, __u8 protocol, __u16 port, __u32 tgid,
			struct histogram *sum)
{
	int fd = bpf_object__find_map_fd_by_name(j->object, "latency");
	int cpus = libbpf_num_possible_cpus();
	struct histogram *h = calloc(cpus, sizeof(*h));
	struct latency_key key, *last = NULL;

	memset(sum, 0, sizeof(*sum));
	while (!bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		if (key.stage != stage || key.protocol != protocol ||
		    (key.netns != receiver.netns && key.netns != sender.netns) ||
		    (port && key.port != port) || (tgid && key.tgid != tgid))
			continue;
		need(!bpf_map_lookup_elem(fd, &key, h), "latency");
		for (int cpu = 0; cpu < cpus; cpu++) {
			sum->count += h[cpu].count;
			sum->sum_ns += h[cpu].sum_ns;
			if (h[cpu].max_ns > sum->max_ns)
				sum->max_ns = h[cpu].max_ns;
			for (int i = 0; i < JOPIL_HISTOGRAM_BUCKETS; i++)
				sum->bucket[i] += h[cpu].bucket[i];
		}
	}
	free(h);
}

/* Of a window, over all keys of a stage in our namespaces. */
static __u64 window_max_ns(struct journeys *j, __u8 stage, __u64 number)
{
	int fd = bpf_object__find_map_fd_by_name(j->object, "latency");
	int cpus = libbpf_num_possible_cpus();
	struct histogram *h = calloc(cpus, sizeof(*h));
	struct latency_key key, *last = NULL;
	__u64 max_ns = 0;

	while (!bpf_map_get_next_key(fd, last, &key)) {
		last = &key;
		if (key.stage != stage || key.netns != receiver.netns)
			continue;
		need(!bpf_map_lookup_elem(fd, &key, h), "latency");
		for (int cpu = 0; cpu < cpus; cpu++) {
			struct histogram_window *w =
				&h[cpu].window[number % JOPIL_HISTOGRAM_WINDOWS];

			if (w->number == number && w->max_ns > max_ns)
				max_ns = w->max_ns;
		}
	}
	free(h);
	return max_ns;
}

/* The bucket that holds the value of this rank (from 0). */
static __u32 bucket_of_rank(const struct histogram *h, __u64 rank)
{
	__u64 passed = 0;

	for (__u32 i = 0; i < JOPIL_HISTOGRAM_BUCKETS; i++) {
		passed += h->bucket[i];
		if (passed > rank)
			return i;
	}
	return JOPIL_HISTOGRAM_BUCKETS - 1;
}

static __u64 rank_of(__u64 count, double quantile)
{
	__u64 rank = quantile * count;

	return rank < count ? rank : count - 1;
}

static __u64 quantile_ns(const struct histogram *h, double quantile)
{
	return h->count ? histogram_lower_ns(bucket_of_rank(h, rank_of(h->count, quantile))) : 0;
}

static const char *const stage_names[JOPIL_STAGES] = { "driver",	"tc",		"netfilter",
						       "transport",	"socket_queue", "copy",
						       "receive_total", "send_stack",	"qdisc",
						       "driver_tx",	"send_total" };

static void print_stages(struct journeys *j, __u8 protocol)
{
	printf("  %-14s %8s %10s %10s %10s %10s\n", "stage", "count", "p50 ns", "p95 ns", "p99 ns",
	       "max ns");
	for (int stage = 0; stage < JOPIL_STAGES; stage++) {
		struct histogram h;

		sum_latency(j, stage, protocol, 0, 0, &h);
		if (h.count)
			printf("  %-14s %8llu %10llu %10llu %10llu %10llu\n", stage_names[stage],
			       h.count, quantile_ns(&h, .5), quantile_ns(&h, .95),
			       quantile_ns(&h, .99), h.max_ns);
	}
}

/* --- histogram -------------------------------------------------------------------- */

static void test_histogram(void)
{
	__u64 ns = 0;
	int ok = 1;

	for (__u32 i = 1; i < JOPIL_HISTOGRAM_BUCKETS; i++) {
		__u64 lower = histogram_lower_ns(i), width = lower - histogram_lower_ns(i - 1);

		ok &= histogram_bucket(lower) == i && histogram_bucket(lower - 1) == i - 1;
		ok &= i <= 16 || width * 16 <= histogram_lower_ns(i - 1);
	}
	check(ok, "each bucket begins where its lower bound says, none wider than 6.25 %");
	for (int i = 0; i < 1000000; i++) {
		__u32 bucket;

		ns = (__u64)random() << (random() % 20) >> (random() % 31);
		bucket = histogram_bucket(ns);
		ok &= histogram_lower_ns(bucket) <= ns;
		ok &= bucket == JOPIL_HISTOGRAM_BUCKETS - 1 || ns < histogram_lower_ns(bucket + 1);
	}
	check(ok, "a million values lie between the bounds of their buckets");
}

static __u64 stage_ns(const struct trip *t, int stage)
{
	const __u64 *at = t->at_ns;
	__u64 first = at[JOPIL_JOURNEY_GRO_RECEIVE] ?: at[JOPIL_JOURNEY_RECEIVE];
	__u64 left = at[JOPIL_JOURNEY_COPY] ?: at[JOPIL_JOURNEY_READ];

	switch (stage) {
	case JOPIL_STAGE_DRIVER:
		return at[JOPIL_JOURNEY_GRO_RECEIVE] && at[JOPIL_JOURNEY_RECEIVE]
			       ? at[JOPIL_JOURNEY_RECEIVE] - at[JOPIL_JOURNEY_GRO_RECEIVE]
			       : NOBODY;
	case JOPIL_STAGE_COPY:
		return at[JOPIL_JOURNEY_COPY] && at[JOPIL_JOURNEY_READ]
			       ? at[JOPIL_JOURNEY_READ] - at[JOPIL_JOURNEY_COPY]
			       : NOBODY;
	case JOPIL_STAGE_TRANSPORT:
		return at[JOPIL_JOURNEY_DATA_READY]
			       ? at[JOPIL_JOURNEY_DATA_READY] - at[JOPIL_JOURNEY_RECEIVE]
			       : NOBODY;
	case JOPIL_STAGE_SOCKET_QUEUE:
		return at[JOPIL_JOURNEY_READ] && at[JOPIL_JOURNEY_DATA_READY]
			       ? left > at[JOPIL_JOURNEY_DATA_READY]
					 ? left - at[JOPIL_JOURNEY_DATA_READY]
					 : 0
			       : NOBODY;
	case JOPIL_STAGE_RECEIVE_TOTAL:
		return at[JOPIL_JOURNEY_READ] ? at[JOPIL_JOURNEY_READ] - first : NOBODY;
	case JOPIL_STAGE_QDISC:
		return at[JOPIL_JOURNEY_START_XMIT]
			       ? at[JOPIL_JOURNEY_START_XMIT] - at[JOPIL_JOURNEY_QUEUE]
			       : NOBODY;
	default:
		return NOBODY;
	}
}

/* --- a: who sleeps before he reads ------------------------------------------------ */

#define SLOW_MESSAGES 16
#define SLEEP_US 50000

struct slow {
	__u64 sent_ns[SLOW_MESSAGES];
	__u64 read_ns[SLOW_MESSAGES];
};

static void read_slowly(int fd, struct slow *s)
{
	char message[2000];

	prctl(PR_SET_NAME, "orders");
	for (int i = 0; i < SLOW_MESSAGES; i++) {
		fd_set set;

		FD_ZERO(&set);
		FD_SET(fd, &set);
		select(fd + 1, &set, NULL, NULL, NULL);
		pause_us(SLEEP_US);
		if (recv(fd, message, sizeof(message), 0) != 1000)
			_exit(1);
		s->read_ns[i] = now_ns();
	}
	_exit(0);
}

#define WINDOW 5

static __u64 begin_window(struct journeys *j)
{
	struct journey_control control = { .window = WINDOW };
	__u32 zero = 0;

	need(!bpf_map_update_elem(bpf_object__find_map_fd_by_name(j->object, "journey_control"),
				  &zero, &control, BPF_ANY),
	     "journey_control");
	return now_ns();
}

static void check_window(struct journeys *j, __u64 since_ns)
{
	__u64 max_ns = 0, told = window_max_ns(j, JOPIL_STAGE_SOCKET_QUEUE, WINDOW);
	char line[160];

	for (__u32 i = 0; i < TRIPS; i++) {
		const struct trip *t = &trips[i];
		__u64 ns = t->id ? stage_ns(t, JOPIL_STAGE_SOCKET_QUEUE) : NOBODY;

		if (ns != NOBODY && t->at_ns[JOPIL_JOURNEY_READ] > since_ns && ns > max_ns)
			max_ns = ns;
	}
	snprintf(line, sizeof(line),
		 "the longest wait of the window: %llu ns, by the events %llu ns", told, max_ns);
	check(told && told == max_ns, line);
}

static void check_slow(struct journeys *j, const struct slow *s, int protocol, pid_t pid)
{
	struct histogram h;
	__u64 expected = 0, mean, allowed, joined = 0, named = 0;
	char line[160];

	for (int i = 0; i < SLOW_MESSAGES; i++)
		expected += (s->read_ns[i] - s->sent_ns[i]) / SLOW_MESSAGES;
	sum_latency(j, JOPIL_STAGE_SOCKET_QUEUE, protocol, PORT, pid, &h);
	mean = h.count ? h.sum_ns / h.count : 0;
	allowed = expected / 20 + 100000;
	snprintf(line, sizeof(line),
		 "socket queue of the reader: %llu x %llu us, by the clock %llu us", h.count,
		 mean / 1000, expected / 1000);
	check(h.count == SLOW_MESSAGES && mean + allowed > expected && mean < expected + allowed,
	      line);
	for (__u32 i = 0; i < TRIPS; i++) {
		struct trip *t = &trips[i];

		joined += t->tgid == (__u32)pid;
		named += t->tgid == (__u32)pid && !strcmp(t->comm, "orders");
	}
	snprintf(line, sizeof(line), "journeys read by orders[%d]: %llu", pid, named);
	check(named == SLOW_MESSAGES && named == joined, line);
	for (int stage = 0; stage < JOPIL_STAGES; stage++) {
		if (stage == JOPIL_STAGE_SOCKET_QUEUE || stage == JOPIL_STAGE_RECEIVE_TOTAL)
			continue;
		sum_latency(j, stage, protocol, 0, 0, &h);
		if (!h.count)
			continue;
		snprintf(line, sizeof(line), "%s: %llu, P99 %llu ns < 1 ms", stage_names[stage],
			 h.count, quantile_ns(&h, .99));
		check(quantile_ns(&h, .99) < 1000000, line);
	}
}

static void test_slow(const char *path, int protocol)
{
	struct slow *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char message[1000] = {};
	struct journeys j;
	int fds[2], status;
	__u64 since_ns = 0;
	pid_t pid;

	printf("slow reader, %s\n", protocol == UDP ? "UDP" : "TCP");
	open_journeys(&j, path, 1, 1, NULL);
	open_pair(protocol, fds);
	pid = fork();
	if (!pid)
		read_slowly(fds[1], s);
	for (int i = 0; i < SLOW_MESSAGES; i++) {
		pause_us(5000);
		s->sent_ns[i] = now_ns();
		need(send(fds[0], message, sizeof(message), 0) == sizeof(message), "send");
		while (!*(volatile __u64 *)&s->read_ns[i])
			pause_us(2000);
		if (i == SLOW_MESSAGES / 2)
			since_ns = begin_window(&j);
	}
	waitpid(pid, &status, 0);
	check(!status, "the reader read all");
	detach(&j);
	check_slow(&j, s, protocol, pid);
	check_window(&j, since_ns);
	print_stages(&j, protocol);
	print_books(&j);
	check_legs(&j);
	close(fds[0]);
	close(fds[1]);
	munmap(s, sizeof(*s));
	bpf_object__close(j.object);
}

/* --- b: joins, the payload as oracle ---------------------------------------------- */

struct reading {
	__u64 before_ns;
	__u64 after_ns;
	__u64 upto; /* TCP: bytes read so far; UDP: number of the datagram */
};

struct stream {
	int fds[2];
	int protocol;
	__u32 messages;
	__u32 message_bytes;
	__u32 pause_every; /* the reader rests 2 ms after so many reads */
	__u32 pace; /* the sender rests 50 us after so many messages */
	__u32 senders;
	__u32 step; /* one packet in so many is followed */
	double least_share; /* of datagrams or bytes that must be joined */
	__u32 read_bytes; /* a read of TCP takes, at most */
	int peeks; /* the reader looks before it takes */
	atomic_uint next; /* number */
	struct reading *readings;
	__u32 reads;
	__u32 reader_tid;
	__u32 sent_again; /* TCP: segments */
	__u32 first_sequence; /* TCP: of the stream's first byte */
};

static void *send_stream(void *context)
{
	struct stream *s = context;
	__u32 *message = calloc(1, s->message_bytes), words = s->message_bytes / 4, n;

	while ((n = atomic_fetch_add(&s->next, 1)) < s->messages) {
		for (__u32 i = 0; i < words; i++)
			message[i] = s->protocol == UDP ? n : n * words + i;
		for (__u32 sent = 0; sent < s->message_bytes;) {
			ssize_t bytes =
				send(s->fds[0], (char *)message + sent, s->message_bytes - sent, 0);

			need(bytes > 0, "send");
			sent += bytes;
		}
		if (s->pace && n % s->pace == 0)
			pause_us(50);
	}
	free(message);
	return NULL;
}

static void *read_stream(void *context)
{
	struct stream *s = context;
	__u64 total = (__u64)s->messages * s->message_bytes, got = 0;
	static char buffer[65536];
	struct timeval patience = { .tv_sec = 1 };

	s->reader_tid = syscall(SYS_gettid);
	pin_to_cpu(0);
	setsockopt(s->fds[1], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while (got < total && s->reads < MOST_READS) {
		struct reading *r = &s->readings[s->reads];
		ssize_t bytes;

		if (s->peeks)
			recv(s->fds[1], buffer, sizeof(buffer), MSG_PEEK);
		r->before_ns = now_ns();
		bytes = recv(s->fds[1], buffer, s->read_bytes, 0);
		r->after_ns = now_ns();
		if (bytes <= 0)
			break;
		got += bytes;
		r->upto = s->protocol == UDP ? *(__u32 *)buffer : got;
		s->reads++;
		if (s->pause_every && s->reads % s->pause_every == 0)
			pause_us(2000);
	}
	return NULL;
}

static const struct reading *reading_of(const struct stream *s, const struct trip *t,
					const __u32 *read_of_number)
{
	__u64 last;
	__u32 low = 0, high = s->reads;

	if (s->protocol == UDP) {
		if (t->number == NOBODY)
			return NULL;
		low = t->number < s->messages ? read_of_number[t->number] : NOBODY;
		return low == NOBODY ? NULL : &s->readings[low];
	}
	last = t->sequence - s->first_sequence + t->bytes;
	while (low < high) {
		__u32 middle = (low + high) / 2;

		if (s->readings[middle].upto >= last)
			high = middle;
		else
			low = middle + 1;
	}
	return low < s->reads ? &s->readings[low] : NULL;
}

/* The quantiles that the histograms tell, and those of the events. */
static int compare_ns(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static void check_quantiles(struct journeys *j, int protocol)
{
	static const int stages[] = { JOPIL_STAGE_DRIVER, JOPIL_STAGE_TRANSPORT,
				      JOPIL_STAGE_SOCKET_QUEUE, JOPIL_STAGE_COPY,
				      JOPIL_STAGE_RECEIVE_TOTAL };
	static const double quantiles[] = { .5, .95, .99, .999 };
	__u64 *values = malloc(sizeof(*values) * TRIPS);

	for (size_t s = 0; s < sizeof(stages) / sizeof(*stages); s++) {
		struct histogram h;
		__u64 count = 0, sum = 0;
		char line[160];
		int same = 1;

		sum_latency(j, stages[s], protocol, PORT, 0, &h);
		for (__u32 i = 0; i < TRIPS; i++) {
			__u64 ns = trips[i].id ? stage_ns(&trips[i], stages[s]) : NOBODY;

			if (ns != NOBODY) {
				values[count++] = ns;
				sum += ns;
			}
		}
		if (!count)
			continue;
		qsort(values, count, sizeof(*values), compare_ns);
		for (int q = 0; q < 4; q++)
			same &= bucket_of_rank(&h, rank_of(h.count, quantiles[q])) ==
				histogram_bucket(values[rank_of(count, quantiles[q])]);
		snprintf(line, sizeof(line),
			 "%s: %llu in the histogram, %llu in events, sum, maximum and P50 to P99.9 "
			 "equal",
			 stage_names[stages[s]], h.count, count);
		check(same && h.count == count && h.sum_ns == sum && h.max_ns == values[count - 1],
		      line);
	}
	free(values);
}

static void check_joins(struct stream *s)
{
	__u32 *read_of_number = malloc(sizeof(__u32) * s->messages);
	__u64 followed = 0, joined = 0, wrong = 0, whole = 0, merged = 0, joined_bytes = 0;
	__u64 total = (__u64)s->messages * s->message_bytes;
	char *covered = calloc(1, total);
	double share;
	char line[200];

	memset(read_of_number, 0xff, sizeof(__u32) * s->messages);
	for (__u32 i = 0; s->protocol == UDP && i < s->reads; i++)
		if (s->readings[i].upto < s->messages)
			read_of_number[s->readings[i].upto] = i;
	for (__u32 i = 0; i < TRIPS; i++) {
		struct trip *t = &trips[i];
		const struct reading *r = t->id ? reading_of(s, t, read_of_number) : NULL;

		if (!t->id || !t->bytes)
			continue;
		followed++;
		if (!t->at_ns[JOPIL_JOURNEY_READ])
			continue;
		joined++;
		if (r && s->protocol == TCP)
			memset(covered + (__u32)(t->sequence - s->first_sequence), 1, t->bytes);
		whole += t->at_ns[JOPIL_JOURNEY_QUEUE] && t->at_ns[JOPIL_JOURNEY_RECEIVE];
		merged += !t->at_ns[JOPIL_JOURNEY_COPY];
		if (!r || t->tid != s->reader_tid || t->at_ns[JOPIL_JOURNEY_READ] < r->before_ns ||
		    t->at_ns[JOPIL_JOURNEY_READ] > r->after_ns)
			wrong++;
	}
	printf("  %u messages, %u reads; followed %llu, joined to the read %llu (%llu from the "
	       "sender on)\n",
	       s->messages, s->reads, followed, joined, whole);
	if (s->protocol == TCP)
		printf("  %u segments sent again\n  %llu of the joined were merged into others on "
		       "the way, %llu reached the "
		       "copy\n",
		       s->sent_again, merged, joined - merged);
	for (__u64 i = 0; i < total; i++)
		joined_bytes += covered[i];
	share = s->protocol == UDP ? (double)joined / s->messages : (double)joined_bytes / total;
	if (s->step > 1)
		share = followed ? (double)joined / followed : 0;
	snprintf(line, sizeof(line), "%.3f %% of %s joined", share * 100,
		 s->step > 1	      ? "the followed"
		 : s->protocol == UDP ? "datagrams"
				      : "bytes");
	check(share >= s->least_share, line);
	snprintf(line, sizeof(line), "wrong joins: %llu", wrong);
	check(!wrong, line);
	free(read_of_number);
	free(covered);
}

/* The sequence number that the receiver awaits. */
static __u32 awaited_sequence(int fd)
{
	socklen_t bytes = sizeof(__u32);
	__u32 sequence;

	set_option(fd, IPPROTO_TCP, TCP_REPAIR, 1);
	set_option(fd, IPPROTO_TCP, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE);
	need(!getsockopt(fd, IPPROTO_TCP, TCP_QUEUE_SEQ, &sequence, &bytes), "TCP_QUEUE_SEQ");
	set_option(fd, IPPROTO_TCP, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP);
	return sequence;
}

static __u32 count_sent_again(int fd)
{
	struct tcp_info info;
	socklen_t bytes = sizeof(info);

	need(!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes), "TCP_INFO");
	return info.tcpi_total_retrans;
}

static void run_stream(struct stream *s)
{
	pthread_t reader, senders[4];

	open_pair(s->protocol, s->fds);
	if (s->protocol == TCP)
		s->first_sequence = awaited_sequence(s->fds[1]);
	s->readings = calloc(MOST_READS, sizeof(*s->readings));
	need(!pthread_create(&reader, NULL, read_stream, s), "pthread_create");
	for (__u32 i = 0; i < s->senders; i++) {
		need(!pthread_create(&senders[i], NULL, send_stream, s), "pthread_create");
		if (s->senders == 1) {
			cpu_set_t set;

			CPU_ZERO(&set);
			CPU_SET(1, &set);
			pthread_setaffinity_np(senders[i], sizeof(set), &set);
		}
	}
	for (__u32 i = 0; i < s->senders; i++)
		pthread_join(senders[i], NULL);
	pthread_join(reader, NULL);
	if (s->protocol == TCP)
		s->sent_again = count_sent_again(s->fds[0]);
}

static void test_joins(const char *path, const char *title, struct stream s,
		       const char *const *programs)
{
	struct journeys j;

	printf("joins: %s\n", title);
	open_journeys(&j, path, s.step, 1, programs);
	run_stream(&s);
	detach(&j);
	check_joins(&s);
	check_quantiles(&j, s.protocol);
	print_stages(&j, s.protocol);
	print_books(&j);
	check_legs(&j);
	close(s.fds[0]);
	close(s.fds[1]);
	free(s.readings);
	bpf_object__close(j.object);
}

/* --- c: a queue that is shaped ----------------------------------------------------- */

#define SHAPED_MESSAGES 24

/* Returns when the packet came in from the device by the kernel's own stamp, CLOCK_MONOTONIC. */
static __u64 receive_stamped(int fd, void *message, size_t bytes)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec vector = { message, bytes };
	struct msghdr header = { .msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control) };
	struct timespec real, *stamp;

	need(recvmsg(fd, &header, 0) == (ssize_t)bytes && CMSG_FIRSTHDR(&header), "recvmsg");
	stamp = (struct timespec *)CMSG_DATA(CMSG_FIRSTHDR(&header));
	clock_gettime(CLOCK_REALTIME, &real);
	return now_ns() -
	       ((real.tv_sec - stamp->tv_sec) * 1000000000LL + real.tv_nsec - stamp->tv_nsec);
}

static void test_qdisc(const char *path)
{
	__u64 sent_ns[SHAPED_MESSAGES], came_ns[SHAPED_MESSAGES], waited = 0, worst = 0;
	int fds[2], found = 0, ok = 1;
	__u32 message[250] = {};
	struct histogram h;
	struct journeys j;
	char line[160];

	printf("a tbf of 8 Mbit/s on the sender's device\n");
	enter(&sender);
	run("tc qdisc add dev j0 root tbf rate 8mbit burst 1600 limit 200000");
	open_journeys(&j, path, 1, 1, NULL);
	open_pair(UDP, fds);
	set_option(fds[1], SOL_SOCKET, SO_TIMESTAMPNS, 1);
	for (__u32 i = 0; i < SHAPED_MESSAGES; i++) {
		message[0] = i;
		sent_ns[i] = now_ns();
		need(send(fds[0], message, sizeof(message), 0) == sizeof(message), "send");
	}
	for (int i = 0; i < SHAPED_MESSAGES; i++) {
		__u64 ns = receive_stamped(fds[1], message, sizeof(message));

		came_ns[message[0]] = ns;
	}
	detach(&j);
	for (__u32 i = 0; i < TRIPS; i++) {
		struct trip *t = &trips[i];
		__u64 told, clock, difference;

		if (!t->id || t->number >= SHAPED_MESSAGES || t->bytes != sizeof(message))
			continue;
		told = stage_ns(t, JOPIL_STAGE_QDISC);
		clock = came_ns[t->number] - sent_ns[t->number];
		difference = told > clock ? told - clock : clock - told;
		ok &= difference < clock / 20 + 100000;
		worst = difference > worst ? difference : worst;
		waited += clock;
		found++;
	}
	snprintf(line, sizeof(line),
		 "%d datagrams, %llu us from send to arrival on average; qdisc differs by %llu us "
		 "at worst",
		 found, waited / SHAPED_MESSAGES / 1000, worst / 1000);
	check(ok && found == SHAPED_MESSAGES && waited / SHAPED_MESSAGES > 5000000, line);
	for (int stage = 0; stage < JOPIL_STAGES; stage++) {
		if (stage != JOPIL_STAGE_TRANSPORT && stage != JOPIL_STAGE_DRIVER_TX)
			continue;
		sum_latency(&j, stage, UDP, 0, 0, &h);
		if (h.count) {
			snprintf(line, sizeof(line), "%s: P99 %llu ns < 1 ms", stage_names[stage],
				 quantile_ns(&h, .99));
			check(quantile_ns(&h, .99) < 1000000, line);
		}
	}
	print_stages(&j, UDP);
	print_books(&j);
	run("tc qdisc del dev j0 root");
	close(fds[0]);
	close(fds[1]);
	bpf_object__close(j.object);
}

/* --- netfilter ------------------------------------------------------------------------ */

#define RULED_MESSAGES 300
#define RULES 3000

static __u64 netfilter_ns(const char *path)
{
	int fds[2], links[4];
	struct histogram h;
	char message[64] = {};
	struct journeys j;

	open_journeys(&j, path, 1, 1, NULL);
	open_pair(UDP, fds);
	enter(&receiver);
	links[0] = attach_netfilter(&j, "jopil_netfilter_first", 0, -2147483647);
	links[1] = attach_netfilter(&j, "jopil_netfilter_last", 0, 2147483646);
	links[2] = attach_netfilter(&j, "jopil_netfilter_first", 1, -2147483647);
	links[3] = attach_netfilter(&j, "jopil_netfilter_last", 1, 2147483646);
	enter(&sender);
	for (int i = 0; i < RULED_MESSAGES; i++) {
		need(send(fds[0], message, sizeof(message), 0) == sizeof(message), "send");
		need(recv(fds[1], message, sizeof(message), 0) == sizeof(message), "recv");
	}
	for (int i = 0; i < 4; i++)
		close(links[i]);
	detach(&j);
	sum_latency(&j, JOPIL_STAGE_NETFILTER, UDP, PORT, 0, &h);
	print_stages(&j, UDP);
	close(fds[0]);
	close(fds[1]);
	bpf_object__close(j.object);
	return h.count == RULED_MESSAGES ? quantile_ns(&h, .5) : 0;
}

static void test_netfilter(const char *path)
{
	__u64 without, with;
	char line[160];
	FILE *nft;

	printf("netfilter, without rules and with %d\n", RULES);
	without = netfilter_ns(path);
	enter(&receiver);
	nft = popen("nft -f -", "w");
	need(nft != NULL, "nft");
	fprintf(nft, "table ip slow { chain in { type filter hook input priority 0;\n");
	for (int i = 0; i < RULES; i++)
		fprintf(nft, "udp dport %d drop\n", 10000 + i);
	fprintf(nft, "}\n}\n");
	need(!pclose(nft), "nft");
	with = netfilter_ns(path);
	enter(&receiver);
	run("nft delete table ip slow");
	snprintf(line, sizeof(line), "half of the packets take up to %llu ns without, %llu ns with",
		 without, with);
	check(without && with > 5 * without, line);
}

/* --- through a third host ------------------------------------------------------------ */

#define PATH_MESSAGES 500

static void test_path(const char *path, int routes)
{
	int fds[2], whole = 0, read = 0;
	__u32 message[16] = {};
	struct journeys j;
	char line[160];

	printf("through a %s\n", routes ? "router" : "bridge");
	make_middle(routes);
	open_journeys(&j, path, 1, 1, NULL);
	open_pair(UDP, fds);
	for (__u32 i = 0; i < PATH_MESSAGES; i++) {
		message[0] = i;
		need(send(fds[0], message, sizeof(message), 0) == sizeof(message), "send");
		need(recv(fds[1], message, sizeof(message), 0) == sizeof(message), "recv");
	}
	detach(&j);
	for (__u32 i = 0; i < TRIPS; i++) {
		struct trip *t = &trips[i];

		if (!t->id || t->number >= PATH_MESSAGES || t->bytes != sizeof(message))
			continue;
		read += t->at_ns[JOPIL_JOURNEY_READ] != 0;
		whole += t->at_ns[JOPIL_JOURNEY_READ] && t->devices == 4;
	}
	snprintf(line, sizeof(line), "%d of %d read, %d from sender to reader by all four devices",
		 read, PATH_MESSAGES, whole);
	check(whole == PATH_MESSAGES, line);
	print_books(&j);
	check_legs(&j);
	close(fds[0]);
	close(fds[1]);
	bpf_object__close(j.object);
	remove_middle();
}

/* --- a trace ---------------------------------------------------------------------------- */

#define TRACED_MESSAGES 200
#define TRACE_NS 30000000000ULL

static struct journey_control *map_control(struct journeys *j)
{
	int fd = bpf_object__find_map_fd_by_name(j->object, "journey_control");
	void *control = mmap(NULL, sizeof(struct journey_control), PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);

	need(control != MAP_FAILED, "mmap");
	return control;
}

static void map_address(__u8 *to, const char *text)
{
	static const __u8 v4[12] = { [10] = 0xff, [11] = 0xff };

	if (inet_pton(AF_INET6, text, to) == 1)
		return;
	memcpy(to, v4, sizeof(v4));
	need(inet_pton(AF_INET, text, to + 12) == 1, text);
}

static void set_trace(struct journey_control *control, struct journey_trace trace)
{
	__atomic_store_n(&control->trace.until_ns, 0, __ATOMIC_SEQ_CST);
	memcpy(control->trace.address_a, trace.address_a,
	       sizeof(trace) - offsetof(struct journey_trace, address_a));
	__atomic_store_n(&control->trace.until_ns, trace.until_ns, __ATOMIC_SEQ_CST);
}

/* Sends and reads; returns how many journeys of this protocol there were since the last time. */
static int count_trips(int fds[2], int messages, unsigned int pace_us)
{
	char message[64] = {};
	int found = 0;

	memset(trips, 0, sizeof(*trips) * TRIPS);
	for (int i = 0; i < messages; i++) {
		need(send(fds[0], message, sizeof(message), 0) == sizeof(message), "send");
		need(recv(fds[1], message, sizeof(message), 0) == sizeof(message), "recv");
		if (pace_us)
			pause_us(pace_us);
	}
	pause_us(20000);
	for (__u32 i = 0; i < TRIPS; i++)
		found += trips[i].id && trips[i].bytes == sizeof(message);
	return found;
}

static void check_trace(struct journeys *j, int fds[2], const char *title,
			struct journey_trace trace, int matches)
{
	struct journey_control *control = map_control(j);
	int found, flagged = 0, read = 0;
	char line[160];

	trace.until_ns = now_ns() + TRACE_NS;
	set_trace(control, trace);
	found = count_trips(fds, TRACED_MESSAGES, 1000);
	for (__u32 i = 0; i < TRIPS; i++) {
		flagged += trips[i].traced && trips[i].id & JOPIL_JOURNEY_NOT_SAMPLED;
		read += trips[i].at_ns[JOPIL_JOURNEY_READ] != 0 && trips[i].traced;
	}
	snprintf(line, sizeof(line), "%s: %d of %d followed, %d read, %d flagged", title, found,
		 TRACED_MESSAGES, read, flagged);
	check(matches ? found == TRACED_MESSAGES && flagged >= found && read == found : !found,
	      line);
	munmap(control, sizeof(*control));
}

static void test_trace(const char *path)
{
	struct journey_trace any = {}, other_port = {}, other_host = {}, tcp = {}, whole = {};
	struct journey_control *control;
	struct journey_book before, after;
	struct journeys j;
	struct histogram h;
	int fds[2], found;
	char line[160];

	printf("a trace, and the step at run time\n");
	open_journeys(&j, path, 0, 1, NULL);
	open_pair(UDP, fds);
	control = map_control(&j);
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(!found, "step 0 of the config: none");
	other_port.port_a = PORT + 1;
	map_address(other_host.address_a, "10.77.0.3");
	tcp.protocol = TCP;
	whole.protocol = UDP;
	whole.port_b = PORT;
	map_address(whole.address_a, "10.77.0.2");
	map_address(whole.address_b, "10.77.0.1");
	check_trace(&j, fds, "no condition", any, 1);
	check_trace(&j, fds, "another port", other_port, 0);
	check_trace(&j, fds, "another host", other_host, 0);
	check_trace(&j, fds, "another protocol", tcp, 0);
	check_trace(&j, fds, "protocol, addresses and port", whole, 1);
	whole.port_a = PORT + 1;
	check_trace(&j, fds, "one port of two", whole, 0);
	sum_latency(&j, JOPIL_STAGE_RECEIVE_TOTAL, UDP, 0, 0, &h);
	check(!h.count, "what is followed for the trace alone is in no histogram");

	sum_books(&j, &before);
	any.until_ns = now_ns() + TRACE_NS;
	set_trace(control, any);
	found = count_trips(fds, 20 * TRACED_MESSAGES, 0);
	sum_books(&j, &after);
	snprintf(line, sizeof(line), "without a pause %d of %d followed, %llu left out", found,
		 20 * TRACED_MESSAGES, after.trace_left_out - before.trace_left_out);
	check(found && found < 20 * TRACED_MESSAGES && after.trace_left_out > before.trace_left_out,
	      line);

	any.until_ns = now_ns() + 1000000;
	set_trace(control, any);
	pause_us(2000);
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(!found && !__atomic_load_n(&control->trace.until_ns, __ATOMIC_SEQ_CST),
	      "past its time it follows none, and is switched off");

	control->follow_step = 1;
	control->follow_set = 1;
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(found == TRACED_MESSAGES, "step 1: all");
	control->follow_step = 1 << 30;
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(!found, "step 2^30: none");
	control->follow_step = 1;
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(found == TRACED_MESSAGES, "step 1 again: all at once");
	control->follow_step = 0;
	found = count_trips(fds, TRACED_MESSAGES, 0);
	check(!found, "step 0: none");
	detach(&j);
	print_books(&j);
	munmap(control, sizeof(*control));
	close(fds[0]);
	close(fds[1]);
	bpf_object__close(j.object);
}

/* --- e: what it costs --------------------------------------------------------------- */

struct cost {
	__u64 runs;
	__u64 ns;
	__u64 missed;
};

static void cost_of(struct bpf_program *program, struct cost *c)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	need(!bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes), "program info");
	c->runs = info.run_cnt;
	c->ns = info.run_time_ns;
	c->missed = info.recursion_misses;
}

/* A quarter of a second of UDP and as much TCP; the reader keeps up. */
static void load(int protocol)
{
	struct stream s = { .protocol = protocol,
			    .step = 1,
			    .messages = protocol == UDP ? 50000 : 100000,
			    .message_bytes = protocol == UDP ? 64 : 400,
			    .senders = 1,
			    .read_bytes = 65536 };

	run_stream(&s);
	close(s.fds[0]);
	close(s.fds[1]);
	free(s.readings);
}

struct cost_mode {
	const char *title;
	__u32 step; /* EMPTY: the programs that do nothing */
	int events;
	int traces; /* something that does not come */
};

#define EMPTY (~0U)
#define MOST_PROGRAMS 32

static void measure_cost(const char *path, const struct cost_mode *mode, struct cost *costs,
			 const char **names)
{
	struct bpf_program *program;
	struct journeys j = {};

	if (mode->step == EMPTY) {
		j.object = bpf_object__open(path);
		need(j.object && !bpf_object__load(j.object), path);
		attach(&j);
	} else {
		open_journeys(&j, path, mode->step, mode->events, NULL);
	}
	if (mode->traces) {
		struct journey_control *control = map_control(&j);
		struct journey_trace trace = { .until_ns = now_ns() + TRACE_NS, .port_a = 1 };

		set_trace(control, trace);
		munmap(control, sizeof(*control));
	}
	load(UDP);
	load(TCP);
	bpf_object__for_each_program(program, j.object) {
		int at = 0;

		if (is_netfilter(program))
			continue;
		while (names[at] && strcmp(names[at], bpf_program__name(program)))
			at++;
		if (!names[at])
			names[at] = strdup(bpf_program__name(program));
		cost_of(program, &costs[at]);
	}
	detach(&j);
	bpf_object__close(j.object);
}

#define COST_ROUNDS 3
#define LEAST_RUNS 10000

static double ns_of(const struct cost *c)
{
	return c->runs ? (double)c->ns / c->runs : 0;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Modes take turns: what else the machine does meets all of them. */
static void test_cost(const char *path, const char *empty_path)
{
	static const struct cost_mode modes[] = { { "empty", EMPTY, 0, 0 }, { "none", 0, 0, 0 },
						  { "1:1024", 1024, 1, 0 }, { "1:64", 64, 1, 0 },
						  { "traces", 64, 1, 1 },   { "1:1 hist", 1, 0, 0 },
						  { "1:1", 1, 1, 0 } };
	enum {
		MODES = sizeof(modes) / sizeof(*modes)
	};
	static struct cost costs[COST_ROUNDS][MODES][MOST_PROGRAMS];
	const char *names[MOST_PROGRAMS] = {};
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	need(fd >= 0, "bpf_enable_stats");
	for (int round = 0; round < COST_ROUNDS; round++)
		for (int mode = 0; mode < MODES; mode++)
			measure_cost(mode ? path : empty_path, &modes[mode], costs[round][mode],
				     names);
	close(fd);
	printf("ns a run: median of %d (least-most), the empty program at the same hook taken "
	       "off; runs at 1:64, misses by recursion at 1:1\n%-18s",
	       COST_ROUNDS, "");
	for (int mode = 0; mode < MODES; mode++)
		printf(" %15s", modes[mode].title);
	printf(" %8s %6s\n", "runs", "missed");
	for (int i = 0; i < MOST_PROGRAMS && names[i]; i++) {
		printf("%-18s", names[i]);
		for (int mode = 0; mode < MODES; mode++) {
			double ns[COST_ROUNDS];

			for (int round = 0; round < COST_ROUNDS; round++)
				ns[round] = ns_of(&costs[round][mode][i]) -
					    (mode ? ns_of(&costs[round][0][i]) : 0);
			qsort(ns, COST_ROUNDS, sizeof(*ns), compare_double);
			if (costs[0][mode][i].runs < LEAST_RUNS)
				printf(" %15s", "-");
			else
				printf(" %5.1f %4.0f-%-4.0f", ns[COST_ROUNDS / 2], ns[0],
				       ns[COST_ROUNDS - 1]);
		}
		printf(" %8llu %6llu\n", costs[0][3][i].runs, costs[0][MODES - 1][i].missed);
	}
}

static void usage(void)
{
	fprintf(stderr,
		"usage: journey_test OBJECT histogram|slow|joins|qdisc|netfilter|path|trace|cost "
		"EMPTY_OBJECT\n");
	exit(2);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		usage();
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(argv[2], "histogram")) {
		test_histogram();
		return failures != 0;
	}
	trips = calloc(TRIPS, sizeof(*trips));
	need(trips != NULL, "calloc");
	make_hosts();
	if (!strcmp(argv[2], "slow")) {
		test_slow(argv[1], UDP);
		test_slow(argv[1], TCP);
	} else if (!strcmp(argv[2], "joins")) {
		struct stream udp = { .protocol = UDP,
				      .step = 1,
				      .least_share = .999,
				      .messages = 20000,
				      .message_bytes = 64,
				      .senders = 1,
				      .read_bytes = 65536 };
		struct stream tcp = { .protocol = TCP,
				      .step = 1,
				      .least_share = .99,
				      .messages = 20000,
				      .message_bytes = 400,
				      .senders = 1,
				      .read_bytes = 65536 };

		udp.pace = 4;
		test_joins(argv[1], "UDP, the receive path alone", udp, receive_programs);
		udp.pause_every = 500;
		test_joins(argv[1], "UDP, all hooks, the reader rests", udp, NULL);
		udp.senders = 2;
		test_joins(argv[1], "UDP, all hooks, two senders", udp, NULL);
		udp.senders = 1;
		udp.peeks = 1;
		udp.pace = 2;
		test_joins(argv[1], "UDP, all hooks, the reader peeks", udp, NULL);
		test_joins(argv[1], "TCP, the receive path alone", tcp, receive_programs);
		tcp.pause_every = 50;
		test_joins(argv[1], "TCP, all hooks, the reader rests", tcp, NULL);
		tcp.pause_every = 0;
		tcp.read_bytes = 700;
		tcp.peeks = 1;
		/* no more than a row holds: this reader is slower than the sender */
		tcp.messages = 16000;
		test_joins(argv[1], "TCP, all hooks, small reads, the reader peeks", tcp, NULL);
		tcp.messages = 20000;
		udp.peeks = 0;
		udp.pace = 4;
		tcp.read_bytes = 16384;
		tcp.peeks = 0;
		run("tc qdisc add dev j0 root tbf rate 300mbit burst 20000 limit 40000");
		tcp.least_share = .95;
		test_joins(argv[1], "TCP, segments are lost and come out of sequence", tcp, NULL);
		run("tc qdisc del dev j0 root");
		tcp.least_share = .99;
		enter(&receiver);
		run("ethtool -K j1 gro on");
		enter(&sender);
		run("ethtool -K j0 tso off gso off");
		tcp.pace = 0;
		test_joins(argv[1], "TCP, segments are merged by GRO", tcp, NULL);
		test_joins(argv[1], "UDP through GRO", udp, NULL);
		run("ethtool -K j0 tso on gso on");
		enter(&receiver);
		run("ethtool -K j1 gro off");
		destination = "fd77::2";
		test_joins(argv[1], "UDP over IPv6", udp, NULL);
		test_joins(argv[1], "TCP over IPv6", tcp, NULL);
		destination = "10.77.0.2";
		udp.step = 64;
		/* a reader that polls races with the wake-up, and few of those before are known */
		udp.least_share = .95;
		tcp.least_share = .95;
		tcp.step = 64;
		udp.messages = 100000;
		tcp.messages = 100000;
		test_joins(argv[1], "UDP, one in 64", udp, NULL);
		test_joins(argv[1], "TCP, one in 64", tcp, NULL);
	} else if (!strcmp(argv[2], "qdisc")) {
		test_qdisc(argv[1]);
	} else if (!strcmp(argv[2], "netfilter")) {
		test_netfilter(argv[1]);
	} else if (!strcmp(argv[2], "path")) {
		test_path(argv[1], 0);
		test_path(argv[1], 1);
	} else if (!strcmp(argv[2], "trace")) {
		test_trace(argv[1]);
	} else if (!strcmp(argv[2], "cost") && argc > 3) {
		test_cost(argv[1], argv[3]);
	} else {
		usage();
	}
	printf(failures ? "%d failed\n" : "all held\n", failures);
	return failures != 0;
}
