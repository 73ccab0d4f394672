// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * The health of every TCP connection, in all network namespaces. What the kernel
 * counts itself is read from its socket at the moment of a record; the hooks add
 * what it does not tell: handshake, kind of retransmit, resets, zero windows. It
 * changes nothing.
 *
 * Storage of sockets in tp_btf: Linux 5.11, its iterator: 5.9, the reason of a
 * reset: 6.10. Needs BTF of the kernel; field offsets are relocated at load (CO-RE).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/kernel.h"
#include "jopil/socket.h"
#include "jopil/tcp.h"

#define IPPROTO_TCP 6
#define TCP_CA_RECOVERY 3
#define TCP_CA_LOSS 4

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct tcp_socket);
} tcp_sockets SEC(".maps");

/* Request's cookie, which its connection gets -> us of the first SYN-ACK, if it took several. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u64);
} tcp_requests SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tcp_sums);
} tcp_sums SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, JOPIL_TCP_RESET_REASONS);
	__type(key, __u32);
	__type(value, __u64);
} tcp_resets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} tcp_closed SEC(".maps");

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct tcp_record tcp_record;
	enum jopil_tcp_record_type record_type;
	enum jopil_tcp_retransmit retransmit;
	enum jopil_tcp_flags flags;
} jopil_tcp_types = {};

static __always_inline struct tcp_sums *sums(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tcp_sums, &zero);
}

/* softirq may come between: an atomic of one CPU's own line is cheap */
static __always_inline void add(__u64 *counter, __u64 n)
{
	__sync_fetch_and_add(counter, n);
}

static __always_inline struct tcp_socket *known(struct sock *sk)
{
	return bpf_sk_storage_get(&tcp_sockets, sk, NULL, 0);
}

static __always_inline struct tcp_socket *follow(struct sock *sk, const struct tcp_socket *first)
{
	struct tcp_socket *s =
		bpf_sk_storage_get(&tcp_sockets, sk, (void *)first, BPF_SK_STORAGE_GET_F_CREATE);
	struct tcp_sums *all = sums();

	if (!s && all)
		add(&all->no_storage, 1);
	return s;
}

/* For a socket that is older than the program. */
static __always_inline struct tcp_socket *follow_late(struct sock *sk, __u32 retransmits_known)
{
	struct tcp_socket first = { .flags = JOPIL_TCP_EARLIER,
				    .retransmits_known = retransmits_known };

	return follow(sk, &first);
}

/* Once each: a window stays closed until the sequence number it closed at is passed. */
static __always_inline void note_zero_windows(struct tcp_socket *s, const struct tcp_sock *tp)
{
	struct tcp_sums *all = sums();

	if (!all)
		return;
	if (!tp->rcv_wnd && (!s->zero_windows_sent || s->zero_sent_at != tp->rcv_wup)) {
		s->zero_windows_sent++;
		s->zero_sent_at = tp->rcv_wup;
		add(&all->zero_windows_sent, 1);
	}
	if (!tp->snd_wnd && (!s->zero_windows_received || s->zero_received_at != tp->snd_una)) {
		s->zero_windows_received++;
		s->zero_received_at = tp->snd_una;
		add(&all->zero_windows_received, 1);
	}
}

/* --- records -------------------------------------------------------------- */

static __always_inline __u32 chrono(const struct tcp_sock *tp, __u32 kind)
{
	__u32 jiffies = kind == 1   ? tp->chrono_stat[0]
			: kind == 2 ? tp->chrono_stat[1]
				    : tp->chrono_stat[2];

	return tp->chrono_type == kind ? jiffies + (__u32)bpf_jiffies64() - tp->chrono_start
				       : jiffies;
}

static __always_inline void fill_queues(struct tcp_record *r, struct sock *sk,
					const struct tcp_sock *tp)
{
	if (r->state == BPF_TCP_LISTEN) {
		r->unacked = sk->sk_ack_backlog;
		r->sacked = sk->sk_max_ack_backlog;
		return;
	}
	r->unacked = tp->packets_out;
	r->sacked = tp->sacked_out;
	r->send_queue_bytes = tp->write_seq - tp->snd_una;
	r->receive_queue_bytes = tp->rcv_nxt - tp->copied_seq;
}

