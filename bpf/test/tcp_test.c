// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * tcp.bpf.o against TCP_INFO and against what was done to the segments on their
 * way: in namespaces of its own, for a few seconds. Usage: see usage().
 */
#define _GNU_SOURCE
#include "world.h"

#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <net/if.h>
#include <stddef.h>
#include <sys/resource.h>

#include "jopil/tcp.h"
#include "path.h"

#define PORT 7100
#define TCX_INGRESS 46
#define TCX_EGRESS 47
#define BPF_TCP_CLOSE_STATE 7
#define CLOSED_MAX 65536

/* enum sk_rst_reason of Linux 6.18 */
#define RESET_NO_SOCKET 1

/* Later kernels tell more than this system's headers know. */
union info {
	struct tcp_info i;
	struct {
		char known[offsetof(struct tcp_info, tcpi_snd_wnd) + 4];
		__u32 rcv_wnd;
		__u32 rehash;
		__u16 total_rto;
		__u16 total_rto_recoveries;
		__u32 total_rto_time;
	};
};

static struct bpf_object *object;
static struct path *paths;
static struct ring_buffer *ring;
static struct tcp_record *closed;
static __u64 closed_count;

static int take_closed(void *context, void *data, size_t bytes)
{
	(void)context;
	expect(bytes == sizeof(*closed), "a record is %zu bytes", bytes);
	if (closed_count < CLOSED_MAX)
		closed[closed_count] = *(struct tcp_record *)data;
	closed_count++;
	return 0;
}

static void sleep_ms(int ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

static struct tcp_sums read_sums(void)
{
	struct tcp_sums sums;

	read_per_cpu(object, "tcp_sums", (__u64 *)&sums, sizeof(sums) / sizeof(__u64));
	return sums;
}

static __u64 resets_of(__u32 reason)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 values[cpus], sum = 0;

	need(!bpf_map_lookup_elem(bpf_object__find_map_fd_by_name(object, "tcp_resets"), &reason,
				  values),
	     "tcp_resets");
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += values[cpu];
	return sum;
}

static int listed(__u64 cookie, struct tcp_record *out)
{
	struct tcp_record *all;
	int found = 0;
	size_t bytes;

	all = read_iterator(object, "jopil_tcp_list", "tcp_sockets", &bytes);
	expect(!(bytes % sizeof(*all)), "the list is whole records");
	for (size_t i = 0; i < bytes / sizeof(*all); i++) {
		if (all[i].cookie != cookie)
			continue;
		*out = all[i];
		found++;
	}
	free(all);
	return found;
}

/* The last record of a closed socket; how many there were. */
static int last_closed(__u64 cookie, struct tcp_record *out)
{
	int found = 0;

	ring_buffer__consume(ring);
	for (__u64 i = 0; i < closed_count && i < CLOSED_MAX; i++) {
		if (closed[i].cookie != cookie)
			continue;
		*out = closed[i];
		found++;
	}
	return found;
}

static union info info_of(int fd)
{
	union info info = {};
	socklen_t bytes = sizeof(info);

	need(!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &bytes), "TCP_INFO");
	return info;
}

/* --- comparison ------------------------------------------------------------- */

static int differences;

static void same(const char *what, const char *field, __u64 got, __u64 info)
{
	if (got == info)
		return;
	fprintf(stderr, "tcp_test: %s: %s %llu, TCP_INFO %llu\n", what, field,
		(unsigned long long)got, (unsigned long long)info);
	differences++;
}

