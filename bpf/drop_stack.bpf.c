// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Kernel stacks of what the host frees as dropped, at most so many in a jiffy.
 * Attached only while somebody asks for them: the counts of drop.bpf.c pay
 * nothing for it.
 *
 * tp_btf/kfree_skb with a reason: Linux 5.17. Needs BTF of the kernel.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "jopil/drop.h"
#include "jopil/kernel.h"
#include "jopil/wire.h"

char LICENSE[] SEC("license") = "GPL";

const volatile struct drop_stack_config config = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, JOPIL_STACKS);
	__type(key, struct drop_stack);
	__type(value, __u64);
} drop_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_stack_book);
} drop_stack_books SEC(".maps");

/* The key is larger than what is left of a program's own stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct drop_stack);
} drop_stack_scratch SEC(".maps");

static __always_inline int is_one_more(struct drop_stack_book *book)
{
	__u64 now = bpf_jiffies64();

	if (book->jiffy != now) {
		book->jiffy = now;
		book->in_jiffy = 0;
	}
	if (book->in_jiffy >= config.stacks_per_jiffy)
		return 0;
	book->in_jiffy++;
	return 1;
}

static __always_inline __u64 *count_of(const struct drop_stack *stack)
{
	__u64 *count = bpf_map_lookup_elem(&drop_stacks, stack);
	const __u64 none = 0;

	if (count)
		return count;
	bpf_map_update_elem(&drop_stacks, stack, &none, BPF_NOEXIST);
	/* there now, by whoever was faster, unless the map is full */
	return bpf_map_lookup_elem(&drop_stacks, stack);
}

SEC("tp_btf/kfree_skb")
int BPF_PROG(jopil_drop_stack, struct sk_buff *skb, void *location, __u32 reason)
{
	__u32 zero = 0, packets;
	struct drop_stack_book *book = bpf_map_lookup_elem(&drop_stack_books, &zero);
	struct drop_stack *stack = bpf_map_lookup_elem(&drop_stack_scratch, &zero);
	__u64 *count;

	/* sockets of the host among themselves (unix, netlink) are no network */
	if (!book || !stack || !skb->protocol || bpf_ktime_get_ns() >= config.end_ns)
		return 0;
	packets = wire_packets(skb);
	book->observed += packets;
	if (!is_one_more(book)) {
		book->left_out += packets;
		return 0;
	}
	stack->location = (unsigned long)location;
	stack->reason = reason;
	/* what it cannot fill it clears */
	bpf_get_stack(ctx, stack->frames, sizeof(stack->frames), 0);
	count = count_of(stack);
	if (!count) {
		book->no_room += packets;
		return 0;
	}
	book->taken += packets;
	*count += packets;
	return 0;
}