static __always_inline void fill_counts(struct tcp_record *r, const struct tcp_sock *tp)
{
	r->bytes_acked = tp->bytes_acked;
	r->bytes_received = tp->bytes_received;
	r->bytes_sent = tp->bytes_sent;
	r->bytes_retrans = tp->bytes_retrans;
	r->segs_out = tp->segs_out;
	r->segs_in = tp->segs_in;
	r->data_segs_out = tp->data_segs_out;
	r->data_segs_in = tp->data_segs_in;
	r->delivered = tp->delivered;
	r->delivered_ce = tp->delivered_ce;
	r->total_retrans = tp->total_retrans;
	r->total_lost = tp->lost;
	r->rcv_ooopack = tp->rcv_ooopack;
	r->dsack_dups = tp->dsack_dups;
	r->reordering = tp->reordering;
	r->reord_seen = tp->reord_seen;
	if (bpf_core_field_exists(tp->total_rto)) {
		r->total_rto = tp->total_rto;
		r->total_rto_recoveries = tp->total_rto_recoveries;
		r->total_rto_time = tp->total_rto_time;
	}
}

static __always_inline void fill_path(struct tcp_record *r, const struct tcp_sock *tp)
{
	const struct inet_connection_sock *c = &tp->inet_conn;

	r->ca_state = BPF_CORE_READ_BITFIELD(c, icsk_ca_state);
	r->rtt = tp->srtt_us >> 3;
	r->rttvar = tp->mdev_us >> 2;
	r->min_rtt = tp->rtt_min.s[0].v;
	r->rto_jiffies = c->icsk_rto;
	r->snd_cwnd = tp->snd_cwnd;
	r->snd_ssthresh = tp->snd_ssthresh;
	r->snd_mss = tp->mss_cache;
	r->snd_wnd = tp->snd_wnd;
	r->rcv_wnd = tp->rcv_wnd;
	r->lost = tp->lost_out;
	r->retrans = tp->retrans_out;
	r->retransmits_now = c->icsk_retransmits;
	r->probes = c->icsk_probes_out;
	r->backoff = c->icsk_backoff;
	r->rwnd_limited_jiffies = chrono(tp, 2);
	r->sndbuf_limited_jiffies = chrono(tp, 3);
	r->busy_jiffies = chrono(tp, 1) + r->rwnd_limited_jiffies + r->sndbuf_limited_jiffies;
}

static __always_inline void fill_own(struct tcp_record *r, const struct tcp_socket *s)
{
	__u32 kinds = 0;

	for (int i = 0; i < JOPIL_TCP_RETRANSMITS; i++) {
		r->retransmits[i] = s->retransmits[i];
		kinds += s->retransmits[i];
	}
	r->retransmits_earlier = s->retransmits_known - kinds;
	r->opened_ns = s->opened_ns;
	r->established_ns = s->established_ns;
	r->flags = s->flags;
	r->handshake_us = s->handshake_us;
	r->zero_windows_sent = s->zero_windows_sent;
	r->zero_windows_received = s->zero_windows_received;
	r->resets_sent = s->resets_sent;
	r->resets_received = s->resets_received;
	r->reset_reason = s->reset_reason;
}

static __always_inline int fill(struct tcp_record *r, struct sock *sk, const struct tcp_socket *s,
				__u16 type)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct socket_address a = {};

	__builtin_memset(r, 0, sizeof(*r));
	if (!tp)
		return 0;
	read_address(&a, sk);
	r->cookie = bpf_get_socket_cookie(sk);
	r->timestamp_ns = bpf_ktime_get_ns();
	__builtin_memcpy(r->local, a.local, sizeof(r->local));
	__builtin_memcpy(r->remote, a.remote, sizeof(r->remote));
	r->local_port = a.local_port;
	r->remote_port = a.remote_port;
	r->family = a.family;
	r->netns = a.netns;
	r->state = sk->__sk_common.skc_state;
	r->bound_ifindex = sk->__sk_common.skc_bound_dev_if;
	r->error = sk->sk_err;
	r->drops = bpf_core_field_exists(sk->sk_drops) ? sk->sk_drops.counter : ~0U;
	r->type = type;
	fill_own(r, s);
	fill_queues(r, sk, tp);
	if (r->state == BPF_TCP_LISTEN)
		return 1;
	fill_counts(r, tp);
	fill_path(r, tp);
	return 1;
}

