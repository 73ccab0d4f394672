// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Follows one packet in so many through the kernel, in all network namespaces:
 * what each stage took, into histograms, and each hook it passed, in events. It
 * changes nothing. A program for each hook: user space loads those that it
 * wants and that this kernel has; what is not there leaves its stages out.
 *
 * tp_btf with bpf_sk_storage_get: Linux 5.11; sk_data_ready: 6.2; sock_recv_length: 6.3;
 * skb with the socket in tcp_probe: 6.3. Field offsets are relocated at load (CO-RE).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/wait.h"

char LICENSE[] SEC("license") = "GPL";

#define MSG_PEEK 2

#define NF_ACCEPT 1
#define NF_INET_PRE_ROUTING 0
#define NF_INET_LOCAL_IN 1
#define NF_INET_FORWARD 2
#define NF_INET_POST_ROUTING 4

static __always_inline __u32 netns_of(const struct net_device *dev)
{
	return BPF_CORE_READ(dev, nd_net.net, ns.inum);
}

static __always_inline struct told told_of(const struct followed *f, enum jopil_journey_hook hook,
					   __u64 now)
{
	struct told t = { .id = f->id,
			  .ns = now,
			  .ifindex = f->ifindex,
			  .netns = f->netns,
			  .sequence = f->sequence,
			  .port = f->port,
			  .hook = hook,
			  .end = JOPIL_NO_END,
			  .protocol = f->protocol };

	return t;
}

static __always_inline void tell_hook(const struct followed *f, enum jopil_journey_hook hook,
				      __u64 now, __u32 bytes, __u32 end)
{
	struct told t = told_of(f, hook, now);

	t.bytes = bytes;
	t.end = end;
	tell(&t);
}

static __always_inline void tell_beginning(const struct followed *f, const struct look *l,
					   enum jopil_journey_hook hook, const struct sk_buff *skb,
					   __u32 link_bytes, __u32 reason)
{
	struct told t = told_of(f, hook, f->last_ns);

	t.bytes = skb->len;
	t.flags = reason & TRACED ? JOPIL_JOURNEY_TRACED : 0;
	tell_first(&t, l, skb->len - skb->data_len - link_bytes);
}

/* A way is taken and filled in; returns NULL where none could be had. */
static __always_inline struct followed *follow(struct journey_cpu *cpu, struct place *p,
					       const struct look *l, const struct net_device *dev,
					       __u32 reason)
{
	struct followed *f = take(p);

	if (!f)
		return NULL;
	f->id = new_id(cpu, reason);
	f->start_ns = bpf_ktime_get_ns();
	f->leg_ns = f->start_ns;
	f->last_ns = f->start_ns;
	f->netfilter_ns = 0;
	f->ifindex = dev->ifindex;
	f->netns = netns_of(dev);
	f->fingerprint = l->fingerprint;
	f->sequence = l->sequence;
	f->port = l->dport;
	f->protocol = l->protocol;
	return f;
}

/*
 * What a queueing discipline cut into segments goes on as packets that no hook
 * saw before, at addresses that may have been another's. Address translation
 * leaves TCP's sequence alone.
 */
static __always_inline int is_it(const struct followed *f, const struct sk_buff *skb)
{
	struct look l;

	look_at(&l, skb->head + skb->network_header);
	return l.fingerprint == f->fingerprint ||
	       (l.protocol == JOPIL_TCP && f->protocol == JOPIL_TCP && l.sequence == f->sequence);
}

/* --- receive ------------------------------------------------------------------ */

/* From another device of this host: the journey goes on, with a leg of its own. */
static __always_inline void begin_receive(struct followed *f, const struct look *l,
					  const struct net_device *dev, __u64 now)
{
	if (f->state == FOLLOWED_STARTED)
		book_ended(JOPIL_END_SENT);
	if (f->state == FOLLOWED_RECEIVED)
		book_ended(JOPIL_END_PASSED_UP);
	book_begun(JOPIL_LEG_RECEIVE);
	f->start_ns = now;
	f->netfilter_ns = 0;
	f->ifindex = dev->ifindex;
	f->netns = netns_of(dev);
	f->port = l->dport;
}

