// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * owner.bpf.o against processes that know what they hold: in namespaces of its
 * own, for about two seconds. Usage: see usage().
 */
#define _GNU_SOURCE
#include "world.h"

#include <linux/sched.h>
#include <sys/syscall.h>

#include "jopil/owner.h"
#include "owner_reader.h"

#define UNIFIED \
	(access("/sys/fs/cgroup/unified", F_OK) ? "/sys/fs/cgroup" : "/sys/fs/cgroup/unified")
#define PORT 7000
#define CLIENTS 10
#define WORKERS 3
#define CONNECTIONS 100 /* of each client */
#define OWNERS 16384
#define FEW_OWNERS 64
#define ALL (CLIENTS * CONNECTIONS)

static struct bpf_object *object;
static int owners_fd;

static int look_up(__u64 cookie, struct socket_owner *out)
{
	return !bpf_map_lookup_elem(owners_fd, &cookie, out) && out->cookie == cookie &&
	       out->check == cookie;
}

static void expect_owner(__u64 cookie, pid_t pid, int source, const char *what)
{
	struct socket_owner o;

	expect(look_up(cookie, &o), "%s: has an owner", what);
	expect(o.tgid == (__u32)pid, "%s: owner %u is %d", what, o.tgid, pid);
	expect(!source || o.source == source, "%s: source %u is %d", what, o.source, source);
}

static void expect_no_owner(__u64 cookie, const char *what)
{
	struct socket_owner o;

	expect(!look_up(cookie, &o), "%s: no owner yet", what);
}

/* Reads every open file of every process; returns how many hold the socket. */
static int pass(__u64 cookie)
{
	struct socket_holder *holders;
	int found = 0;
	size_t bytes;

	holders = read_iterator(object, "jopil_owner_files", NULL, &bytes);
	for (size_t i = 0; i < bytes / sizeof(*holders); i++)
		found += holders[i].cookie == cookie;
	free(holders);
	return found;
}

static int listed(__u64 cookie, struct socket_owner *out)
{
	struct owned_socket *all;
	int found = 0;
	size_t bytes;

	all = read_iterator(object, "jopil_owner_list", "owner_sockets", &bytes);
	expect(!(bytes % sizeof(*all)), "the list is whole records");
	for (size_t i = 0; i < bytes / sizeof(*all); i++) {
		if (all[i].owner.cookie != cookie)
			continue;
		*out = all[i].owner;
		found++;
	}
	free(all);
	return found;
}

static __u64 start_boot_ticks(pid_t pid)
{
	unsigned long long ticks = 0;
	char path[64], line[1024], *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	need(file && fgets(line, sizeof(line), file), path);
	fclose(file);
	at = strrchr(line, ')') + 2;
	for (int field = 3; field < 22; field++)
		at = strchr(at, ' ') + 1;
	sscanf(at, "%llu", &ticks);
	return ticks;
}

/* Its id is its inode. */
static __u64 cgroup_of_this(void)
{
	char line[512], path[640] = "";
	FILE *file = fopen("/proc/self/cgroup", "r");
	struct stat st;

	need(file != NULL, "/proc/self/cgroup");
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "0::", 3))
			snprintf(path, sizeof(path), "%s%s", UNIFIED, line + 3);
	}
	fclose(file);
	need(!stat(path, &st), path);
	return st.st_ino;
}

static void open_object(const char *path, __u32 entries)
{
	object = bpf_object__open(path);
	need(object != NULL, path);
	need(!bpf_map__set_max_entries(bpf_object__find_map_by_name(object, "owners"), entries),
	     "owners");
	need(!bpf_object__load(object), "load");
	owners_fd = bpf_object__find_map_fd_by_name(object, "owners");
}

/* --- before the load ------------------------------------------------------- */

struct elder {
	sem_t *steps; /* ready, end */
	__u64 listener, connected, accepted, udp;
};

static void live_before(void *argument)
{
	struct elder *e = argument;
	int listener, connected, accepted, udp;

	enter(FAR);
	listener = open_listener(AF_INET, FAR, PORT);
	connected = open_connected(AF_INET, SOCK_STREAM, FAR, PORT);
	accepted = accept(listener, NULL, NULL);
	udp = open_bound(AF_INET6, SOCK_DGRAM, FAR, PORT);
	e->listener = cookie_of(listener);
	e->connected = cookie_of(connected);
	e->accepted = cookie_of(accepted);
	e->udp = cookie_of(udp);
	sem_post(&e->steps[0]);
	await(&e->steps[1]);
}