static void compare(const char *what, const struct tcp_record *r, const union info *info)
{
	const struct tcp_info *i = &info->i;
	__u32 jiffy_us = r->rto_jiffies ? i->tcpi_rto / r->rto_jiffies : 0;

#define SAME(field, theirs) same(what, #field, r->field, theirs)
	SAME(state, i->tcpi_state);
	SAME(ca_state, i->tcpi_ca_state);
	SAME(retransmits_now, i->tcpi_retransmits);
	SAME(probes, i->tcpi_probes);
	SAME(backoff, i->tcpi_backoff);
	SAME(rtt, i->tcpi_rtt);
	SAME(rttvar, i->tcpi_rttvar);
	SAME(min_rtt, i->tcpi_min_rtt);
	SAME(snd_cwnd, i->tcpi_snd_cwnd);
	SAME(snd_ssthresh, i->tcpi_snd_ssthresh);
	SAME(snd_mss, i->tcpi_snd_mss);
	SAME(snd_wnd, i->tcpi_snd_wnd);
	SAME(rcv_wnd, info->rcv_wnd);
	SAME(unacked, i->tcpi_unacked);
	SAME(sacked, i->tcpi_sacked);
	SAME(lost, i->tcpi_lost);
	SAME(retrans, i->tcpi_retrans);
	SAME(segs_out, i->tcpi_segs_out);
	SAME(segs_in, i->tcpi_segs_in);
	SAME(data_segs_out, i->tcpi_data_segs_out);
	SAME(data_segs_in, i->tcpi_data_segs_in);
	SAME(delivered, i->tcpi_delivered);
	SAME(delivered_ce, i->tcpi_delivered_ce);
	SAME(bytes_acked, i->tcpi_bytes_acked);
	SAME(bytes_received, i->tcpi_bytes_received);
	SAME(bytes_sent, i->tcpi_bytes_sent);
	SAME(bytes_retrans, i->tcpi_bytes_retrans);
	SAME(total_retrans, i->tcpi_total_retrans);
	SAME(rcv_ooopack, i->tcpi_rcv_ooopack);
	SAME(dsack_dups, i->tcpi_dsack_dups);
	SAME(reordering, i->tcpi_reordering);
	SAME(reord_seen, i->tcpi_reord_seen);
	SAME(total_rto, info->total_rto);
	SAME(total_rto_recoveries, info->total_rto_recoveries);
	SAME(total_rto_time, info->total_rto_time);
#undef SAME
	same(what, "rto_jiffies", (__u64)r->rto_jiffies * jiffy_us, i->tcpi_rto);
	same(what, "busy_jiffies", (__u64)r->busy_jiffies * jiffy_us, i->tcpi_busy_time);
	same(what, "rwnd_limited_jiffies", (__u64)r->rwnd_limited_jiffies * jiffy_us,
	     i->tcpi_rwnd_limited);
	same(what, "sndbuf_limited_jiffies", (__u64)r->sndbuf_limited_jiffies * jiffy_us,
	     i->tcpi_sndbuf_limited);
}

static __u32 kinds(const struct tcp_record *r)
{
	__u32 sum = r->retransmits_earlier;

	for (int i = 0; i < JOPIL_TCP_RETRANSMITS; i++)
		sum += r->retransmits[i];
	return sum;
}

/* --- traffic ---------------------------------------------------------------- */

struct pair {
	int listener, client, server;
	__u64 client_cookie, server_cookie;
	__u32 connect_us; /* by the clock of this process */
};

static void open_pair(struct pair *p, int family, int port)
{
	__u64 start_ns;

	enter(FAR);
	p->listener = open_listener(family, FAR, port);
	enter(NEAR);
	start_ns = clock_ns();
	p->client = open_connected(family, SOCK_STREAM, FAR, port);
	p->connect_us = (clock_ns() - start_ns) / 1000 + 1;
	p->server = accept(p->listener, NULL, NULL);
	need(p->server >= 0, "accept");
	p->client_cookie = cookie_of(p->client);
	p->server_cookie = cookie_of(p->server);
}

static void close_pair(struct pair *p)
{
	close(p->client);
	close(p->server);
	close(p->listener);
}

/* Up to a full socket if nobody reads; returns the bytes sent. */
static size_t fill_up(int from)
{
	static char data[65536];
	size_t sent = 0;
	ssize_t n;

	while ((n = send(from, data, sizeof(data), MSG_DONTWAIT)) > 0)
		sent += n;
	return sent;
}

static void read_all(int to, size_t bytes)
{
	static char data[65536];
	__u64 end_ns = clock_ns() + WAIT_SECONDS * 1000000000ULL;

	while (bytes) {
		ssize_t n = recv(to, data, sizeof(data), MSG_DONTWAIT);

		if (n > 0)
			bytes -= n;
		else
			sleep_ms(1);
		expect(clock_ns() < end_ns, "%zu bytes more come in time", bytes);
	}
}