static __always_inline int was_handed_on(const struct followed *f, int skb_iif)
{
	/* nothing that comes from a driver has been received before */
	if (f->state == FOLLOWED_RECEIVED)
		return skb_iif && skb_iif == f->ifindex;
	return !skb_iif && (f->state == FOLLOWED_SENT || f->state == FOLLOWED_STARTED);
}

SEC("?tp_btf/napi_gro_receive_entry")
int BPF_PROG(jopil_gro_receive, const struct sk_buff *skb)
{
	struct journey_cpu *cpu = this_cpu();
	struct followed *f;
	struct look l;
	struct place p;
	__u32 reason;

	if (!cpu)
		return 0;
	f = find(&p, address_of(cpu, JOPIL_JOURNEY_GRO_RECEIVE, skb)) ? hold(&p) : NULL;
	if (f) {
		look_at(&l, skb->data);
		if (was_handed_on(f, skb->skb_iif) && f->fingerprint == l.fingerprint) {
			f->last_ns = bpf_ktime_get_ns();
			begin_receive(f, &l, skb->dev, f->last_ns);
			f->state = FOLLOWED_GRO;
			tell_hook(f, JOPIL_JOURNEY_GRO_RECEIVE, f->last_ns, skb->len, JOPIL_NO_END);
			release(&p);
			return 0;
		}
		abandon(f, 0);
		forget(&p);
	}
	reason = choose(cpu, &cpu->gro, skb->data);
	if (!reason)
		return 0;
	look_at(&l, skb->data);
	f = follow(cpu, &p, &l, skb->dev, reason);
	if (!f)
		return 0;
	f->state = FOLLOWED_GRO;
	book_begun(JOPIL_LEG_RECEIVE);
	tell_beginning(f, &l, JOPIL_JOURNEY_GRO_RECEIVE, skb, 0, reason);
	release(&p);
	return 0;
}

/* Returns whether it is a packet that is followed already; else it is forgotten. */
static __always_inline int resume_receive(struct journey_cpu *cpu, const struct place *p,
					  const struct sk_buff *skb)
{
	struct followed *f = hold(p);
	struct look l;
	__u64 now;

	if (!f)
		return 0;
	look_at(&l, skb->data);
	now = bpf_ktime_get_ns();
	if (f->fingerprint == l.fingerprint && f->state == FOLLOWED_GRO &&
	    f->ifindex == skb->dev->ifindex) {
		measure_leg(f, JOPIL_STAGE_DRIVER, now - f->start_ns);
	} else if (f->fingerprint == l.fingerprint && was_handed_on(f, skb->skb_iif)) {
		begin_receive(f, &l, skb->dev, now);
	} else {
		abandon(f, 0);
		forget(p);
		return 0;
	}
	/* chosen before: it counts for this hook too */
	if (is_sampled(f->id))
		cpu->receive.waited = 0;
	f->state = FOLLOWED_RECEIVED;
	f->leg_ns = now;
	f->last_ns = now;
	cpu->current_skb = p->skb;
	cpu->current_id = f->id;
	tell_hook(f, JOPIL_JOURNEY_RECEIVE, now, skb->len, JOPIL_NO_END);
	if (l.protocol == JOPIL_UDP)
		f->last_ns = arrive(cpu, skb);
	release(p);
	return 1;
}

SEC("?tp_btf/netif_receive_skb")
int BPF_PROG(jopil_receive, struct sk_buff *skb)
{
	struct journey_cpu *cpu = this_cpu();
	struct followed *f;
	struct look l;
	struct place p;
	__u32 reason;

	if (!cpu)
		return 0;
	cpu->current_id = 0;
	end_arrival(cpu);
	if (find(&p, address_of(cpu, JOPIL_JOURNEY_RECEIVE, skb)) && resume_receive(cpu, &p, skb))
		return 0;
	reason = choose(cpu, &cpu->receive, skb->data);
	if (!reason)
		return 0;
	look_at(&l, skb->data);
	f = follow(cpu, &p, &l, skb->dev, reason);
	if (!f)
		return 0;
	f->state = FOLLOWED_RECEIVED;
	cpu->current_skb = p.skb;
	cpu->current_id = f->id;
	book_begun(JOPIL_LEG_RECEIVE);
	tell_beginning(f, &l, JOPIL_JOURNEY_RECEIVE, skb, 0, reason);
	if (l.protocol == JOPIL_UDP)
		f->last_ns = arrive(cpu, skb);
	release(&p);
	return 0;
}