static void check_elder(struct elder *e, pid_t pid)
{
	struct socket_owner o;

	expect_no_owner(e->listener, "listener from before the load");
	pass(0);
	expect_owner(e->listener, pid, JOPIL_OWNER_FILE, "listener from before the load");
	expect_owner(e->connected, pid, JOPIL_OWNER_FILE, "connection from before the load");
	expect_owner(e->accepted, pid, JOPIL_OWNER_FILE, "accepted before the load");
	expect_owner(e->udp, pid, JOPIL_OWNER_FILE, "UDP socket from before the load");
	expect(listed(e->udp, &o) == 1 && o.tgid == (__u32)pid, "the list has it once");
	expect(o.local_port == PORT && o.family == AF_INET6 && o.protocol == IPPROTO_UDP &&
		       o.local[0] == 0xfd && o.local[15] == 2 && o.netns == inode_of(FAR),
	       "its address");
	expect(!strcmp(o.comm, program_invocation_short_name), "comm %s", o.comm);
	expect(o.start_boot_ns / 10000000 == start_boot_ticks(pid), "start time");
	expect(o.uid == getuid(), "uid %u", o.uid);
	expect(o.cgroup == cgroup_of_this(), "control group %llu", o.cgroup);
	printf("before the load: listener, connection, accepted, UDP: found by iterator\n");
}

/* --- roles ------------------------------------------------------------------ */

struct roles {
	sem_t *steps;
	int family, port;
	__u64 listener, accepted, udp, client, client_udp;
	pid_t worker;
};

enum {
	SERVER_READY,
	CLIENT_CONNECTED,
	ACCEPTED,
	GO_ON,
	WORKER_DONE,
	READ_DATAGRAM,
	DATAGRAM_READ,
	END,
	CLIENT_END,
	ROLE_STEPS,
};

static void serve(void *argument)
{
	struct roles *r = argument;
	int listener, accepted, udp;
	char data[16];
	pid_t worker;

	enter(FAR);
	listener = open_listener(r->family, FAR, r->port);
	udp = open_bound(r->family, SOCK_DGRAM, FAR, r->port);
	r->listener = cookie_of(listener);
	r->udp = cookie_of(udp);
	sem_post(&r->steps[SERVER_READY]);
	accepted = accept(listener, NULL, NULL);
	r->accepted = cookie_of(accepted);
	sem_post(&r->steps[ACCEPTED]);
	await(&r->steps[GO_ON]);
	need(read(accepted, data, 1) == 1, "read");
	sem_post(&r->steps[WORKER_DONE]);
	await(&r->steps[GO_ON]);
	worker = fork();
	if (!worker) {
		r->worker = getpid();
		need(read(accepted, data, 1) == 1, "read");
		sem_post(&r->steps[WORKER_DONE]);
		exit(0);
	}
	await(&r->steps[READ_DATAGRAM]);
	need(recv(udp, data, sizeof(data), 0) == 4, "recv");
	sem_post(&r->steps[DATAGRAM_READ]);
	await(&r->steps[END]);
	finish(worker);
}

static void call(void *argument)
{
	struct roles *r = argument;
	int tcp, udp;

	enter(NEAR);
	tcp = open_connected(r->family, SOCK_STREAM, FAR, r->port);
	r->client = cookie_of(tcp);
	udp = open_connected(r->family, SOCK_DGRAM, FAR, r->port);
	need(send(udp, "data", 4, 0) == 4, "send");
	r->client_udp = cookie_of(udp);
	sem_post(&r->steps[CLIENT_CONNECTED]);
	await(&r->steps[CLIENT_END]);
	need(write(tcp, "ab", 2) == 2, "write");
	await(&r->steps[CLIENT_END]);
}