static void transfer(int from, int to, size_t bytes)
{
	static char data[65536];
	__u64 end_ns = clock_ns() + WAIT_SECONDS * 1000000000ULL;
	size_t sent = 0, received = 0;

	while (received < bytes) {
		size_t left = bytes - sent < sizeof(data) ? bytes - sent : sizeof(data);
		ssize_t n = left ? send(from, data, left, MSG_DONTWAIT) : 0;

		if (n > 0)
			sent += n;
		n = recv(to, data, sizeof(data), MSG_DONTWAIT);
		if (n > 0)
			received += n;
		expect(clock_ns() < end_ns, "%zu of %zu bytes come in time", received, bytes);
	}
}

/* At one instant: nothing is under way, so both looks see the same. */
static struct tcp_record compare_open(const char *what, int fd)
{
	struct tcp_record r;
	union info info;

	expect(listed(cookie_of(fd), &r) == 1, "%s: listed once", what);
	info = info_of(fd);
	compare(what, &r, &info);
	expect(kinds(&r) == r.total_retrans, "%s: kinds of retransmit add up", what);
	return r;
}

static struct tcp_record compare_closed(const char *what, int fd, int records)
{
	struct tcp_record r;
	union info info;

	expect(last_closed(cookie_of(fd), &r) == records, "%s: %d closed records", what, records);
	info = info_of(fd);
	compare(what, &r, &info);
	expect(r.state == BPF_TCP_CLOSE_STATE, "%s: closed", what);
	return r;
}

/* --- checks ----------------------------------------------------------------- */

static void check_earlier(struct pair *p)
{
	struct tcp_record r;
	size_t bytes;

	expect(!listed(p->client_cookie, &r), "not followed yet");
	free(read_iterator(object, "jopil_tcp_files", NULL, &bytes));
	r = compare_open("client from before the load", p->client);
	expect(r.flags == JOPIL_TCP_EARLIER && !r.handshake_us, "it says so");
	expect(r.bytes_acked >= 100000 && r.remote_port == PORT, "its bytes and port");
	r = compare_open("server from before the load", p->server);
	expect(r.bytes_received == 100000 && r.local_port == PORT, "its bytes and port");
	expect(listed(cookie_of(p->listener), &r) == 1 && r.state == 10, "listener");
	expect(r.sacked == 128 && !r.unacked, "its accept queue");
	close_pair(p);
	printf("before the load: client, server and listener listed, equal TCP_INFO\n");
}

static void check_plain(int family)
{
	struct tcp_sums before = read_sums(), after;
	struct tcp_record client, server;
	struct pair p;

	open_pair(&p, family, PORT + 1);
	transfer(p.client, p.server, 1000000);
	transfer(p.server, p.client, 300000);
	sleep_ms(60);
	client = compare_open("client", p.client);
	server = compare_open("server", p.server);
	expect(client.flags == JOPIL_TCP_ACTIVE && server.flags == JOPIL_TCP_PASSIVE, "directions");
	/* the server's ends with the last of three segments, which connect does not wait for */
	expect(client.handshake_us && client.handshake_us <= p.connect_us && server.handshake_us &&
		       server.handshake_us <= p.connect_us + 1000,
	       "handshakes of %u and %u us in a connect of %u us", client.handshake_us,
	       server.handshake_us, p.connect_us);
	expect(client.family == family && client.remote_port == PORT + 1 &&
		       client.local_port == server.remote_port &&
		       !memcmp(client.local, server.remote, 16) &&
		       !memcmp(client.remote, server.local, 16) && client.netns == inode_of(NEAR) &&
		       server.netns == inode_of(FAR),
	       "addresses");
	shutdown(p.client, SHUT_WR);
	sleep_ms(5);
	shutdown(p.server, SHUT_WR);
	sleep_ms(60);
	compare_closed("client at close", p.client, 1);
	compare_closed("server at close", p.server, 1);
	after = read_sums();
	/* the sums are the whole machine's */
	expect(after.handshakes_active > before.handshakes_active &&
		       after.handshakes_passive > before.handshakes_passive,
	       "a handshake of each side is counted");
	close_pair(&p);
	printf("IPv%d: client and server equal TCP_INFO, open and at close; handshake %u and %u "
	       "us\n",
	       family == AF_INET ? 4 : 6, client.handshake_us, server.handshake_us);
}