static __noinline int tell(struct sock *sk, const struct tcp_socket *s, __u16 type)
{
	struct tcp_sums *all = sums();
	struct tcp_record *r;

	if (!all || !s)
		return 0;
	add(&all->closed, 1);
	r = bpf_ringbuf_reserve(&tcp_closed, sizeof(*r), 0);
	if (!r) {
		add(&all->ring_full, 1);
		return 0;
	}
	fill(r, sk, s, type);
	r->state_before = r->state; /* the tracepoint comes before the change */
	r->state = BPF_TCP_CLOSE;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	add(&all->submitted, 1);
	return 0;
}

/* --- states --------------------------------------------------------------- */

static __always_inline void open(struct sock *sk, __u32 flags)
{
	struct tcp_socket first = { .opened_ns = bpf_ktime_get_ns(), .flags = flags };
	struct tcp_socket *s = follow(sk, &first);

	/* a socket may connect again after it was closed: the kernel's counters begin anew, too */
	if (s && s->opened_ns != first.opened_ns)
		*s = first;
}

/* The kernel's own measurement, which is of the last SYN-ACK if it took several. */
static __always_inline __u32 passive_handshake_us(struct sock *sk, const struct tcp_sock *tp,
						  __u64 now_ns)
{
	__u64 cookie = bpf_get_socket_cookie(sk), *first_us;

	if (!tp->total_retrans)
		return tp->srtt_us >> 3;
	first_us = bpf_map_lookup_elem(&tcp_requests, &cookie);
	return first_us ? now_ns / 1000 - *first_us : 0;
}

static __always_inline void establish(struct tcp_sums *all, struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	__u64 now_ns = bpf_ktime_get_ns();
	struct tcp_socket *s = known(sk);

	if (!tp || !s)
		return;
	s->established_ns = now_ns;
	if (s->flags & JOPIL_TCP_PASSIVE) {
		s->handshake_us = passive_handshake_us(sk, tp, now_ns);
		s->retransmits[JOPIL_TCP_SYNACK] = tp->total_retrans;
		s->retransmits_known = tp->total_retrans;
		add(&all->handshakes_passive, 1);
		add(&all->handshake_us_passive, s->handshake_us);
	} else {
		if (s->opened_ns)
			s->handshake_us = (now_ns - s->opened_ns) / 1000;
		add(&all->handshakes_active, 1);
		add(&all->handshake_us_active, s->handshake_us);
	}
	if (!s->handshake_us)
		add(&all->handshakes_unmeasured, 1);
}