static void check_roles(int family, int port, int created)
{
	struct roles *r = shared(sizeof(*r));
	struct socket_owner o;
	pid_t server, client;

	r->steps = steps(ROLE_STEPS);
	r->family = family;
	r->port = port;
	server = start(serve, r);
	await(&r->steps[SERVER_READY]);
	expect_owner(r->listener, server, created ? 0 : JOPIL_OWNER_LISTEN, "listener");
	if (created)
		expect_owner(r->udp, server, JOPIL_OWNER_CREATE, "UDP socket that nobody read");
	else
		expect_no_owner(r->udp, "UDP socket that nobody read");
	client = start(call, r);
	await(&r->steps[CLIENT_CONNECTED]);
	await(&r->steps[ACCEPTED]);
	expect_owner(r->client, client, created ? 0 : JOPIL_OWNER_CONNECT, "client");
	expect_owner(r->client_udp, client, created ? 0 : JOPIL_OWNER_SEND, "UDP client");
	expect_no_owner(r->accepted, "accepted, not read");
	expect(listed(r->accepted, &o) == 1 && o.source == JOPIL_OWNER_LISTENER &&
		       o.tgid == (__u32)server && o.local_port == port && o.remote_port,
	       "accepted, not read: its listener's owner");
	sem_post(&r->steps[CLIENT_END]);
	sem_post(&r->steps[GO_ON]);
	await(&r->steps[WORKER_DONE]);
	expect_owner(r->accepted, server, JOPIL_OWNER_RECEIVE, "accepted and read");
	sem_post(&r->steps[GO_ON]);
	await(&r->steps[WORKER_DONE]);
	expect_owner(r->accepted, r->worker, JOPIL_OWNER_RECEIVE, "read by a forked child");
	expect(listed(r->accepted, &o) == 1 && o.changes == 1, "one change of owner");
	expect_owner(r->client, client, JOPIL_OWNER_SEND, "client that sent");
	expect(look_up(r->client, &o) && o.local_port && o.remote_port == port &&
		       o.protocol == IPPROTO_TCP && o.family == family,
	       "the client's ports are known once it sent");
	sem_post(&r->steps[READ_DATAGRAM]);
	await(&r->steps[DATAGRAM_READ]);
	expect_owner(r->udp, server, created ? 0 : JOPIL_OWNER_RECEIVE, "UDP socket that was read");
	sem_post(&r->steps[END]);
	sem_post(&r->steps[CLIENT_END]);
	finish(server);
	finish(client);
	expect(!listed(r->accepted, &o), "a socket that is gone is not in the list");
	expect_owner(r->accepted, r->worker, 0, "but its owner is still known");
	printf("IPv%d%s: listener, client, accepted, forked child, UDP: right\n",
	       family == AF_INET ? 4 : 6, created ? " with sock_create" : "");
}

/* --- identity --------------------------------------------------------------- */

static struct identity {
	sem_t *steps;
	int fd;
} identity;

static void send_and_stay(void *argument)
{
	struct identity *i = argument;

	need(send(i->fd, "x", 1, 0) == 1, "send");
	sem_post(&i->steps[0]);
	await(&i->steps[1]);
}

static pid_t start_as(pid_t pid, void (*body)(void *), void *argument)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD,
					.set_tid = (__u64)(unsigned long)&pid,
					.set_tid_size = 1 };
	long started = syscall(SYS_clone3, &arguments, sizeof(arguments));

	need(started >= 0, "clone3 with the same pid");
	if (started)
		return started;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	body(argument);
	exit(0);
}

/* The same process as another program: named after the last part of the path. */
static void become_another(void *argument)
{
	struct identity *i = argument;
	char fd[16];

	need(send(i->fd, "x", 1, 0) == 1, "send");
	snprintf(fd, sizeof(fd), "%d", i->fd);
	fcntl(i->fd, F_SETFD, 0);
	execl("/proc/self/exe", program_invocation_name, "send", fd, NULL);
	need(0, "exec");
}