/* In the middle of a transfer the two looks are some 100 us apart. */
static void compare_moving(const struct pair *p)
{
	size_t sent = fill_up(p->client);
	struct tcp_record r;
	union info info;
	__s64 apart_us;

	expect(listed(p->client_cookie, &r) == 1, "listed in the middle of a transfer");
	info = info_of(p->client);
	apart_us = (__s64)r.rtt - info.i.tcpi_rtt;
	expect(llabs(apart_us) <= 100 || llabs(apart_us) * 10 <= info.i.tcpi_rtt,
	       "smoothed RTT %u us, TCP_INFO %u us", r.rtt, info.i.tcpi_rtt);
	expect(r.bytes_acked <= info.i.tcpi_bytes_acked && r.segs_out <= info.i.tcpi_segs_out,
	       "counts do not run ahead");
	read_all(p->server, sent);
}

static void check_loss(void)
{
	struct tcp_record client, server;
	struct path *far = &paths[FAR];
	struct pair p;

	open_pair(&p, AF_INET, PORT + 2);
	far->dropped = far->sent_again = 0;
	far->drop_every = 50;
	transfer(p.client, p.server, 4000000);
	compare_moving(&p);
	far->drop_every = 0;
	sleep_ms(60);
	client = compare_open("client with loss", p.client);
	server = compare_open("server with loss", p.server);
	expect(far->dropped > 10 && client.retransmits[JOPIL_TCP_FAST] > 0, "it was lossy");
	expect(client.total_retrans == far->sent_again && client.total_retrans >= far->dropped,
	       "%u sent again, on the way %llu, for %llu dropped", client.total_retrans,
	       far->sent_again, far->dropped);
	printf("loss: %llu dropped; sent again %u: timeout %u, fast %u, probe %u; out of order "
	       "%u\n",
	       far->dropped, client.total_retrans, client.retransmits[JOPIL_TCP_TIMEOUT],
	       client.retransmits[JOPIL_TCP_FAST], client.retransmits[JOPIL_TCP_PROBE],
	       server.rcv_ooopack);
	close_pair(&p);
}

static void check_timeout(void)
{
	struct path *far = &paths[FAR];
	struct tcp_record client;
	struct pair p;

	open_pair(&p, AF_INET, PORT + 3);
	transfer(p.client, p.server, 10000);
	sleep_ms(60);
	far->drop_next = 3;
	transfer(p.client, p.server, 1000);
	sleep_ms(60);
	client = compare_open("client after timeouts", p.client);
	expect(client.total_retrans == 3 && client.retransmits[JOPIL_TCP_TIMEOUT] +
							    client.retransmits[JOPIL_TCP_PROBE] ==
						    3,
	       "three segments dropped, three sent again: %u", client.total_retrans);
	expect(client.retransmits[JOPIL_TCP_TIMEOUT] == client.total_rto,
	       "as many by timeout, %u, as timeouts, %u", client.retransmits[JOPIL_TCP_TIMEOUT],
	       client.total_rto);
	printf("timeout: 3 dropped; sent again by timeout %u, probe %u\n",
	       client.retransmits[JOPIL_TCP_TIMEOUT], client.retransmits[JOPIL_TCP_PROBE]);
	close_pair(&p);
}

static void check_reordering(void)
{
	struct tcp_record client, server;
	struct path *far = &paths[FAR];
	struct pair p;

	enter(NEAR);
	run("tc qdisc add dev near root handle 1: htb default 10 && "
	    "tc class add dev near parent 1: classid 1:10 htb rate 10gbit quantum 60000 && "
	    "tc class add dev near parent 1: classid 1:20 htb rate 20mbit burst 2k quantum 60000");
	open_pair(&p, AF_INET, PORT + 4);
	far->detoured = far->sent_again = 0;
	far->detour_every = 20;
	transfer(p.client, p.server, 4000000);
	far->detour_every = 0;
	sleep_ms(300);
	client = compare_open("client with reordering", p.client);
	server = compare_open("server with reordering", p.server);
	expect(far->detoured > 10 && server.rcv_ooopack > 0 && client.reord_seen > 0,
	       "%llu segments were overtaken, %u came out of order", far->detoured,
	       server.rcv_ooopack);
	expect(client.total_retrans == far->sent_again, "%u sent again, on the way %llu",
	       client.total_retrans, far->sent_again);
	printf("reordering: %llu overtaken; out of order %u, reordering %u, seen %u, duplicates "
	       "%u, "
	       "sent again %u\n",
	       far->detoured, server.rcv_ooopack, client.reordering, client.reord_seen,
	       client.dsack_dups, client.total_retrans);
	run("tc qdisc del dev near root");
	close_pair(&p);
}

