/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * All maps of the sensor, in one place; what they mean stands in abi.h. User
 * space sets max_entries of every array before it loads the object: the
 * figures here only make the object loadable as it is, on up to 64 CPUs.
 */
#ifndef JOPIL_MAPS_H
#define JOPIL_MAPS_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"

#define JOPIL_TEMPLATE_CPUS 64

/* .rodata, frozen at load: the verifier drops the code that a 0 turns off. */
const volatile struct attachment_config config = {};

/* Types that no map names, so that the object's BTF describes them too. */
const volatile union {
	struct packet_event packet_event;
	struct payload_event payload_event;
	struct flow4_key flow4_key;
	struct flow6_key flow6_key;
	enum jopil_direction direction;
	enum jopil_hook hook;
	enum jopil_protocol protocol;
	enum jopil_flow_flags flow_flags;
	enum jopil_event_type event_type;
	enum jopil_packet_flags packet_flags;
} jopil_abi_types = {};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_DIRECTIONS *JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct counters);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct ring_control);
} ring_control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct flow4_bucket);
} flows4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct flow6_bucket);
} flows6 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct ack_bucket);
} acks4 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__type(value, struct ack_bucket);
} acks6 SEC(".maps");

/* 1,024 EtherTypes: a flood of others stays in protocol[JOPIL_PROTOCOL_NON_IP]. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct non_ip_key);
	__type(value, struct counter);
} non_ip SEC(".maps");

/* One for all: no more come than control.payload_rate allows. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} payloads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, JOPIL_TEMPLATE_CPUS);
	__type(key, __u32);
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_RINGBUF);
			__uint(max_entries, 65536);
		});
} rings SEC(".maps");

#endif