/* --- netfilter ---------------------------------------------------------------- */

static __always_inline struct followed *find_in_netfilter(struct journey_cpu *cpu, struct place *p,
							  const struct bpf_nf_ctx *context)
{
	if (!find(p, address_of(cpu, JOPIL_JOURNEY_PRE_ROUTING, context->skb)))
		return NULL;
	if (state_of(p) != FOLLOWED_RECEIVED)
		return NULL;
	return hold(p);
}

/* Of the received: in the order of enum nf_inet_hooks; 0 = none. */
static __always_inline __u8 journey_hook_of(__u8 nf_hook)
{
	switch (nf_hook) {
	case NF_INET_PRE_ROUTING:
		return JOPIL_JOURNEY_PRE_ROUTING;
	case NF_INET_LOCAL_IN:
		return JOPIL_JOURNEY_LOCAL_IN;
	case NF_INET_FORWARD:
		return JOPIL_JOURNEY_FORWARD;
	default:
		return JOPIL_JOURNEY_POST_ROUTING;
	}
}

/*
 * Before all other programs and rules of a hook, and after them: type netfilter
 * (32), attach type 45, a link for each hook and family of a namespace, priority
 * INT_MIN + 1 and INT_MAX - 1.
 */
SEC("?netfilter")
int jopil_netfilter_first(struct bpf_nf_ctx *context)
{
	struct journey_cpu *cpu = this_cpu();
	struct followed *f;
	struct place p;

	if (!cpu)
		return NF_ACCEPT;
	f = find_in_netfilter(cpu, &p, context);
	if (!f)
		return NF_ACCEPT;
	f->last_ns = bpf_ktime_get_ns();
	tell_hook(f, journey_hook_of(context->state->hook), f->last_ns, 0, JOPIL_NO_END);
	release(&p);
	return NF_ACCEPT;
}

SEC("?netfilter")
int jopil_netfilter_last(struct bpf_nf_ctx *context)
{
	struct journey_cpu *cpu = this_cpu();
	__u8 hook = context->state->hook;
	struct followed *f;
	struct place p;
	__u64 now;

	if (!cpu)
		return NF_ACCEPT;
	f = find_in_netfilter(cpu, &p, context);
	if (!f)
		return NF_ACCEPT;
	now = bpf_ktime_get_ns();
	f->netfilter_ns += now - f->last_ns;
	f->last_ns = now;
	if (hook == NF_INET_LOCAL_IN || hook == NF_INET_POST_ROUTING)
		measure_leg(f, JOPIL_STAGE_NETFILTER, f->netfilter_ns);
	release(&p);
	return NF_ACCEPT;
}

/* --- sockets -------------------------------------------------------------------- */

static __always_inline __u32 tcp_payload_bytes(const struct sk_buff *skb)
{
	__u8 offset = 0;

	bpf_probe_read_kernel(&offset, sizeof(offset), skb->data + 12);
	offset = (offset >> 4) * 4;
	return skb->len > offset ? skb->len - offset : 0;
}