static void check_handshake_loss(void)
{
	struct tcp_record client, server;
	struct tcp_sums before = read_sums(), after;
	struct pair p;

	paths[NEAR].drop_next = 1; /* the first SYN-ACK */
	open_pair(&p, AF_INET, PORT + 5);
	sleep_ms(60);
	client = compare_open("client whose SYN-ACK was lost", p.client);
	server = compare_open("server whose SYN-ACK was lost", p.server);
	after = read_sums();
	expect(client.handshake_us > 900000 && client.handshake_us < 2000000,
	       "active handshake %u us", client.handshake_us);
	expect(client.retransmits[JOPIL_TCP_SYN] == client.total_retrans, "SYN sent again");
	expect(server.retransmits[JOPIL_TCP_SYNACK] == server.total_retrans, "SYN-ACK sent again");
	expect(client.total_retrans + server.total_retrans > 0, "one of both sent again");
	expect(!server.total_retrans ||
		       (server.handshake_us > 900000 && server.handshake_us < 2000000),
	       "passive handshake %u us", server.handshake_us);
	printf("lost SYN-ACK: handshake %u and %u us, SYN again %u, SYN-ACK again %u (in sum "
	       "%llu)\n",
	       client.handshake_us, server.handshake_us, client.retransmits[JOPIL_TCP_SYN],
	       server.retransmits[JOPIL_TCP_SYNACK],
	       after.retransmits[JOPIL_TCP_SYNACK] - before.retransmits[JOPIL_TCP_SYNACK]);
	close_pair(&p);
}

/* What is left of a window is used by a probe, which takes a while. */
static size_t fill_window(const struct pair *p, struct tcp_record *client)
{
	__u64 end_ns = clock_ns() + WAIT_SECONDS * 1000000000ULL;
	size_t sent = 0;

	do {
		sent += fill_up(p->client);
		sleep_ms(20);
		expect(listed(p->client_cookie, client) == 1, "listed");
		expect(clock_ns() < end_ns, "the window closes, %u bytes now", client->snd_wnd);
	} while (client->snd_wnd);
	return sent;
}

/* A reader that cannot keep up: the window closes and opens. */
static void read_slowly(const struct pair *p)
{
	static char data[16384];
	size_t sent = 0, received = 0;

	for (int i = 0; i < 300; i++) {
		ssize_t n;

		sent += fill_up(p->client);
		sleep_ms(1);
		n = recv(p->server, data, sizeof(data), MSG_DONTWAIT);
		received += n > 0 ? n : 0;
	}
	read_all(p->server, sent - received);
}

