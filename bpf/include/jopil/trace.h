/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* Which packets match the filter of user space. Only while there is one is any of this run. */
#ifndef JOPIL_TRACE_H
#define JOPIL_TRACE_H

#include "journey_maps.h"
#include "look.h"

struct addresses {
	__u32 source[4];
	__u32 destination[4];
};

static __always_inline int read_addresses(struct addresses *a, const void *ip)
{
	__u8 version = 0;

	if (bpf_probe_read_kernel(&version, sizeof(version), ip))
		return 0;
	if (version >> 4 == 6)
		return !bpf_probe_read_kernel(a, sizeof(*a), ip + 8);
	a->source[2] = bpf_htonl(0xffff);
	a->destination[2] = bpf_htonl(0xffff);
	return !bpf_probe_read_kernel(&a->source[3], 4, ip + 12) &&
	       !bpf_probe_read_kernel(&a->destination[3], 4, ip + 16);
}

static __always_inline int is_address(const __u8 *wanted, const __u32 *address)
{
	const __u32 *w = (const __u32 *)wanted;

	return !(w[0] | w[1] | w[2] | w[3]) || (w[0] == address[0] && w[1] == address[1] &&
						w[2] == address[2] && w[3] == address[3]);
}

static __always_inline int is_port(__u16 wanted, __u16 port)
{
	return !wanted || wanted == port;
}

static __always_inline int matches(const struct journey_trace *t, const struct look *l,
				   const struct addresses *a)
{
	if (t->protocol && t->protocol != l->protocol)
		return 0;
	if (!(is_port(t->port_a, l->sport) && is_port(t->port_b, l->dport)) &&
	    !(is_port(t->port_a, l->dport) && is_port(t->port_b, l->sport)))
		return 0;
	return (is_address(t->address_a, a->source) && is_address(t->address_b, a->destination)) ||
	       (is_address(t->address_a, a->destination) && is_address(t->address_b, a->source));
}

static __always_inline int has_room(void)
{
	struct journey_cpu *cpu = this_cpu();
	__u64 jiffy = bpf_jiffies64();
	struct journey_book *book;
	__u32 zero = 0;

	if (!cpu)
		return 0;
	if (cpu->trace_jiffy != jiffy) {
		cpu->trace_jiffy = jiffy;
		cpu->traced = 0;
	}
	if (cpu->traced < config.traced_per_jiffy) {
		cpu->traced++;
		return 1;
	}
	book = bpf_map_lookup_elem(&journey_books, &zero);
	if (book)
		__sync_fetch_and_add(&book->trace_left_out, 1);
	return 0;
}

/* The packet at journey_cpu.trace_ip. A global function: verified once, not at each hook. */
__attribute__((noinline)) int is_traced(void)
{
	struct journey_cpu *cpu = this_cpu();
	struct journey_control *control;
	struct addresses a = {};
	__u64 until_ns;
	__u32 zero = 0;
	struct look l;

	control = bpf_map_lookup_elem(&journey_control, &zero);
	if (!cpu || !control)
		return 0;
	until_ns = *(volatile __u64 *)&control->trace.until_ns;
	if (!until_ns)
		return 0;
	if (bpf_ktime_get_ns() >= until_ns) {
		__sync_val_compare_and_swap(&control->trace.until_ns, until_ns, 0);
		return 0;
	}
	look_at(&l, (const void *)cpu->trace_ip);
	if (!l.header_bytes || !read_addresses(&a, l.start) || !matches(&control->trace, &l, &a))
		return 0;
	barrier();
	/* another filter was being written meanwhile: what matched is neither */
	return *(volatile __u64 *)&control->trace.until_ns == until_ns && has_room();
}

#endif