SEC("?tp_btf/tcp_probe")
int BPF_PROG(jopil_tcp_probe, struct sock *sk, const struct sk_buff *skb)
{
	const struct tcp_skb_cb *cb = (const void *)skb->cb;
	struct journey_cpu *cpu = this_cpu();
	struct journey_socket *s;
	struct tcp_sock *tp;
	struct followed *f;
	__u32 bytes, end;
	struct place p;
	__u64 now;

	if (!cpu)
		return 0;
	if (!find(&p, address_of(cpu, JOPIL_JOURNEY_TCP, skb)) || state_of(&p) != FOLLOWED_RECEIVED)
		return 0;
	f = hold(&p);
	if (!f)
		return 0;
	now = bpf_ktime_get_ns();
	bytes = tcp_payload_bytes(skb);
	f->last_ns = now;
	f->port = sk->__sk_common.skc_num;
	f->sequence = cb->seq;
	tp = bpf_skc_to_tcp_sock(sk);
	end = JOPIL_NO_END;
	if (!bytes)
		end = JOPIL_END_NO_DATA;
	else if (tp && !is_after(f->sequence + bytes, tp->copied_seq))
		end = JOPIL_END_DUPLICATE;
	if (end == JOPIL_NO_END) {
		s = record_of(cpu, sk);
		if (s && is_full(s)) {
			end = JOPIL_END_ROW_FULL;
		} else if (s) {
			tcp_order(s, f->sequence + bytes);
			note_next(sk, s->next_end);
			queue(s, f, p.skb, hash_of(sk), 0, f->sequence + bytes);
		} else {
			end = JOPIL_END_NO_STORAGE;
		}
	}
	tell_hook(f, JOPIL_JOURNEY_TCP, now, bytes, end);
	if (end == JOPIL_NO_END) {
		release(&p);
		return 0;
	}
	book_ended(end);
	forget(&p);
	return 0;
}

static __always_inline void udp_queued(struct sock *sk)
{
	struct journey_cpu *cpu = this_cpu();
	__u64 id, now;
	struct waiting *w = NULL;
	struct journey_socket *s;
	struct followed copy, *f;
	__u32 end = JOPIL_NO_END;
	struct place p;

	if (!cpu || !cpu->current_id)
		return;
	id = cpu->current_id;
	cpu->current_id = 0;
	if (!find(&p, cpu->current_skb))
		return;
	f = hold(&p);
	if (!f)
		return;
	if (f->id != id || f->state != FOLLOWED_RECEIVED || f->protocol != JOPIL_UDP) {
		release(&p);
		return;
	}
	/* a reader that polls may have it already: into the row first of all */
	now = bpf_ktime_get_ns();
	f->port = sk->__sk_common.skc_num;
	copy = *f;
	f->leg_ns = copy.last_ns;
	f->last_ns = now;
	s = record_of(cpu, sk);
	if (!s)
		end = JOPIL_END_NO_STORAGE;
	else if (is_full(s))
		end = JOPIL_END_ROW_FULL;
	else if (!hold_row(s))
		end = JOPIL_END_BUSY;
	else
		w = queue(s, f, p.skb, hash_of(sk), now, 0);
	/* its read may end at any moment: that must not find it held */
	if (w)
		release(&p);
	else
		forget(&p);
	if (s && w) {
		if (!udp_confirm(s, w, sk)) {
			end = JOPIL_END_NOT_IN_QUEUE;
			end_waiting(w, id, end);
		}
		barrier();
		s->busy = 0;
	} else {
		book_ended(end);
	}
	end_arrival(cpu);
	measure_leg(&copy, JOPIL_STAGE_TRANSPORT, now - copy.leg_ns);
	tell_hook(&copy, JOPIL_JOURNEY_DATA_READY, now, 0, end);
}

static __always_inline void tcp_queued(struct sock *sk)
{
	struct journey_socket *s;
	struct tcp_row row = {};
	struct tcp_sock *tp;

	if (!may_wait(sk))
		return;
	s = bpf_sk_storage_get(&journey_sockets, sk, 0, 0);
	if (!s || s->ready == s->tail)
		return;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return;
	row.s = s;
	row.from = s->ready;
	row.upto = tp->rcv_nxt;
	row.now = bpf_ktime_get_ns();
	bpf_loop(JOPIL_LONGEST_ROW, tcp_mark_ready, &row, 0);
}

