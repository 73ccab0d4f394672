// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Every packet that the host frees as dropped, in all network namespaces, counted
 * by reason, place, interface and namespace. It changes nothing.
 *
 * tp_btf/kfree_skb with a reason: Linux 5.17, with the receiving socket: 6.11.
 * Needs BTF of the kernel; field offsets are relocated at load (CO-RE).
 */
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/drop.h"
#include "jopil/kernel.h"

#define STACK_FRAMES 16

char LICENSE[] SEC("license") = "GPL";

const volatile struct drop_config config = {};

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

static __always_inline __u32 wire_packets(struct sk_buff *skb)
{
	struct skb_shared_info *shared = (void *)(skb->head + skb->end);
	__u16 gso_segs = BPF_CORE_READ(shared, gso_segs);

	return gso_segs ? gso_segs : 1;
}

/* From the first header that is known. Layers that were taken off lie before skb->data. */
static __always_inline __u32 frame_bytes(struct sk_buff *skb)
{
	const unsigned char *start = skb->data;

	if (skb->mac_header != JOPIL_NO_HEADER && skb->head + skb->mac_header < start)
		start = skb->head + skb->mac_header;
	else if (skb->network_header != JOPIL_NO_HEADER && skb->head + skb->network_header < start)
		start = skb->head + skb->network_header;
	return skb->len + (skb->data - start);
}

static __always_inline int dropped(void *ctx, struct sk_buff *skb, void *location, __u32 reason,
				   struct sock *receiver)
{
	struct drop_key key = { .location = (unsigned long)location, .reason = reason };
	struct drop_count *c;

	/* sockets of the host among themselves (unix, netlink) are no network */
	if (!skb->protocol)
		return 0;
	place(&key, skb, receiver);
	if (config.hook_end && reason == config.hook_reason)
		key.hooked = hook_caller(ctx);
	c = count_of(&key);
	if (!c)
		return 0;
	/* a softirq may come between: an atomic on a line of this CPU is cheap */
	__sync_fetch_and_add(&c->packets, wire_packets(skb));
	__sync_fetch_and_add(&c->bytes, frame_bytes(skb));
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
