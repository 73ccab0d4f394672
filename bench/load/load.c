// SPDX-License-Identifier: Apache-2.0
/*
 * Known traffic at any rate: which packet belongs to which flow follows from
 * the seed, so the sender's truth is exact, per flow.
 *
 *   load live IF OPTIONS   BPF_PROG_TEST_RUN on live frames, redirected to IF:
 *       several million packets a second on one core. A veth takes redirected
 *       frames only with a NAPI at the other end: ethtool -K gro on at both
 *       ends, once both are up. With --pps it comes in bursts, 20 a second.
 *   load skb IF OPTIONS    AF_PACKET, sendmmsg: smooth with --pps (200 us).
 *   load empty IF          sends nothing: keeps an empty program at IF's tcx
 *       ingress until its standard input ends; prints "attached" first.
 *
 *   --packets N            how many
 *   --flows F              of how many flows (1; at most 2^24); each comes once
 *                          before any comes again
 *   --first-flow K         flow K comes from 10.0.0.0 + K or fd00:6a6f:: + K (0)
 *   --random-sources       instead: every packet from another source
 *   --size B               frame bytes without FCS, 60 to 1514 (60); IPv6: at least 74
 *   --ip 4|6   --proto udp|tcp-syn   --seed S   --pps R
 *   --cpu C                runs on this CPU (where the scheduler likes)
 *   --truth FILE           a line a flow: src sport dst dport proto packets bytes
 *
 * IF is looked up in the network namespace of this process. Frames go to a
 * foreign MAC address, so that no stack answers them.
 *
 * Prints one JSON object: what was sent, in packets and wire bytes, in what
 * time, for how much CPU time of this process (with the softirq work that ran
 * in it). Frames that the wire did not take are `undelivered` and not `sent`:
 * known by the interface's own counters, if nobody else sends there. Which
 * ones they were is not known: there is no truth then, and the exit status is 3.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "load.h"

#define FRAME_MAX 1514
#define FLOWS_MAX (1u << 24)
#define LIVE_BATCH 64 /* below the ring of a veth, 256 */
#define LIVE_BURSTS_PER_SECOND 20
#define LIVE_CALL_MAX (1u << 30)
#define SKB_BATCH 64
#define SKB_TICK_NS 200000
#define DELIVERY_NS 1000000000ull
#define UNDELIVERED_STATUS 3
#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, Linux 6.6 */

#define DESTINATION_PORT 9 /* discard */
#define TCP_SYN 0x02

/* Locally administered. 198.18.0.0/15: RFC 2544, fd00::/8: RFC 4193. */
static const __u8 destination_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 2 };
static const __u8 source_mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
static const char destination4[] = "198.18.0.1";
static const char source6[] = "fd00:6a6f::";
static const char destination6[] = "fd00:6a70::1";

static struct load_plan plan = { .flows = 1, .seed = 1, .frame_bytes = LOAD_LEAST_BYTES4 };
static const char *interface_name;
static __u8 template[FRAME_MAX];
static __u64 wanted, pps;

static void die(const char *what, int error)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(1);
}

static void need(int ok, const char *what)
{
	if (!ok)
		die(what, errno);
}

static void usage(const char *why)
{
	fprintf(stderr,
		"load: %s\n"
		"usage: load live|skb IF --packets N [--flows F [--first-flow K] | "
		"--random-sources]\n"
		"            [--size 60..1514] [--ip 4|6] [--proto udp|tcp-syn] [--pps R] [--seed "
		"S]\n"
		"            [--cpu C] [--truth FILE]\n"
		"       load empty IF\n",
		why);
	exit(2);
}