static void check_identity(void)
{
	struct identity *i = &identity;
	struct socket_owner first, second;
	__u64 cookie;
	pid_t pid;
	int sink;

	i->steps = steps(2);
	enter(FAR);
	sink = open_bound(AF_INET, SOCK_DGRAM, FAR, PORT);
	enter(NEAR);
	i->fd = open_connected(AF_INET, SOCK_DGRAM, FAR, PORT);
	cookie = cookie_of(i->fd);
	pid = start(send_and_stay, i);
	await(&i->steps[0]);
	expect_owner(cookie, pid, 0, "sender");
	look_up(cookie, &first);
	sem_post(&i->steps[1]);
	finish(pid);
	need(start_as(pid, send_and_stay, i) == pid, "clone3");
	await(&i->steps[0]);
	look_up(cookie, &second);
	expect(second.tgid == first.tgid && second.start_boot_ns > first.start_boot_ns &&
		       second.changes == first.changes + 1,
	       "another process with the same pid is another owner");
	sem_post(&i->steps[1]);
	finish(pid);
	pid = start(become_another, i);
	finish(pid);
	look_up(cookie, &second);
	expect(second.tgid == (__u32)pid && !strcmp(second.comm, "exe"), "after exec: %s",
	       second.comm);
	prctl(PR_SET_NAME, "renamed");
	need(send(i->fd, "x", 1, 0) == 1, "send");
	expect_owner(cookie, getpid(), 0, "own socket");
	look_up(cookie, &second);
	expect(!strcmp(second.comm, "renamed"), "new name %s", second.comm);
	prctl(PR_SET_NAME, program_invocation_short_name);
	close(i->fd);
	close(sink);
	printf("same pid again: another owner; new names, by exec too, are seen\n");
}

/* --- a socket that was handed over ------------------------------------------ */

struct heirs {
	sem_t *steps;
	__u64 cookie;
	pid_t heir;
};

static void inherit(void *argument)
{
	struct heirs *h = argument;
	int fd;

	enter(FAR);
	fd = open_listener(AF_INET, FAR, PORT + 50);
	h->cookie = cookie_of(fd);
	if (fork())
		exit(0);
	h->heir = getpid();
	sem_post(&h->steps[0]);
	await(&h->steps[1]);
	exit(0);
}

static void check_heir(void)
{
	struct heirs *h = shared(sizeof(*h));
	int passes = 0;
	struct socket_owner o;
	pid_t parent;

	h->steps = steps(2);
	parent = start(inherit, h);
	await(&h->steps[0]);
	finish(parent);
	expect_owner(h->cookie, parent, JOPIL_OWNER_LISTEN, "listener of a parent that is gone");
	do {
		expect(pass(h->cookie) == 1, "one process holds it");
		passes++;
		look_up(h->cookie, &o);
	} while (o.tgid != (__u32)h->heir && passes < 10);
	expect(passes <= 3, "its child has it after %d passes", passes);
	sem_post(&h->steps[1]);
	printf("parent gone: its child has the listener after %d passes\n", passes);
}

/* --- one socket, two processes at once --------------------------------------- */

#define SHARED_MS 300

struct sharers {
	int fd;
	int stop;
};

static void send_as(struct sharers *s, const char *name)
{
	prctl(PR_SET_NAME, name);
	while (!*(volatile int *)&s->stop)
		send(s->fd, "x", 1, 0);
}

static void send_as_alpha(void *argument)
{
	send_as(argument, "alpha");
}

static void send_as_beta(void *argument)
{
	send_as(argument, "beta");
}

static int is_whole(const struct socket_owner *o, const pid_t *pids)
{
	return (o->tgid == (__u32)pids[0] && !strcmp(o->comm, "alpha")) ||
	       (o->tgid == (__u32)pids[1] && !strcmp(o->comm, "beta"));
}

static void check_shared(void)
{
	struct sharers *s = shared(sizeof(*s));
	int looks = 0, mixed = 0, sink;
	struct socket_owner o;
	__u64 cookie, end_ns;
	pid_t pids[2];

	enter(FAR);
	sink = open_bound(AF_INET, SOCK_DGRAM, FAR, PORT);
	enter(NEAR);
	s->fd = open_connected(AF_INET, SOCK_DGRAM, FAR, PORT);
	cookie = cookie_of(s->fd);
	pids[0] = start(send_as_alpha, s);
	pids[1] = start(send_as_beta, s);
	end_ns = clock_ns() + SHARED_MS * 1000000ULL;
	while (clock_ns() < end_ns) {
		if (look_up(cookie, &o) && strcmp(o.comm, program_invocation_short_name)) {
			looks++;
			mixed += !is_whole(&o, pids);
		}
		if (looks % 16 == 0 && listed(cookie, &o) &&
		    strcmp(o.comm, program_invocation_short_name))
			mixed += !is_whole(&o, pids);
	}
	s->stop = 1;
	finish(pids[0]);
	finish(pids[1]);
	look_up(cookie, &o);
	expect(!mixed && looks > 10 && o.changes > 10, "%d of %d looks are of both, %u changes",
	       mixed, looks, o.changes);
	close(s->fd);
	close(sink);
	printf("two processes on one socket: %u changes, 0 of %d looks are a mixture\n", o.changes,
	       looks);
}

