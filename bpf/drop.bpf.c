// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Every packet that the host frees as dropped, in all network namespaces, counted
 * by reason, place, interface and namespace, and told of in events, at most so
 * many in a jiffy. It changes nothing.
 *
 * tp_btf/kfree_skb with a reason: Linux 5.17, with the receiving socket: 6.11.
 * Needs BTF of the kernel; field offsets are relocated at load (CO-RE).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/drop.h"
#include "jopil/kernel.h"
#include "jopil/wire.h"

#define STACK_FRAMES 16

char LICENSE[] SEC("license") = "GPL";

const volatile struct drop_config config = {};

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct drop_event drop_event;
	enum jopil_drop_flags flags;
} jopil_drop_types = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, JOPIL_DROP_PLACES);
	__type(key, struct drop_key);
	__type(value, struct drop_count);
} drop_counts SEC(".maps");

/* By reason alone: drops whose place found no room in drop_counts. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, JOPIL_DROP_REASONS);
	__type(key, __u32);
	__type(value, struct drop_count);
} drop_overflow SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_book);
} drop_books SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} drop_events SEC(".maps");

static __always_inline struct drop_count *count_of(const struct drop_key *key)
{
	struct drop_count *c = bpf_map_lookup_elem(&drop_counts, key);
	const struct drop_count none = {};
	__u32 reason = key->reason;

	if (c)
		return c;
	bpf_map_update_elem(&drop_counts, key, &none, BPF_NOEXIST);
	/* there now, by whoever was faster, unless the map is full */
	c = bpf_map_lookup_elem(&drop_counts, key);
	if (c)
		return c;
	if (reason >= JOPIL_DROP_REASONS)
		reason = JOPIL_DROP_REASONS - 1;
	return bpf_map_lookup_elem(&drop_overflow, &reason);
}

/* A pointer into the kernel's half: what lies in its place while a socket holds the packet is none. */
static __always_inline int is_kernel_pointer(const void *p)
{
	return (unsigned long)p >> 48 == 0xffff;
}

static __always_inline int lies_in(__u64 address, __u64 begin, __u64 end)
{
	return address >= begin && address < end;
}

/* Functions that run for the reader of a socket alone: elsewhere the current task may be anyone's. */
static __always_inline int is_read(__u64 location)
{
	return lies_in(location, config.read4_begin, config.read4_end) ||
	       lies_in(location, config.read6_begin, config.read6_end);
}

static __always_inline void place(struct drop_key *key, struct sk_buff *skb, struct sock *receiver)
{
	struct net_device *dev = skb->dev;
	struct sock *sk = receiver ? receiver : skb->sk;

	key->ifindex = skb->skb_iif;
	if (sk) {
		key->netns = BPF_CORE_READ(sk, __sk_common.skc_net.net, ns.inum);
	} else if (is_kernel_pointer(dev)) {
		/* no socket has it, so this is its device */
		key->netns = BPF_CORE_READ(dev, nd_net.net, ns.inum);
	} else if (is_read(key->location)) {
		/* it lay in a UDP socket's queue */
		struct task_struct *task = bpf_get_current_task_btf();

		key->netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	}
	if (!key->ifindex && !receiver && is_kernel_pointer(dev))
		key->ifindex = BPF_CORE_READ(dev, ifindex);
}

/*
 * Who called the netfilter hook that drops this one: the hook by another name. It
 * stands on the stack above nf_hook_slow, so that packets that are not dropped pay
 * nothing for it.
 */
static __always_inline __u64 hook_caller(void *ctx)
{
	__u64 stack[STACK_FRAMES] = {};
	long bytes = bpf_get_stack(ctx, stack, sizeof(stack), 0);

	if (bytes <= 0)
		return 0;
#pragma unroll
	for (int i = 0; i < STACK_FRAMES - 1; i++)
		if (lies_in(stack[i], config.hook_begin, config.hook_end))
			return stack[i + 1];
	return 0;
}