static __u64 clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void sleep_until(__u64 at_ns)
{
	struct timespec t = { at_ns / 1000000000ull, at_ns % 1000000000ull };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* --- the frame ------------------------------------------------------------ */

static void put16(__u8 *p, __u32 value)
{
	p[0] = value >> 8;
	p[1] = value;
}

/* One's complement sum of words as they lie in memory. */
static __u32 sum_of(const void *bytes, __u32 count)
{
	const __u8 *p = bytes;
	__u32 sum = 0;

	for (__u32 i = 0; i + 1 < count; i += 2)
		sum += p[i] | p[i + 1] << 8;
	if (count & 1)
		sum += p[count - 1];
	return sum;
}

/* Everything but what load_write() writes, and the sums it starts from. */
static void build_template(void)
{
	__u32 header = plan.ipv6 ? LOAD_IPV6_BYTES : LOAD_IPV4_BYTES;
	__u32 bytes = plan.frame_bytes - LOAD_ETHERNET_BYTES - header; /* of transport */
	__u8 *ip = template + LOAD_ETHERNET_BYTES, *transport = ip + header;
	__u8 protocol = plan.tcp ? IPPROTO_TCP : IPPROTO_UDP, pseudo[4] = {};

	memcpy(template, destination_mac, ETH_ALEN);
	memcpy(template + ETH_ALEN, source_mac, ETH_ALEN);
	put16(template + 12, plan.ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	if (plan.ipv6) {
		ip[0] = 0x60;
		put16(ip + 4, bytes);
		ip[6] = protocol;
		ip[7] = 64;
		inet_pton(AF_INET6, source6, ip + 8);
		inet_pton(AF_INET6, destination6, ip + 24);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, header + bytes);
		put16(ip + 6, 0x4000); /* not to be fragmented */
		ip[8] = 64;
		ip[9] = protocol;
		inet_pton(AF_INET, destination4, ip + 16);
	}
	put16(transport + 2, DESTINATION_PORT);
	if (plan.tcp) {
		transport[12] = LOAD_TCP_BYTES / 4 << 4;
		transport[13] = TCP_SYN;
		put16(transport + 14, 64240); /* window */
	} else {
		put16(transport + 4, bytes);
	}
	plan.ip_sum = sum_of(ip, header);
	put16(pseudo, bytes);
	pseudo[3] = protocol;
	plan.transport_sum = sum_of(pseudo, sizeof(pseudo)) + sum_of(transport, bytes) +
			     (plan.ipv6 ? sum_of(ip + 8, 32) : sum_of(ip + 12, 8));
}

/* --- what the interface took ---------------------------------------------- */

struct device {
	__u64 packets;
	__u64 dropped;
};

/* /proc/self/net follows the network namespace, /sys need not. */
static struct device read_device(void)
{
	FILE *file = fopen("/proc/self/net/dev", "r");
	struct device device = {};
	char line[512];
	int found = 0;

	need(file != NULL, "/proc/self/net/dev");
	while (!found && fgets(line, sizeof(line), file)) {
		char *name = line + strspn(line, " "), *colon = strchr(name, ':');

		if (!colon)
			continue;
		*colon = 0;
		/* rx: bytes packets errs drop fifo frame compressed multicast */
		found = !strcmp(name, interface_name) &&
			sscanf(colon + 1, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %llu %*s %llu",
			       &device.packets, &device.dropped) == 2;
	}
	fclose(file);
	if (!found)
		die(interface_name, ENODEV);
	return device;
}

/* A veth counts a frame as sent when the other end has taken it. */
static __u64 undelivered(const struct device *before, __u64 sent, int live)
{
	__u64 end = clock_ns(CLOCK_MONOTONIC) + DELIVERY_NS, missing;
	struct device now;

	for (;;) {
		now = read_device();
		missing = now.packets - before->packets;
		missing = missing < sent ? sent - missing : 0;
		/* what is refused to an AF_PACKET socket is dropped, and sent again */
		if (live && now.dropped - before->dropped > missing)
			missing = now.dropped - before->dropped;
		if (!missing || clock_ns(CLOCK_MONOTONIC) > end)
			return missing;
		sleep_until(clock_ns(CLOCK_MONOTONIC) + 10000000);
	}
}

/* --- live frames ---------------------------------------------------------- */

struct generator {
	int program;
	const volatile __u64 *made;
};

static struct bpf_object *open_object(void)
{
	char path[PATH_MAX + 16], self[PATH_MAX] = "";
	struct bpf_object *object;
	struct bpf_map *constants;
	size_t bytes;
	int error;

	need(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0, "/proc/self/exe");
	snprintf(path, sizeof(path), "%s/load.bpf.o", dirname(self));
	object = bpf_object__open(path);
	if (!object)
		die(path, errno);
	constants = bpf_object__find_map_by_name(object, ".rodata");
	need(constants != NULL, ".rodata");
	memcpy((void *)bpf_map__initial_value(constants, &bytes), &plan, sizeof(plan));
	error = bpf_object__load(object);
	if (error)
		die("load the generator", error);
	return object;
}

static int program_fd(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static struct generator open_generator(void)
{
	struct bpf_object *object = open_object();
	struct generator g;

	g.program = program_fd(object, "generate");
	g.made = mmap(NULL, getpagesize(), PROT_READ, MAP_SHARED,
		      bpf_object__find_map_fd_by_name(object, "made"), 0);
	need(g.made != MAP_FAILED, "made");
	return g;
}

static __u64 send_live(const struct generator *g, __u64 start)
{
	__u64 burst = pps ? pps / LIVE_BURSTS_PER_SECOND : LIVE_CALL_MAX;

	if (!burst)
		burst = 1;
	while (*g->made < wanted) {
		__u64 left = wanted - *g->made, now = *g->made;
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = template,
			    .data_size_in = plan.frame_bytes, .repeat = left < burst ? left : burst,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = LIVE_BATCH);
		int error = bpf_prog_test_run_opts(g->program, &options);

		if (error)
			die("run the generator", error);
		if (*g->made == now)
			die("run the generator", EIO);
		if (pps)
			sleep_until(start + *g->made * 1000000000ull / pps);
	}
	return *g->made;
}

static void hold_empty(void)
{
	char end;

	/* libbpf 1.1 knows neither the name nor the call of tcx */
	need(bpf_link_create(program_fd(open_object(), "empty"), plan.interface, TCX_INGRESS,
			     NULL) >= 0,
	     interface_name);
	puts("attached");
	fflush(stdout);
	while (read(STDIN_FILENO, &end, 1) > 0)
		;
}

/* --- AF_PACKET ------------------------------------------------------------ */

static int open_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = plan.interface };

	need(fd >= 0, "socket");
	need(!bind(fd, (struct sockaddr *)&address, sizeof(address)), interface_name);
	return fd;
}