/* --- many short connections ------------------------------------------------- */

struct truth {
	__u64 cookie;
	pid_t pid;
};

struct churn {
	int listener;
	int next_client;
	int left;
	struct truth clients[ALL], servers[ALL];
};

/* The cookie last: it says that the rest is there. */
static void tell_truth(struct truth *t, int fd)
{
	t->pid = getpid();
	__atomic_store_n(&t->cookie, cookie_of(fd), __ATOMIC_RELEASE);
}

static void work(void *argument)
{
	struct churn *c = argument;
	int fd, number;

	while (__atomic_fetch_sub(&c->left, 1, __ATOMIC_SEQ_CST) > 0) {
		fd = accept(c->listener, NULL, NULL);
		need(fd >= 0, "accept");
		need(read(fd, &number, sizeof(number)) == sizeof(number), "read");
		tell_truth(&c->servers[number], fd);
		need(write(fd, &number, sizeof(number)) == sizeof(number), "write");
		close(fd);
	}
}

static void call_often(void *argument)
{
	struct churn *c = argument;
	int client = __atomic_fetch_add(&c->next_client, 1, __ATOMIC_SEQ_CST);

	for (int i = 0; i < CONNECTIONS; i++) {
		int number = client * CONNECTIONS + i, answer;
		int fd = open_connected(AF_INET6, SOCK_STREAM, FAR, PORT + 60);

		tell_truth(&c->clients[number], fd);
		need(write(fd, &number, sizeof(number)) == sizeof(number), "write");
		need(read(fd, &answer, sizeof(answer)) == sizeof(answer), "read");
		expect(answer == number, "the answer");
		close(fd);
	}
}

static void compare(const struct truth *all, int *wrong, int *missing)
{
	struct socket_owner o;

	for (int i = 0; i < ALL; i++) {
		__u64 cookie = __atomic_load_n(&all[i].cookie, __ATOMIC_ACQUIRE);

		if (!look_up(cookie, &o))
			(*missing)++;
		else if (o.tgid != (__u32)all[i].pid)
			(*wrong)++;
	}
}

static struct churn *run_churn(int *wrong, int *missing)
{
	struct churn *c = shared(sizeof(*c));
	pid_t pids[CLIENTS + WORKERS];
	siginfo_t ended = {};

	c->left = ALL;
	enter(FAR);
	c->listener = open_listener(AF_INET6, FAR, PORT + 60);
	enter(NEAR);
	for (int i = 0; i < WORKERS; i++)
		pids[i] = start(work, c);
	for (int i = 0; i < CLIENTS; i++)
		pids[WORKERS + i] = start(call_often, c);
	while (!waitid(P_PID, pids[WORKERS], &ended, WEXITED | WNOHANG | WNOWAIT) &&
	       !ended.si_pid) {
		compare(c->clients, wrong, missing);
		compare(c->servers, wrong, missing);
	}
	*missing = 0;
	for (int i = 0; i < CLIENTS + WORKERS; i++)
		finish(pids[i]);
	close(c->listener);
	compare(c->clients, wrong, missing);
	compare(c->servers, wrong, missing);
	return c;
}

static struct bpf_object *open_reader(const char *path)
{
	struct bpf_object *reader = bpf_object__open(path);
	const char *const names[] = { "owner_sockets", "owners" };

	need(reader != NULL, path);
	for (int i = 0; i < 2; i++)
		need(!bpf_map__reuse_fd(bpf_object__find_map_by_name(reader, names[i]),
					bpf_object__find_map_fd_by_name(object, names[i])),
		     names[i]);
	need(!bpf_object__load(reader), path);
	attach_tracepoints(reader);
	return reader;
}

/* Clients are known when the answer comes; who was accepted goes by its listener's owner. */
static void check_answers(struct bpf_object *reader, const struct churn *c, pid_t listener_pid)
{
	int fd = bpf_object__find_map_fd_by_name(reader, "answers");
	struct answer a;

	for (int i = 0; i < ALL; i++) {
		need(!bpf_map_lookup_elem(fd, &c->clients[i].cookie, &a), "answer for a client");
		expect(a.by_socket == (__u32)c->clients[i].pid && a.by_cookie == a.by_socket,
		       "in softirq: %u and %u are %d", a.by_socket, a.by_cookie, c->clients[i].pid);
		need(!bpf_map_lookup_elem(fd, &c->servers[i].cookie, &a), "answer for a server");
		expect(a.by_socket == (__u32)(a.source == JOPIL_OWNER_LISTENER ? listener_pid
									       : c->servers[i].pid),
		       "in softirq, accepted: %u, source %u", a.by_socket, a.source);
	}
	printf("asked in softirq by another object: %d clients and %d accepted right\n", ALL, ALL);
}

