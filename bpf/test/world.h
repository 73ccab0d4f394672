/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Two network namespaces with a veth pair between them, processes in them, and a
 * BPF object that watches: what the drivers of tracepoint programs need. All of
 * it goes with the process.
 */
#ifndef JOPIL_TEST_WORLD_H
#define JOPIL_TEST_WORLD_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define WAIT_SECONDS 10
#define NEAR 0
#define FAR 1

static const char *const world_ipv4[2] = { "10.77.0.1", "10.77.0.2" };
static const char *const world_ipv6[2] = { "fd77::1", "fd77::2" };
static int world_fd[2];

static inline void need(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
	exit(2);
}

__attribute__((format(printf, 2, 3))) static inline void expect(int ok, const char *format, ...)
{
	va_list arguments;

	if (ok)
		return;
	va_start(arguments, format);
	fprintf(stderr, "%s: not so: ", program_invocation_short_name);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

static inline void run(const char *format, ...)
{
	char command[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	need(!system(command), command);
}

static inline void enter(int side)
{
	need(!setns(world_fd[side], CLONE_NEWNET), "setns");
}

static inline __u32 inode_of(int side)
{
	struct stat st;

	need(!fstat(world_fd[side], &st), "netns");
	return st.st_ino;
}

static inline void make_world(void)
{
	for (int side = 0; side < 2; side++) {
		need(!unshare(CLONE_NEWNET), "unshare");
		world_fd[side] = open("/proc/self/ns/net", O_RDONLY);
		need(world_fd[side] >= 0, "netns");
	}
	enter(NEAR);
	run("ip link add near type veth peer name far");
	run("ip link set far netns /proc/%d/fd/%d", getpid(), world_fd[FAR]);
	for (int side = 0; side < 2; side++) {
		const char *device = side ? "far" : "near";

		enter(side);
		run("ip link set lo up && ip addr add %s/24 dev %s && "
		    "ip addr add %s/64 dev %s nodad && ip link set %s up",
		    world_ipv4[side], device, world_ipv6[side], device, device);
	}
	enter(NEAR);
}

static inline __u64 clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static inline void *shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	need(memory != MAP_FAILED, "mmap");
	return memory;
}

/* Steps that processes wait for. */
static inline sem_t *steps(int count)
{
	sem_t *all = shared(count * sizeof(*all));

	for (int i = 0; i < count; i++)
		need(!sem_init(&all[i], 1, 0), "sem_init");
	return all;
}

static inline void await(sem_t *step)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_SECONDS;
	need(!sem_timedwait(step, &end), "a step that did not come");
}

/* A process of the test; it ends with it. */
static inline pid_t start(void (*body)(void *), void *argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	need(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(argument);
	exit(0);
}

static inline void finish(pid_t pid)
{
	int status = -1;

	need(waitpid(pid, &status, 0) == pid, "waitpid");
	expect(WIFEXITED(status) && !WEXITSTATUS(status), "process %d ends well", pid);
}

static inline socklen_t make_address(struct sockaddr_storage *out, int family, int side, int port)
{
	struct sockaddr_in *ipv4 = (void *)out;
	struct sockaddr_in6 *ipv6 = (void *)out;

	memset(out, 0, sizeof(*out));
	out->ss_family = family;
	if (family == AF_INET) {
		ipv4->sin_port = htons(port);
		inet_pton(AF_INET, world_ipv4[side], &ipv4->sin_addr);
		return sizeof(*ipv4);
	}
	ipv6->sin6_port = htons(port);
	inet_pton(AF_INET6, world_ipv6[side], &ipv6->sin6_addr);
	return sizeof(*ipv6);
}

static inline int open_bound(int family, int type, int side, int port)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_storage address;
	socklen_t length = make_address(&address, family, side, port);

	need(fd >= 0, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	need(!bind(fd, (void *)&address, length), "bind");
	return fd;
}

static inline int open_listener(int family, int side, int port)
{
	int fd = open_bound(family, SOCK_STREAM, side, port);

	need(!listen(fd, 128), "listen");
	return fd;
}

static inline int open_connected(int family, int type, int side, int port)
{
	int fd = socket(family, type | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t length = make_address(&address, family, side, port);

	need(fd >= 0, "socket");
	need(!connect(fd, (void *)&address, length), "connect");
	return fd;
}

static inline __u64 cookie_of(int fd)
{
	__u64 cookie;
	socklen_t bytes = sizeof(cookie);

	need(!getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &bytes), "SO_COOKIE");
	return cookie;
}

static inline struct bpf_program *program(struct bpf_object *object, const char *name)
{
	struct bpf_program *found = bpf_object__find_program_by_name(object, name);

	need(found != NULL, name);
	return found;
}

/* All that is loaded and hangs on a tracepoint. */
static inline void attach_tracepoints(struct bpf_object *object)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, object) {
		if (strncmp(bpf_program__section_name(p), "tp_btf/", 7) || bpf_program__fd(p) < 0)
			continue;
		need(bpf_program__attach(p) != NULL, bpf_program__name(p));
	}
}

/* The iterator's bytes; `map` is the storage that it goes through, or NULL. */
static inline void *read_iterator(struct bpf_object *object, const char *name, const char *map,
				  size_t *bytes)
{
	union bpf_iter_link_info info = {};
	LIBBPF_OPTS(bpf_iter_attach_opts, options);
	size_t room = 0, n = 0;
	struct bpf_link *link;
	char *buffer = NULL;
	ssize_t got;
	int fd;

	if (map) {
		info.map.map_fd = bpf_object__find_map_fd_by_name(object, map);
		options.link_info = &info;
		options.link_info_len = sizeof(info);
	}
	link = bpf_program__attach_iter(program(object, name), &options);
	need(link != NULL, name);
	fd = bpf_iter_create(bpf_link__fd(link));
	need(fd >= 0, name);
	do {
		if (room - n < 65536) {
			room += 262144;
			buffer = realloc(buffer, room);
		}
		got = read(fd, buffer + n, room - n);
		need(got >= 0, name);
		n += got;
	} while (got);
	close(fd);
	bpf_link__destroy(link);
	*bytes = n;
	return buffer;
}

/* Sum of a field of per-CPU values at index 0. */
static inline void read_per_cpu(struct bpf_object *object, const char *map, __u64 *sums,
				size_t words)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc(cpus * words, sizeof(*values));
	__u32 zero = 0;

	need(!bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, map), &zero, values),
	     map);
	memset(sums, 0, words * sizeof(*sums));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t word = 0; word < words; word++)
			sums[word] += values[cpu * words + word];
	free(values);
}

/* --- cost ----------------------------------------------------------------- */

static inline struct bpf_prog_info program_info(struct bpf_program *p)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	need(!bpf_obj_get_info_by_fd(bpf_program__fd(p), &info, &bytes), "program info");
	return info;
}

/* ns a run of every program that ran, less those of an empty one. */
static inline void print_costs(struct bpf_object *object, double base_ns)
{
	struct bpf_program *p;

	bpf_object__for_each_program(p, object) {
		struct bpf_prog_info info;

		if (bpf_program__fd(p) < 0)
			continue;
		info = program_info(p);
		if (!info.run_cnt)
			continue;
		printf("cost: %-28s %8llu runs %6.0f ns a run, %llu missed\n", bpf_program__name(p),
		       (unsigned long long)info.run_cnt,
		       (double)info.run_time_ns / info.run_cnt - base_ns,
		       (unsigned long long)info.recursion_misses);
	}
}

#endif