/* What is left of the frame, from the first header that is known: layers that were taken off lie before skb->data. */
struct extent {
	const unsigned char *start;
	__u32 bytes;
	__u32 linear; /* of these, in one piece */
	__u16 flags;
};

static __always_inline void measure(struct extent *x, struct sk_buff *skb)
{
	const unsigned char *start = skb->data;

	x->flags = 0;
	if (skb->mac_header != JOPIL_NO_HEADER && skb->head + skb->mac_header < start) {
		start = skb->head + skb->mac_header;
		x->flags = JOPIL_DROP_FROM_MAC;
	} else if (skb->network_header != JOPIL_NO_HEADER &&
		   skb->head + skb->network_header < start) {
		start = skb->head + skb->network_header;
	}
	x->start = start;
	x->bytes = skb->len + (skb->data - start);
	x->linear = x->bytes - skb->data_len;
}

/* How many drops this one stands for; 0 if it is left out. */
static __always_inline __u32 choose(struct drop_book *book)
{
	__u64 now = bpf_jiffies64();
	__u64 passed = now - book->jiffy;
	__u64 left_out;

	if (passed) {
		book->jiffy = now;
		book->credit += passed < config.events_at_once ? passed * config.events_per_jiffy
							       : config.events_at_once;
		if (book->credit > config.events_at_once)
			book->credit = config.events_at_once;
	}
	if (!book->credit) {
		book->sampled_out++;
		return 0;
	}
	book->credit--;
	left_out = book->sampled_out - book->told_out;
	book->told_out = book->sampled_out;
	return left_out + 1;
}

static __always_inline void tell(const struct drop_key *key, const struct extent *x,
				 struct sk_buff *skb, struct sock *receiver)
{
	struct sock *sk = receiver ? receiver : skb->sk;
	__u32 zero = 0, weight, bytes = x->linear;
	struct drop_book *book = bpf_map_lookup_elem(&drop_books, &zero);
	struct drop_event *e;

	if (!book)
		return;
	book->observed++;
	weight = choose(book);
	if (!weight)
		return;
	e = bpf_ringbuf_reserve(&drop_events, sizeof(*e), 0);
	if (!e) {
		book->ring_full++;
		return;
	}
	e->timestamp_ns = bpf_ktime_get_ns();
	e->socket_cookie = sk ? BPF_CORE_READ(sk, __sk_common.skc_cookie.counter) : 0;
	e->key = *key;
	e->packets = wire_packets(skb);
	e->weight = weight;
	e->frame_bytes = x->bytes;
	e->cpu = bpf_get_smp_processor_id();
	e->ether_type = bpf_ntohs(skb->protocol);
	e->flags = x->flags;
	if (receiver || skb->skb_iif)
		e->flags |= JOPIL_DROP_RECEIVED;
	if (bytes > sizeof(e->data))
		bytes = sizeof(e->data);
	e->captured_bytes = bpf_probe_read_kernel(e->data, bytes, x->start) ? 0 : bytes;
	book->submitted++;
	bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP);
}

static __always_inline int dropped(void *ctx, struct sk_buff *skb, void *location, __u32 reason,
				   struct sock *receiver)
{
	struct drop_key key = { .location = (unsigned long)location, .reason = reason };
	struct drop_count *c;
	struct extent x;

	/* sockets of the host among themselves (unix, netlink) are no network */
	if (!skb->protocol)
		return 0;
	place(&key, skb, receiver);
	if (config.hook_end && reason == config.hook_reason)
		key.hooked = hook_caller(ctx);
	measure(&x, skb);
	c = count_of(&key);
	if (c) {
		c->packets += wire_packets(skb);
		c->bytes += x.bytes;
	}
	tell(&key, &x, skb, receiver);
	return 0;
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(jopil_drop, struct sk_buff *skb, void *location, __u32 reason)
{
	return dropped(ctx, skb, location, reason, NULL);
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(jopil_drop_receiver, struct sk_buff *skb, void *location, __u32 reason,
	     struct sock *receiver)
{
	return dropped(ctx, skb, location, reason, receiver);
}