static void check_churn(const char *reader_path)
{
	struct bpf_object *reader = open_reader(reader_path);
	int wrong = 0, missing = 0;

	check_answers(reader, run_churn(&wrong, &missing), getpid());
	expect(!wrong && !missing, "%d wrong, %d missing", wrong, missing);
	printf("%d connections of %d processes to %d: 0 of %d sockets wrong or missing\n", ALL,
	       CLIENTS, WORKERS, 2 * ALL);
}

/* Entries go to other sockets all the time, under the reader's eyes. */
static void check_few(void *path)
{
	int wrong = 0, missing = 0, sink, fd;
	__u64 cookie, start_ns;
	struct socket_owner o;

	open_object(path, FEW_OWNERS);
	attach_tracepoints(object);
	enter(FAR);
	sink = open_bound(AF_INET, SOCK_DGRAM, FAR, PORT);
	enter(NEAR);
	fd = open_connected(AF_INET, SOCK_DGRAM, FAR, PORT);
	need(send(fd, "x", 1, 0) == 1, "send");
	cookie = cookie_of(fd);
	expect_owner(cookie, getpid(), JOPIL_OWNER_SEND, "a socket that will be forgotten");
	run_churn(&wrong, &missing);
	for (int i = 0; look_up(cookie, &o) && i < 10 * ALL; i++) {
		int other = open_connected(AF_INET, SOCK_DGRAM, FAR, PORT);

		send(other, "x", 1, 0);
		close(other);
	}
	expect_no_owner(cookie, "a forgotten socket");
	expect(listed(cookie, &o) && o.tgid == (__u32)getpid(), "a living one is always listed");
	start_ns = clock_ns();
	while (!look_up(cookie, &o) && clock_ns() - start_ns < WAIT_SECONDS * 1000000000ULL) {
		need(send(fd, "x", 1, 0) == 1, "send");
		usleep(20000);
	}
	expect_owner(cookie, getpid(), JOPIL_OWNER_SEND, "a used socket is known again");
	printf("forgotten, used, known again after %llu ms\n", (clock_ns() - start_ns) / 1000000);
	close(fd);
	close(sink);
	expect(!wrong && missing > ALL, "%d wrong, %d missing", wrong, missing);
	printf("room for %d owners: 0 of %d sockets wrong, %d forgotten\n", FEW_OWNERS, 2 * ALL,
	       missing);
}

/* The same connections where owners are learned in softirq, too: the oracle must see it. */
static int check_faults(const char *path)
{
	int wrong = 0, missing = 0;

	make_world();
	open_object(path, OWNERS);
	attach_tracepoints(object);
	run_churn(&wrong, &missing);
	expect(wrong > 0, "wrong owners are noticed");
	printf("learned in softirq, too: %d looks found a wrong owner\n", wrong);
	return 0;
}

/* Returns 0 where the control group cannot be used. */
static int attach_create(void)
{
	int cgroup = open(UNIFIED, O_RDONLY | O_DIRECTORY);

	return cgroup >= 0 &&
	       bpf_program__attach_cgroup(program(object, "jopil_owner_create"), cgroup) != NULL;
}

static int check(char *path, const char *reader_path)
{
	struct elder *elder = shared(sizeof(*elder));
	struct owner_book book;
	pid_t pid;

	make_world();
	finish(start(check_few, path));
	elder->steps = steps(2);
	pid = start(live_before, elder);
	await(&elder->steps[0]);
	open_object(path, OWNERS);
	attach_tracepoints(object);
	check_elder(elder, pid);
	sem_post(&elder->steps[1]);
	finish(pid);
	check_roles(AF_INET, PORT + 1, 0);
	check_roles(AF_INET6, PORT + 2, 0);
	check_identity();
	check_heir();
	check_shared();
	check_churn(reader_path);
	if (attach_create())
		check_roles(AF_INET, PORT + 3, 1);
	else
		printf("sock_create: not attached here: %s\n", strerror(errno));
	read_per_cpu(object, "owner_books", (__u64 *)&book, sizeof(book) / sizeof(__u64));
	expect(!book.no_storage && !book.not_stored, "nothing was lost");
	printf("learned %llu, changed %llu, no storage %llu, busy %llu, not stored %llu\n",
	       book.learned, book.changed, book.no_storage, book.busy, book.not_stored);
	return 0;
}