static __always_inline void end(struct tcp_sums *all, struct sock *sk, int before)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct tcp_socket *s = known(sk);

	if (before == BPF_TCP_LISTEN || !tp)
		return;
	if (before == BPF_TCP_SYN_SENT)
		add(&all->failures_active, 1);
	if (before == BPF_TCP_SYN_RECV)
		add(&all->failures_passive, 1);
	if (!s)
		s = follow_late(sk, tp->total_retrans);
	if (!s)
		return;
	note_zero_windows(s, tp);
	tell(sk, s, JOPIL_TCP_CLOSED);
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(jopil_tcp_state, struct sock *sk, int before, int now)
{
	struct tcp_sums *all = sums();

	if (!all || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	add(&all->state_changes[now & (JOPIL_TCP_STATES - 1)], 1);
	switch (now) {
	case BPF_TCP_SYN_SENT:
		open(sk, JOPIL_TCP_ACTIVE);
		break;
	case BPF_TCP_SYN_RECV:
		if (before != BPF_TCP_SYN_SENT)
			open(sk, JOPIL_TCP_PASSIVE);
		break;
	case BPF_TCP_LISTEN:
		open(sk, 0);
		break;
	case BPF_TCP_ESTABLISHED:
		establish(all, sk);
		break;
	case BPF_TCP_CLOSE:
		end(all, sk, before);
		break;
	}
	return 0;
}

/* --- retransmits ---------------------------------------------------------- */

static __always_inline __u32 retransmit_kind(const struct tcp_sock *tp, __u8 state)
{
	const struct inet_connection_sock *c = &tp->inet_conn;
	__u8 ca_state = BPF_CORE_READ_BITFIELD(c, icsk_ca_state);

	if (state == BPF_TCP_SYN_SENT)
		return JOPIL_TCP_SYN;
	if (ca_state == TCP_CA_LOSS)
		return JOPIL_TCP_TIMEOUT;
	return ca_state == TCP_CA_RECOVERY ? JOPIL_TCP_FAST : JOPIL_TCP_PROBE;
}

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(jopil_tcp_retransmit, struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct tcp_sums *all = sums();
	struct tcp_socket *s = known(sk);
	__u32 kind, segments;

	if (!tp || !all)
		return 0;
	if (!s)
		s = follow_late(sk, tp->total_retrans - 1);
	if (!s)
		return 0;
	/* the difference: one call may stand for many segments, and the sum stays the kernel's */
	segments = tp->total_retrans - s->retransmits_known;
	s->retransmits_known += segments;
	kind = retransmit_kind(tp, sk->__sk_common.skc_state);
	s->retransmits[kind] += segments;
	add(&all->retransmits[kind], segments);
	return 0;
}

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(jopil_tcp_synack, struct sock *sk, struct request_sock *request)
{
	struct tcp_request_sock *tcp_request = bpf_skc_to_tcp_request_sock(request);
	__u64 cookie = bpf_get_socket_cookie(request), first_us;
	struct tcp_sums *all = sums();

	if (all)
		add(&all->retransmits[JOPIL_TCP_SYNACK], 1);
	if (!tcp_request)
		return 0;
	first_us = tcp_request->snt_synack;
	bpf_map_update_elem(&tcp_requests, &cookie, &first_us, BPF_NOEXIST);
	return 0;
}

/* --- resets --------------------------------------------------------------- */

static __always_inline int reset_sent(struct sock *sk, __u32 reason)
{
	struct tcp_sums *all = sums();
	struct tcp_socket *s;
	__u64 *by_reason;

	if (!all)
		return 0;
	add(&all->resets_sent, 1);
	if (reason >= JOPIL_TCP_RESET_REASONS)
		reason = JOPIL_TCP_RESET_REASONS - 1;
	by_reason = bpf_map_lookup_elem(&tcp_resets, &reason);
	if (by_reason)
		add(by_reason, 1);
	if (!sk)
		return 0;
	s = known(sk);
	if (!s)
		return 0;
	s->resets_sent++;
	s->reset_reason = reason;
	/* a close that resets sets the state first */
	return sk->__sk_common.skc_state == BPF_TCP_CLOSE ? tell(sk, s, JOPIL_TCP_RESET) : 0;
}

/* Instead of jopil_tcp_reset_sent before Linux 6.10, which tells no reason. */
SEC("?tp_btf/tcp_send_reset")
int BPF_PROG(jopil_tcp_reset_plain, struct sock *sk)
{
	return reset_sent(sk, 0);
}

SEC("tp_btf/tcp_send_reset")
int BPF_PROG(jopil_tcp_reset_sent, struct sock *sk, void *skb, __u32 reason)
{
	return reset_sent(sk, reason);
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(jopil_tcp_reset_received, struct sock *sk)
{
	struct tcp_sums *all = sums();
	struct tcp_socket *s = known(sk);

	if (all)
		add(&all->resets_received, 1);
	if (s)
		s->resets_received++;
	return 0;
}

/* --- zero windows --------------------------------------------------------- */

static __always_inline int look_at_windows(struct sock *sk)
{
	struct tcp_sock *tp = bpf_skc_to_tcp_sock(sk);
	struct tcp_socket *s;

	if (!tp || (tp->rcv_wnd && tp->snd_wnd))
		return 0;
	s = known(sk);
	if (s)
		note_zero_windows(s, tp);
	return 0;
}

/* Every segment of an established connection, before it is looked into. */
SEC("tp_btf/tcp_probe")
int BPF_PROG(jopil_tcp_segment, struct sock *sk)
{
	return look_at_windows(sk);
}

/* Every read, before the window is opened again. */
SEC("tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(jopil_tcp_read, struct sock *sk)
{
	return look_at_windows(sk);
}

/* --- lists ---------------------------------------------------------------- */

/* Takes up the sockets that are older than the program. Nothing is to be read. */
SEC("iter/task_file")
int jopil_tcp_files(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct socket *socket;
	struct tcp_sock *tp;
	struct sock *sk;

	if (!file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_internet(sk) || sk->sk_protocol != IPPROTO_TCP ||
	    sk->__sk_common.skc_state == BPF_TCP_CLOSE)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (tp && !known(sk))
		follow_late(sk, tp->total_retrans);
	return 0;
}

/* Every socket that is followed: a struct tcp_record each. */
SEC("iter/bpf_sk_storage_map")
int jopil_tcp_list(struct bpf_iter__bpf_sk_storage_map *ctx)
{
	const struct tcp_socket *s = ctx->value;
	struct sock *sk = ctx->sk;
	struct tcp_record r;

	if (sk && s && fill(&r, sk, s, JOPIL_TCP_OPEN))
		bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