SEC("?tp_btf/sk_data_ready")
int BPF_PROG(jopil_data_ready, struct sock *sk)
{
	if (sk->__sk_common.skc_family != JOPIL_AF_INET &&
	    sk->__sk_common.skc_family != JOPIL_AF_INET6)
		return 0;
	switch (sk->sk_protocol) {
	case JOPIL_TCP:
		tcp_queued(sk);
		break;
	case JOPIL_UDP:
		udp_queued(sk);
		break;
	}
	return 0;
}

SEC("?tp_btf/skb_copy_datagram_iovec")
int BPF_PROG(jopil_copy, const struct sk_buff *skb, int bytes)
{
	const struct tcp_skb_cb *cb = (const void *)skb->cb;
	const struct waiting_socket *slot;
	const struct sock *sk = skb->sk;
	struct journey_cpu *cpu;
	struct followed *f;
	struct waiting *w;
	struct told t;
	struct place p;

	/* in TCP's queue; UDP's has no owner */
	if (sk) {
		slot = may_wait(sk);
		if (!slot || is_before_all(slot, sk, cb->end_seq))
			return 0;
	}
	cpu = this_cpu();
	if (!cpu)
		return 0;
	if (!find(&p, address_of(cpu, JOPIL_JOURNEY_COPY, skb)) || state_of(&p) != FOLLOWED_QUEUED)
		return 0;
	f = hold(&p);
	if (!f)
		return 0;
	w = waiting_at(f->socket, f->index);
	/* an address that TCP gave back may be a packet of a local socket now, which
	 * passes no device: those have neither protocol nor this sequence */
	if (w && w->id == f->id && skb->protocol &&
	    (f->protocol != JOPIL_TCP || cb->seq == f->sequence)) {
		w->copy_ns = bpf_ktime_get_ns();
		f->last_ns = w->copy_ns;
		t = told_of(f, JOPIL_JOURNEY_COPY, f->last_ns);
		t.bytes = bytes;
		tell_process(&t);
	}
	release(&p);
	return 0;
}

SEC("?tp_btf/tcp_rcv_space_adjust")
int BPF_PROG(jopil_tcp_read, struct sock *sk)
{
	const struct waiting_socket *slot = may_wait(sk);
	struct journey_socket *s;
	struct tcp_row row = {};
	struct tcp_sock *tp;

	if (!slot)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	if (!tp)
		return 0;
	row.upto = tp->copied_seq;
	if (is_before_all(slot, sk, row.upto))
		return 0;
	s = bpf_sk_storage_get(&journey_sockets, sk, 0, 0);
	if (!s || s->head == s->tail || is_after(s->next_end, row.upto))
		return 0;
	row.s = s;
	row.from = s->head;
	row.now = bpf_ktime_get_ns();
	bpf_loop(JOPIL_LONGEST_ROW, tcp_take_read, &row, 0);
	s->next_end = row.left ? row.next_end : row.upto;
	note_next(sk, s->next_end);
	return 0;
}

SEC("?tp_btf/sock_recv_length")
int BPF_PROG(jopil_udp_read, struct sock *sk, int ret, int flags)
{
	enum arrivals_seen arrivals;
	struct journey_socket *s;

	if (ret < 0 || flags & MSG_PEEK || sk->sk_protocol != JOPIL_UDP)
		return 0;
	if (sk->__sk_common.skc_family != JOPIL_AF_INET &&
	    sk->__sk_common.skc_family != JOPIL_AF_INET6)
		return 0;
	arrivals = look_at_arrivals(sk);
	if (arrivals == NONE_ARRIVES && !may_wait(sk))
		return 0;
	s = bpf_sk_storage_get(&journey_sockets, sk, 0, 0);
	if (s && (s->head == s->tail || !udp_read(s, sk, ret)) && arrivals == MAY_BE_READ)
		s->read_ns = bpf_ktime_get_ns();
	return 0;
}

/* --- send --------------------------------------------------------------------- */