/* --- cost ----------------------------------------------------------------- */

#define COST_DATAGRAMS 20000
#define COST_CONNECTIONS 1000
#define COST_ROUNDS 5

static void send_datagrams(int from, int to)
{
	char data[64];

	for (int i = 0; i < COST_DATAGRAMS; i++) {
		need(send(from, data, sizeof(data), 0) == sizeof(data), "send");
		need(recv(to, data, sizeof(data), 0) == sizeof(data), "recv");
	}
}

static void connect_often(int listener)
{
	char data[1];

	for (int i = 0; i < COST_CONNECTIONS; i++) {
		int client = open_connected(AF_INET, SOCK_STREAM, NEAR, PORT);
		int server = accept(listener, NULL, NULL);

		need(send(client, data, 1, 0) == 1 && recv(server, data, 1, 0) == 1, "byte");
		close(client);
		close(server);
	}
}

/* Over loopback of a namespace: ns a datagram and ns a connection. */
static void spend(double *datagram_ns, double *connection_ns)
{
	int to = open_bound(AF_INET, SOCK_DGRAM, NEAR, PORT);
	int from = open_connected(AF_INET, SOCK_DGRAM, NEAR, PORT);
	int listener = open_listener(AF_INET, NEAR, PORT);
	__u64 start_ns;

	for (int round = 0; round < COST_ROUNDS; round++) {
		double ns;

		start_ns = clock_ns();
		send_datagrams(from, to);
		ns = (double)(clock_ns() - start_ns) / COST_DATAGRAMS;
		*datagram_ns = !round || ns < *datagram_ns ? ns : *datagram_ns;
		start_ns = clock_ns();
		connect_often(listener);
		ns = (double)(clock_ns() - start_ns) / COST_CONNECTIONS;
		*connection_ns = !round || ns < *connection_ns ? ns : *connection_ns;
	}
	close(from);
	close(to);
	close(listener);
}

static int print_cost(const char *path, const char *empty_path)
{
	double datagram_ns, connection_ns, base_datagram_ns, base_connection_ns;
	struct bpf_object *empty = bpf_object__open(empty_path);
	struct bpf_prog_info info;
	int stats;

	make_world();
	spend(&base_datagram_ns, &base_connection_ns);
	open_object(path, OWNERS);
	attach_tracepoints(object);
	attach_create();
	spend(&datagram_ns, &connection_ns);
	printf("cost: a datagram sent and read %+.0f ns (of %.0f), a connection of one byte %+.0f "
	       "ns "
	       "(of %.0f)\n",
	       datagram_ns - base_datagram_ns, base_datagram_ns, connection_ns - base_connection_ns,
	       base_connection_ns);
	need(empty && !bpf_object__load(empty), empty_path);
	attach_tracepoints(empty);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	need(stats >= 0, "bpf_enable_stats");
	spend(&datagram_ns, &connection_ns);
	pass(0);
	info = program_info(program(empty, "path_empty"));
	print_costs(object, (double)info.run_time_ns / info.run_cnt);
	close(stats);
	return 0;
}

static void usage(void)
{
	fprintf(stderr, "usage: owner_test OBJECT check READER_OBJECT\n"
			"       owner_test FAULTS_OBJECT faults\n"
			"       owner_test OBJECT cost EMPTY_OBJECT\n");
	exit(2);
}

int main(int count, char **arguments)
{
	if (count == 4 && !strcmp(arguments[2], "check"))
		return check(arguments[1], arguments[3]);
	if (count == 3 && !strcmp(arguments[1], "send"))
		return send(atoi(arguments[2]), "x", 1, 0) != 1;
	if (count == 3 && !strcmp(arguments[2], "faults"))
		return check_faults(arguments[1]);
	if (count == 4 && !strcmp(arguments[2], "cost"))
		return print_cost(arguments[1], arguments[3]);
	usage();
}