static void check_zero_window(void)
{
	int receive_bytes = 65536, send_bytes = 262144;
	struct tcp_record client, server;
	struct pair p;

	open_pair(&p, AF_INET, PORT + 6);
	setsockopt(p.server, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	setsockopt(p.client, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof(send_bytes));
	paths[NEAR].zero_windows = 0;
	for (int i = 0; i < 3; i++) {
		size_t sent = fill_window(&p, &client);

		expect(client.send_queue_bytes > 0, "bytes wait at the sender");
		listed(p.server_cookie, &server);
		expect(!server.rcv_wnd && server.receive_queue_bytes > 0, "and at the reader");
		read_all(p.server, sent);
	}
	read_slowly(&p);
	sleep_ms(60);
	client = compare_open("client", p.client);
	server = compare_open("server", p.server);
	expect(client.zero_windows_received == paths[NEAR].zero_windows &&
		       server.zero_windows_sent == paths[NEAR].zero_windows &&
		       paths[NEAR].zero_windows >= 3,
	       "zero windows: received %u, sent %u, on the way %llu", client.zero_windows_received,
	       server.zero_windows_sent, paths[NEAR].zero_windows);
	printf("zero window: received %u, sent %u, on the way %llu; limited by it for %u jiffies\n",
	       client.zero_windows_received, server.zero_windows_sent, paths[NEAR].zero_windows,
	       client.rwnd_limited_jiffies);
	close_pair(&p);
}

static void check_resets(void)
{
	struct tcp_sums before = read_sums(), after;
	__u64 no_socket = resets_of(RESET_NO_SOCKET);
	struct linger linger = { .l_onoff = 1 };
	struct tcp_record client, server;
	struct sockaddr_storage address;
	socklen_t length = make_address(&address, AF_INET, FAR, PORT + 90);
	struct pair p;
	__u64 cookie;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	expect(connect(fd, (void *)&address, length) && errno == ECONNREFUSED, "refused");
	expect(last_closed(cookie_of(fd), &client) == 1, "refused: a closed record");
	expect(client.resets_received == 1 && client.error == ECONNREFUSED &&
		       !client.established_ns,
	       "refused: reset received, error %u", client.error);
	expect(resets_of(RESET_NO_SOCKET) > no_socket, "reason: no socket");
	close(fd);

	open_pair(&p, AF_INET, PORT + 7);
	cookie = p.client_cookie;
	setsockopt(p.client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	close(p.client);
	sleep_ms(20);
	expect(last_closed(cookie, &client) == 2 && client.type == JOPIL_TCP_RESET &&
		       client.resets_sent == 1 && client.reset_reason,
	       "abort: the second record has the reset");
	expect(last_closed(p.server_cookie, &server) == 1 && server.resets_received == 1 &&
		       server.error == ECONNRESET,
	       "abort: the other end received it");
	printf("resets: refused, no socket; abort, reason %u", client.reset_reason);
	close(p.server);
	close(p.listener);

	open_pair(&p, AF_INET, PORT + 8);
	cookie = p.server_cookie;
	need(send(p.client, "unread", 6, 0) == 6, "send");
	sleep_ms(20);
	close(p.server);
	sleep_ms(20);
	expect(last_closed(cookie, &server) == 2 && server.resets_sent == 1,
	       "close with unread data: a reset was sent");
	printf("; close with unread data, reason %u\n", server.reset_reason);
	close(p.client);
	close(p.listener);
	after = read_sums();
	expect(after.resets_sent >= before.resets_sent + 3 &&
		       after.resets_received >= before.resets_received + 3 &&
		       after.failures_active > before.failures_active,
	       "sums: %llu sent, %llu received, %llu refused",
	       after.resets_sent - before.resets_sent,
	       after.resets_received - before.resets_received,
	       after.failures_active - before.failures_active);
}

static __u32 drops_of(int fd)
{
	__u32 values[SK_MEMINFO_VARS] = {};
	socklen_t bytes = sizeof(values);

	need(!getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &bytes), "SO_MEMINFO");
	return values[SK_MEMINFO_DROPS];
}

/* Nobody answers: its SYN is sent again after a second. */
static void connect_in_vain(int port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_storage address;
	socklen_t length = make_address(&address, AF_INET, FAR, port);

	need(fd >= 0 && connect(fd, (void *)&address, length) && errno == EINPROGRESS, "connect");
}

static void check_listener(void)
{
	struct tcp_record r;
	union info info;
	int listener;

	enter(FAR);
	listener = open_listener(AF_INET, FAR, PORT + 11);
	enter(NEAR);
	for (int i = 0; i < 3; i++)
		open_connected(AF_INET, SOCK_STREAM, FAR, PORT + 11);
	expect(listed(cookie_of(listener), &r) == 1, "listener listed");
	info = info_of(listener);
	expect(r.unacked == 3 && r.unacked == info.i.tcpi_unacked &&
		       r.sacked == info.i.tcpi_sacked && r.state == info.i.tcpi_state,
	       "%u of %u wait to be accepted", r.unacked, r.sacked);
	need(!listen(listener, 2), "listen");
	for (int i = 0; i < 4; i++)
		connect_in_vain(PORT + 11);
	sleep_ms(60);
	expect(listed(cookie_of(listener), &r) == 1, "listener listed");
	expect(r.unacked == 3 && r.sacked == 2 && r.drops == 4 && drops_of(listener) == 4,
	       "%u of %u wait, %u dropped, %u as the kernel tells", r.unacked, r.sacked, r.drops,
	       drops_of(listener));
	close(listener);
	printf("listener: %u of %u wait to be accepted, %u dropped\n", r.unacked, r.sacked,
	       r.drops);
}

static void check_again(void)
{
	struct sockaddr_storage address;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	socklen_t length;
	struct tcp_record r;
	struct pair p;
	__u64 first_ns;

	open_pair(&p, AF_INET, PORT + 9);
	transfer(p.client, p.server, 1000);
	need(listed(p.client_cookie, &r) == 1, "listed");
	first_ns = r.opened_ns;
	need(!connect(p.client, &none, sizeof(none)), "disconnect");
	length = make_address(&address, AF_INET, FAR, PORT + 9);
	need(!connect(p.client, (void *)&address, length), "connect again");
	sleep_ms(20);
	r = compare_open("connected again", p.client);
	expect(r.opened_ns > first_ns && !r.resets_sent,
	       "a socket that connects again begins anew");
	close_pair(&p);
	printf("connected again: counts begin anew\n");
}

static void check_full_ring(void)
{
	struct tcp_sums sums;
	int listener, client, server;

	enter(FAR);
	listener = open_listener(AF_INET, FAR, PORT + 10);
	for (int i = 0; i < 600; i++) {
		client = open_connected(AF_INET, SOCK_STREAM, FAR, PORT + 10);
		server = accept(listener, NULL, NULL);
		close(client);
		close(server);
	}
	close(listener);
	enter(NEAR);
	sleep_ms(20);
	ring_buffer__consume(ring);
	sums = read_sums();
	expect(sums.ring_full > 0, "the ring was full");
	expect(sums.closed == sums.submitted + sums.ring_full && closed_count == sums.submitted,
	       "closed %llu, submitted %llu, ring full %llu, taken %llu", sums.closed,
	       sums.submitted, sums.ring_full, closed_count);
	expect(!sums.no_storage, "all were followed");
	printf("closed %llu = submitted %llu (all taken) + ring full %llu\n", sums.closed,
	       sums.submitted, sums.ring_full);
}

/* --- frame ------------------------------------------------------------------ */

static void open_object(const char *path)
{
	object = bpf_object__open(path);
	need(object != NULL, path);
	need(!bpf_object__load(object), "load");
	closed = calloc(CLOSED_MAX, sizeof(*closed));
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(object, "tcp_closed"), take_closed,
				NULL, NULL);
	need(ring != NULL, "ring_buffer__new");
}