/* A departure time of TCP that has passed; later ones are pacing's. */
static __always_inline void begin_send(struct followed *f, const struct sk_buff *skb)
{
	__u64 departure_ns = skb->tstamp;

	if (f->protocol != JOPIL_TCP || !departure_ns || departure_ns >= f->leg_ns ||
	    f->leg_ns - departure_ns > 1000000000)
		return;
	f->start_ns = departure_ns;
	measure_leg(f, JOPIL_STAGE_SEND_STACK, f->leg_ns - departure_ns);
}

static __always_inline int resume_send(const struct place *p, const struct sk_buff *skb,
				       const struct look *l)
{
	struct followed *f = hold(p);
	int forwarded, stacked;

	if (!f)
		return 0;
	forwarded = f->state == FOLLOWED_RECEIVED && skb->skb_iif && skb->skb_iif == f->ifindex;
	/* a device on top of another one: within its transmit function */
	stacked = f->state == FOLLOWED_STARTED && f->fingerprint == l->fingerprint;
	if (!forwarded && !stacked) {
		abandon(f, 0);
		forget(p);
		return 0;
	}
	book_ended(forwarded ? JOPIL_END_FORWARDED : JOPIL_END_SENT);
	book_begun(JOPIL_LEG_SEND);
	f->state = FOLLOWED_SENDING;
	f->last_ns = bpf_ktime_get_ns();
	f->start_ns = f->last_ns;
	f->leg_ns = f->last_ns;
	f->ifindex = skb->dev->ifindex;
	f->netns = netns_of(skb->dev);
	f->fingerprint = l->fingerprint; /* address translation changes it */
	f->port = l->sport;
	tell_hook(f, JOPIL_JOURNEY_QUEUE, f->last_ns, skb->len, JOPIL_NO_END);
	release(p);
	return 1;
}

SEC("?tp_btf/net_dev_queue")
int BPF_PROG(jopil_queue, struct sk_buff *skb)
{
	struct journey_cpu *cpu = this_cpu();
	struct journey_socket *s;
	struct followed *f;
	struct sock *sk;
	struct look l;
	struct place p;
	__u32 reason;
	__u64 id;

	if (!cpu)
		return 0;
	if (find(&p, address_of(cpu, JOPIL_JOURNEY_QUEUE, skb))) {
		look_at(&l, skb->head + skb->network_header);
		if (resume_send(&p, skb, &l))
			return 0;
	}
	reason = choose(cpu, &cpu->send, skb->head + skb->network_header);
	if (!reason)
		return 0;
	look_at(&l, skb->head + skb->network_header);
	f = follow(cpu, &p, &l, skb->dev, reason);
	if (!f)
		return 0;
	f->state = FOLLOWED_SENDING;
	f->port = l.sport;
	id = f->id;
	book_begun(JOPIL_LEG_SEND);
	begin_send(f, skb);
	tell_beginning(f, &l, JOPIL_JOURNEY_QUEUE, skb, skb->network_header - skb->mac_header,
		       reason);
	release(&p);
	sk = skb->sk;
	if (!sk)
		return 0;
	s = record_of(cpu, sk);
	if (s)
		s->send_id = id;
	return 0;
}

SEC("?tp_btf/net_dev_start_xmit")
int BPF_PROG(jopil_start_xmit, const struct sk_buff *skb, const struct net_device *dev)
{
	struct journey_cpu *cpu = this_cpu();
	struct followed *f;
	struct place p;

	if (!cpu)
		return 0;
	if (!find(&p, address_of(cpu, JOPIL_JOURNEY_START_XMIT, skb)) ||
	    state_of(&p) != FOLLOWED_SENDING)
		return 0;
	f = hold(&p);
	if (!f)
		return 0;
	if (!is_it(f, skb)) {
		abandon(f, 0);
		forget(&p);
		return 0;
	}
	f->last_ns = bpf_ktime_get_ns();
	f->state = FOLLOWED_STARTED;
	measure_leg(f, JOPIL_STAGE_QDISC, f->last_ns - f->leg_ns);
	tell_hook(f, JOPIL_JOURNEY_START_XMIT, f->last_ns, skb->len, JOPIL_NO_END);
	release(&p);
	return 0;
}