/* Packets that are due by now, at most a batch; waits until there is one. */
static __u32 due(__u64 start, __u64 sent)
{
	__u64 left = wanted - sent, upto;

	if (left > SKB_BATCH)
		left = SKB_BATCH;
	if (!pps)
		return left;
	for (;;) {
		__u64 now = clock_ns(CLOCK_MONOTONIC);

		upto = (now - start) * pps / 1000000000ull + 1;
		if (upto > sent)
			return upto - sent < left ? upto - sent : left;
		sleep_until(now + SKB_TICK_NS);
	}
}

static __u64 send_skbs(int fd, __u64 start)
{
	static __u8 frames[SKB_BATCH][FRAME_MAX];
	struct mmsghdr messages[SKB_BATCH] = {};
	struct iovec parts[SKB_BATCH];
	__u64 sent = 0;

	for (int i = 0; i < SKB_BATCH; i++) {
		memcpy(frames[i], template, sizeof(template));
		parts[i] = (struct iovec){ frames[i], plan.frame_bytes };
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < wanted) {
		__u32 count = due(start, sent);

		for (__u32 i = 0; i < count; i++)
			load_write(frames[i], &plan, load_flow(&plan, sent + i));
		for (__u32 i = 0; i < count;) {
			int taken = sendmmsg(fd, messages + i, count - i, 0);

			if (taken > 0)
				i += taken;
			else if (errno != ENOBUFS && errno != EINTR)
				die("sendmmsg", errno);
		}
		sent += count;
	}
	return sent;
}

/* --- truth ---------------------------------------------------------------- */

static void write_line(FILE *file, __u32 flow, __u64 packets)
{
	char text[INET6_ADDRSTRLEN];
	__u32 source = htonl(load_source(&plan, flow));
	struct in6_addr address;

	if (plan.ipv6) {
		inet_pton(AF_INET6, source6, &address);
		memcpy(&address.s6_addr[12], &source, sizeof(source));
		inet_ntop(AF_INET6, &address, text, sizeof(text));
	} else {
		inet_ntop(AF_INET, &source, text, sizeof(text));
	}
	fprintf(file, "%s %u %s %u %s %llu %llu\n", text, load_port(flow),
		plan.ipv6 ? destination6 : destination4, DESTINATION_PORT, plan.tcp ? "tcp" : "udp",
		packets, packets * plan.frame_bytes);
}

static void write_truth(const char *path, __u64 sent)
{
	FILE *file = fopen(path, "w");
	__u64 *packets;

	need(file != NULL, path);
	if (plan.random_sources) {
		for (__u64 n = 0; n < sent; n++)
			write_line(file, load_flow(&plan, n), 1);
	} else {
		packets = calloc(plan.flows, sizeof(*packets));
		need(packets != NULL, "calloc");
		for (__u64 n = 0; n < sent; n++)
			packets[load_flow(&plan, n) - plan.first_flow]++;
		for (__u32 i = 0; i < plan.flows; i++)
			if (packets[i])
				write_line(file, plan.first_flow + i, packets[i]);
		free(packets);
	}
	need(!fclose(file), path);
}

/* --- command line --------------------------------------------------------- */

static __u64 number(const char *option, const char *text, __u64 least, __u64 most)
{
	char *end, why[128];
	__u64 value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value < least || value > most) {
		snprintf(why, sizeof(why), "--%s takes a number from %llu to %llu", option, least,
			 most);
		usage(why);
	}
	return value;
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	need(!sched_setaffinity(0, sizeof(set), &set), "--cpu");
}