static void attach_at(struct bpf_object *o, const char *name, int side, int type)
{
	int device;

	enter(side);
	device = if_nametoindex(side ? "far" : "near");
	need(bpf_link_create(bpf_program__fd(program(o, name)), device, type, NULL) >= 0, name);
	enter(NEAR);
}

static void open_paths(const char *path)
{
	struct bpf_object *o = bpf_object__open(path);
	__u32 page = sysconf(_SC_PAGESIZE);

	need(o && !bpf_object__load(o), path);
	paths = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED,
		     bpf_object__find_map_fd_by_name(o, "paths"), 0);
	need(paths != MAP_FAILED, "paths");
	attach_at(o, "path_near", NEAR, TCX_INGRESS);
	attach_at(o, "path_far", FAR, TCX_INGRESS);
	attach_at(o, "path_exit", NEAR, TCX_EGRESS);
}

static int check(const char *path, const char *path_object)
{
	struct pair earlier;

	make_world();
	enter(NEAR);
	run("ip link set near gso_max_segs 1");
	enter(FAR);
	run("ip link set far gso_max_segs 1");
	open_pair(&earlier, AF_INET, PORT);
	transfer(earlier.client, earlier.server, 100000);
	sleep_ms(60);
	open_object(path);
	attach_tracepoints(object);
	open_paths(path_object);
	check_earlier(&earlier);
	check_plain(AF_INET);
	check_plain(AF_INET6);
	check_loss();
	check_timeout();
	check_reordering();
	check_handshake_loss();
	check_zero_window();
	check_resets();
	check_listener();
	check_again();
	check_full_ring();
	expect(!differences, "%d fields differ from TCP_INFO", differences);
	return 0;
}