/* The packet may be another's by now: only its address is looked at. */
SEC("?tp_btf/net_dev_xmit")
int BPF_PROG(jopil_xmit, struct sk_buff *skb, int rc, struct net_device *dev, unsigned int bytes)
{
	struct journey_cpu *cpu = this_cpu();
	struct followed copy, *f;
	struct place p;
	__u64 now;

	if (!cpu)
		return 0;
	if (!find(&p, address_of(cpu, JOPIL_JOURNEY_XMIT, skb)) || state_of(&p) != FOLLOWED_STARTED)
		return 0;
	f = hold(&p);
	if (!f)
		return 0;
	if (f->state != FOLLOWED_STARTED || f->ifindex != dev->ifindex) {
		release(&p);
		return 0;
	}
	if (rc) {
		/* busy: the queueing discipline tries again */
		f->state = FOLLOWED_SENDING;
		release(&p);
		return 0;
	}
	now = bpf_ktime_get_ns();
	copy = *f;
	f->last_ns = now;
	f->state = FOLLOWED_SENT;
	/* the other end of a veth may be receiving it already: that must not find it held */
	release(&p);
	measure_leg(&copy, JOPIL_STAGE_DRIVER_TX, now - copy.last_ns);
	measure_leg(&copy, JOPIL_STAGE_SEND_TOTAL, now - copy.start_ns);
	book_ended(JOPIL_END_SENT);
	tell_hook(&copy, JOPIL_JOURNEY_XMIT, now, bytes, JOPIL_END_SENT);
	return 0;
}

SEC("?tp_btf/sock_send_length")
int BPF_PROG(jopil_send, struct sock *sk, int ret, int flags)
{
	struct journey_socket *s = bpf_sk_storage_get(&journey_sockets, sk, 0, 0);
	struct told t = { .hook = JOPIL_JOURNEY_SEND, .end = JOPIL_NO_END };

	if (!s || !s->send_id || ret < 0)
		return 0;
	t.id = __sync_lock_test_and_set(&s->send_id, 0);
	if (!t.id)
		return 0;
	t.ns = bpf_ktime_get_ns();
	t.bytes = ret;
	t.port = sk->__sk_common.skc_num;
	t.protocol = sk->sk_protocol;
	tell_process(&t);
	return 0;
}

/* --- end of a packet ------------------------------------------------------------ */

static __always_inline void end_packet(struct journey_cpu *cpu, const struct sk_buff *skb,
				       enum jopil_journey_hook hook, enum jopil_journey_end end,
				       __u32 detail)
{
	struct followed *f;
	struct waiting *w;
	struct place p;

	if (!find(&p, address_of(cpu, hook, skb)))
		return;
	if (p.skb == cpu->current_skb)
		end_arrival(cpu);
	f = hold(&p);
	if (!f)
		return;
	if (!is_it(f, skb)) {
		abandon(f, 0);
		forget(&p);
		return;
	}
	switch (f->state) {
	case FOLLOWED_QUEUED:
		w = waiting_at(f->socket, f->index);
		/* consumed by who reads it: that hook tells */
		if (end == JOPIL_END_DROPPED && w)
			end_waiting(w, f->id, end);
		break;
	case FOLLOWED_SENT:
		break;
	default:
		book_ended(end);
	}
	tell_hook(f, hook, bpf_ktime_get_ns(), detail, end);
	forget(&p);
}

SEC("?tp_btf/consume_skb")
int BPF_PROG(jopil_free, struct sk_buff *skb)
{
	struct journey_cpu *cpu = this_cpu();

	if (cpu)
		end_packet(cpu, skb, JOPIL_JOURNEY_FREE, JOPIL_END_FREED, 0);
	return 0;
}

SEC("?tp_btf/kfree_skb")
int BPF_PROG(jopil_drop_end, struct sk_buff *skb, void *location, __u32 reason)
{
	struct journey_cpu *cpu = this_cpu();

	if (cpu)
		end_packet(cpu, skb, JOPIL_JOURNEY_DROP, JOPIL_END_DROPPED, reason);
	return 0;
}