static const char *parse_options(int count, char **words)
{
	static const struct option options[] = {
		{ "packets", required_argument, NULL, 'n' },
		{ "flows", required_argument, NULL, 'f' },
		{ "first-flow", required_argument, NULL, 'k' },
		{ "random-sources", no_argument, NULL, 'r' },
		{ "size", required_argument, NULL, 'b' },
		{ "ip", required_argument, NULL, 'i' },
		{ "proto", required_argument, NULL, 'p' },
		{ "pps", required_argument, NULL, 'R' },
		{ "seed", required_argument, NULL, 's' },
		{ "cpu", required_argument, NULL, 'c' },
		{ "truth", required_argument, NULL, 't' },
		{},
	};
	const char *truth = NULL;
	int option, which;

	while ((option = getopt_long(count, words, "", options, &which)) != -1) {
		const char *name = option == '?' ? "" : options[which].name;

		switch (option) {
		case 'n':
			wanted = number(name, optarg, 1, 1ull << 40);
			break;
		case 'f':
			plan.flows = number(name, optarg, 1, FLOWS_MAX);
			break;
		case 'k':
			plan.first_flow = number(name, optarg, 0, FLOWS_MAX - 1);
			break;
		case 'r':
			plan.random_sources = 1;
			break;
		case 'b':
			plan.frame_bytes = number(name, optarg, LOAD_LEAST_BYTES4, FRAME_MAX);
			break;
		case 'i':
			plan.ipv6 = number(name, optarg, 4, 6) == 6;
			break;
		case 'p':
			if (strcmp(optarg, "udp") && strcmp(optarg, "tcp-syn"))
				usage("--proto takes udp or tcp-syn");
			plan.tcp = *optarg == 't';
			break;
		case 'R':
			pps = number(name, optarg, 1, 1000000000);
			break;
		case 's':
			plan.seed = number(name, optarg, 0, ~0ull);
			break;
		case 'c':
			pin(number(name, optarg, 0, CPU_SETSIZE - 1));
			break;
		case 't':
			truth = optarg;
			break;
		default:
			usage("an unknown option");
		}
	}
	if (optind < count)
		usage("a word too many");
	if (!wanted)
		usage("--packets is missing");
	if (plan.first_flow + plan.flows > FLOWS_MAX)
		usage("flows end at 2^24");
	if (plan.random_sources && wanted > 1ull << 32)
		usage("--random-sources ends after 2^32 packets");
	return truth;
}

int main(int count, char **words)
{
	__u64 start, start_cpu, made, missing;
	struct generator generator;
	double seconds, cpu_seconds;
	struct device before;
	const char *truth;
	int live, fd = -1;

	if (count < 3 ||
	    (strcmp(words[1], "live") && strcmp(words[1], "skb") && strcmp(words[1], "empty")))
		usage("it takes live, skb or empty, and an interface");
	live = *words[1] == 'l';
	interface_name = words[2];
	plan.interface = if_nametoindex(interface_name);
	need(plan.interface != 0, interface_name);
	if (*words[1] == 'e') {
		hold_empty();
		return 0;
	}
	truth = parse_options(count - 2, words + 2);
	if (plan.ipv6 && plan.frame_bytes < LOAD_LEAST_BYTES6)
		plan.frame_bytes = LOAD_LEAST_BYTES6;
	build_template();
	if (live)
		generator = open_generator();
	else
		fd = open_socket();
	before = read_device();
	start = clock_ns(CLOCK_MONOTONIC);
	start_cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	made = live ? send_live(&generator, start) : send_skbs(fd, start);
	seconds = (clock_ns(CLOCK_MONOTONIC) - start) / 1e9;
	cpu_seconds = (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - start_cpu) / 1e9;
	missing = undelivered(&before, made, live);
	printf("{\"mode\":\"%s\",\"interface\":\"%s\",\"ip\":%d,\"proto\":\"%s\",\"size\":%u,"
	       "\"flows\":%llu,\"seed\":%llu,\"sent\":%llu,\"wire_bytes\":%llu,"
	       "\"undelivered\":%llu,\"seconds\":%.6f,\"pps\":%.0f,\"cpu_seconds\":%.6f}\n",
	       words[1], interface_name, plan.ipv6 ? 6 : 4, plan.tcp ? "tcp-syn" : "udp",
	       plan.frame_bytes, plan.random_sources ? made : (__u64)plan.flows, plan.seed,
	       made - missing, (made - missing) * plan.frame_bytes, missing, seconds,
	       (made - missing) / seconds, cpu_seconds);
	if (!truth)
		return 0;
	if (missing) {
		fprintf(stderr, "load: %llu frames were not delivered, which is not known: no %s\n",
			missing, truth);
		return UNDELIVERED_STATUS;
	}
	write_truth(truth, made);
	return 0;
}