/* --- cost ----------------------------------------------------------------- */

#define COST_BYTES 10000000
#define COST_CONNECTIONS 1000
#define COST_ROUNDS 5
#define LIST_PAIRS 2000

/* ns a byte and ns a connection of one byte, over veth; the best of some rounds. */
static void spend(double *byte_ns, double *connection_ns)
{
	struct pair p;
	char data[1];

	open_pair(&p, AF_INET, PORT);
	for (int round = 0; round < COST_ROUNDS; round++) {
		__u64 start_ns = clock_ns();
		double ns;

		transfer(p.client, p.server, COST_BYTES);
		ns = (double)(clock_ns() - start_ns) / COST_BYTES;
		*byte_ns = !round || ns < *byte_ns ? ns : *byte_ns;
		start_ns = clock_ns();
		for (int i = 0; i < COST_CONNECTIONS; i++) {
			int client = open_connected(AF_INET, SOCK_STREAM, FAR, PORT);
			int server = accept(p.listener, NULL, NULL);

			need(send(client, data, 1, 0) == 1 && recv(server, data, 1, 0) == 1,
			     "byte");
			close(server);
			close(client);
		}
		ns = (double)(clock_ns() - start_ns) / COST_CONNECTIONS;
		*connection_ns = !round || ns < *connection_ns ? ns : *connection_ns;
	}
	close_pair(&p);
}

/* How long the iterators take. */
static void time_lists(void)
{
	struct rlimit limit = { 4 * LIST_PAIRS, 4 * LIST_PAIRS };
	__u64 start_ns;
	struct pair p;
	size_t bytes;

	need(!setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
	open_pair(&p, AF_INET, PORT + 12);
	for (int i = 1; i < LIST_PAIRS; i++) {
		open_connected(AF_INET, SOCK_STREAM, FAR, PORT + 12);
		accept(p.listener, NULL, NULL);
	}
	start_ns = clock_ns();
	free(read_iterator(object, "jopil_tcp_list", "tcp_sockets", &bytes));
	printf("cost: a list of %zu sockets %llu us", bytes / sizeof(struct tcp_record),
	       (clock_ns() - start_ns) / 1000);
	start_ns = clock_ns();
	free(read_iterator(object, "jopil_tcp_files", NULL, &bytes));
	printf(", all open files %llu us\n", (clock_ns() - start_ns) / 1000);
}

static int print_cost(const char *path, const char *empty_path)
{
	double byte_ns, connection_ns, base_byte_ns, base_connection_ns;
	struct bpf_object *empty = bpf_object__open(empty_path);
	struct bpf_prog_info info;
	struct pair lossy;
	int stats;

	make_world();
	spend(&base_byte_ns, &base_connection_ns);
	open_object(path);
	attach_tracepoints(object);
	spend(&byte_ns, &connection_ns);
	printf("cost: a megabyte %+.0f us (of %.0f), a connection of one byte %+.0f ns (of %.0f)\n",
	       (byte_ns - base_byte_ns) * 1000, base_byte_ns * 1000,
	       connection_ns - base_connection_ns, base_connection_ns);
	need(empty && !bpf_object__load(empty), empty_path);
	attach_tracepoints(empty);
	stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	need(stats >= 0, "bpf_enable_stats");
	spend(&byte_ns, &connection_ns);
	open_paths(empty_path);
	paths[FAR].drop_every = 50;
	open_pair(&lossy, AF_INET, PORT + 13);
	transfer(lossy.client, lossy.server, COST_BYTES);
	paths[FAR].drop_every = 0;
	close_pair(&lossy);
	time_lists();
	info = program_info(program(empty, "path_empty"));
	print_costs(object, (double)info.run_time_ns / info.run_cnt);
	close(stats);
	return 0;
}

static void usage(void)
{
	fprintf(stderr, "usage: tcp_test OBJECT check PATH_OBJECT\n"
			"       tcp_test OBJECT cost PATH_OBJECT\n");
	exit(2);
}

int main(int count, char **arguments)
{
	if (count == 4 && !strcmp(arguments[2], "check"))
		return check(arguments[1], arguments[3]);
	if (count == 4 && !strcmp(arguments[2], "cost"))
		return print_cost(arguments[1], arguments[3]);
	usage();
}
