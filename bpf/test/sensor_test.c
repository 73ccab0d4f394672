// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
/*
 * Drives sensor.bpf.o by BPF_PROG_TEST_RUN: nothing is attached, no traffic of
 * this machine is seen. Usage: see usage().
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "jopil/abi.h"
#include "faults.h"

#define FRAME_MAX 65536
#define XDP_PASS_VERDICT 2
#define TCX_NEXT_VERDICT -1

struct sensor {
	struct bpf_object *object;
	int xdp_fd;
	int ingress_fd;
	int egress_fd;
	int clock_fd;
	__u32 cpus;
	__u32 buckets; /* of each family, per CPU */
	struct counters *counters;
	struct control *control;
	struct flow4_bucket *flows4;
	struct flow6_bucket *flows6;
	struct ack_bucket *acks4;
	struct ack_bucket *acks6;
	struct ring_buffer *ring; /* of CPU 0 */
};

static void die(const char *what, int error)
{
	fprintf(stderr, "sensor_test: %s: %s\n", what, strerror(error < 0 ? -error : error));
	exit(2);
}

static void need(int ok, const char *what)
{
	if (!ok)
		die(what, errno);
}

static void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	need(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

static void *map_values(struct bpf_object *object, const char *name, int protection)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, name);
	size_t bytes = (size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *values = mmap(NULL, bytes, protection, MAP_SHARED, bpf_map__fd(map), 0);

	need(values != MAP_FAILED, name);
	return values;
}

static void resize(struct bpf_object *object, const char *name, __u32 entries)
{
	need(!bpf_map__set_max_entries(bpf_object__find_map_by_name(object, name), entries), name);
}

static void set_constant(struct bpf_object *object, const char *name, const void *value,
			 size_t value_bytes)
{
	const struct btf *btf = bpf_object__btf(object);
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		const struct btf_type *section;
		const struct btf_var_secinfo *variable;
		size_t bytes;
		char *values;

		if (!strstr(bpf_map__name(map), ".rodata"))
			continue;
		values = (char *)bpf_map__initial_value(map, &bytes);
		section = btf__type_by_id(btf,
					  btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC));
		variable = btf_var_secinfos(section);
		for (int i = 0; i < btf_vlen(section); i++, variable++) {
			const struct btf_type *type = btf__type_by_id(btf, variable->type);

			if (!strcmp(btf__name_by_offset(btf, type->name_off), name))
				memcpy(values + variable->offset, value, value_bytes);
		}
	}
}

static int program_fd(struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static void open_sensor(struct sensor *s, const char *path, struct attachment_config config,
			enum fault fault, ring_buffer_sample_fn on_event, void *context)
{
	__u32 zero = 0;
	int error, ring_fd;

	memset(s, 0, sizeof(*s));
	s->cpus = libbpf_num_possible_cpus();
	s->buckets = config.flow4_bucket_mask + 1;
	config.cpus = s->cpus;
	s->object = bpf_object__open(path);
	if (!s->object)
		die(path, errno);
	set_constant(s->object, "config", &config, sizeof(config));
	if (fault != FAULT_NONE)
		set_constant(s->object, "fault", &fault, sizeof(fault));
	resize(s->object, "counters", JOPIL_DIRECTIONS * s->cpus);
	resize(s->object, "ring_control", s->cpus);
	resize(s->object, "rings", s->cpus);
	resize(s->object, "flows4", s->buckets * s->cpus);
	resize(s->object, "flows6", s->buckets * s->cpus);
	resize(s->object, "acks4", s->buckets * s->cpus);
	resize(s->object, "acks6", s->buckets * s->cpus);
	error = bpf_object__load(s->object);
	if (error)
		die("load", error);
	s->xdp_fd = program_fd(s->object, "jopil_xdp");
	s->ingress_fd = program_fd(s->object, "jopil_ingress");
	s->egress_fd = program_fd(s->object, "jopil_egress");
	s->clock_fd = program_fd(s->object, "jopil_clock");
	s->counters = map_values(s->object, "counters", PROT_READ);
	s->control = map_values(s->object, "control", PROT_READ | PROT_WRITE);
	s->flows4 = map_values(s->object, "flows4", PROT_READ);
	s->flows6 = map_values(s->object, "flows6", PROT_READ);
	s->acks4 = map_values(s->object, "acks4", PROT_READ | PROT_WRITE);
	s->acks6 = map_values(s->object, "acks6", PROT_READ | PROT_WRITE);
	if (!on_event)
		return;
	ring_fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, 1 << 20, NULL);
	need(ring_fd >= 0, "ring");
	need(!bpf_map_update_elem(bpf_object__find_map_fd_by_name(s->object, "rings"), &zero,
				  &ring_fd, BPF_ANY),
	     "rings");
	s->ring = ring_buffer__new(ring_fd, on_event, context, NULL);
	need(s->ring != NULL, "ring_buffer__new");
}

static int run(int fd, void *frame, __u32 bytes, struct __sk_buff *skb, __u32 repeat, int verdict)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = bytes,
		    .repeat = repeat);
	int error;

	if (skb) {
		options.ctx_in = skb;
		options.ctx_size_in = sizeof(*skb);
	}
	error = bpf_prog_test_run_opts(fd, &options);
	if (error)
		return -errno;
	if ((int)options.retval != verdict) {
		fprintf(stderr, "sensor_test: verdict %d instead of %d\n", (int)options.retval,
			verdict);
		exit(1);
	}
	return options.duration;
}

/* --- parse ---------------------------------------------------------------- */

struct pcap {
	FILE *file;
	__u32 link_type;
	int swapped;
};

struct pcap_header {
	__u32 magic, version, zone, digits, snapshot_bytes, link_type;
};

struct pcap_record {
	__u32 seconds, fraction, captured_bytes, frame_bytes;
};

enum {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 101,
	LINK_COOKED = 113
};

static __u32 pcap_word(const struct pcap *p, __u32 word)
{
	return p->swapped ? __builtin_bswap32(word) : word;
}

static void open_pcap(struct pcap *p, const char *path)
{
	struct pcap_header header;
	size_t length = strlen(path);
	char command[4096];

	if (length > 3 && !strcmp(path + length - 3, ".gz")) {
		snprintf(command, sizeof(command), "zcat '%s'", path);
		p->file = popen(command, "r");
	} else {
		p->file = fopen(path, "r");
	}
	need(p->file != NULL, path);
	need(fread(&header, sizeof(header), 1, p->file) == 1, path);
	p->swapped = header.magic == 0xd4c3b2a1 || header.magic == 0x4d3cb2a1;
	if (!p->swapped && header.magic != 0xa1b2c3d4 && header.magic != 0xa1b23c4d)
		die(path, EINVAL);
	p->link_type = pcap_word(p, header.link_type) & 0xffff;
}

/* What stands before the IP header on a device that is not Ethernet. */
static __u32 foreign_header_bytes(__u32 link_type)
{
	switch (link_type) {
	case LINK_NULL:
		return 4;
	case LINK_COOKED:
		return 16;
	default:
		return 0;
	}
}

struct parse_run {
	unsigned long number;
	unsigned long events;
	const unsigned char *frame;
	__u32 frame_bytes;
};

static int print_event(void *context, void *data, size_t bytes)
{
	struct parse_run *r = context;
	const struct packet_event *e = data;
	char src[INET6_ADDRSTRLEN] = "", dst[INET6_ADDRSTRLEN] = "", ports[32] = "\t";
	int is_ipv4 = e->ether_type == ETHERTYPE_IP;

	r->events++;
	if (bytes != sizeof(*e) || e->captured_bytes > JOPIL_CAPTURE_BYTES ||
	    e->captured_bytes > r->frame_bytes || memcmp(e->data, r->frame, e->captured_bytes)) {
		fprintf(stderr, "sensor_test: frame %lu: captured bytes are not the frame's\n",
			r->number);
		exit(1);
	}
	if (e->flags & JOPIL_PACKET_IP) {
		inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? e->src + 12 : e->src, src,
			  sizeof(src));
		inet_ntop(is_ipv4 ? AF_INET : AF_INET6, is_ipv4 ? e->dst + 12 : e->dst, dst,
			  sizeof(dst));
	}
	if (e->flags & JOPIL_PACKET_PORTS)
		snprintf(ports, sizeof(ports), "%u\t%u", ntohs(e->sport), ntohs(e->dport));
	printf("%lu\t%u\t%u\t%u\t%d\t%s\t%s\t%s\t%u\t%s\t%d\t%u\n", r->number, e->ether_type,
	       e->outer_vlan, e->inner_vlan, e->flags & JOPIL_PACKET_IP ? e->ip_protocol : -1, src,
	       dst, ports, e->tcp_flags,
	       e->flags & JOPIL_PACKET_LATER_FRAGMENT ? "later"
	       : e->flags & JOPIL_PACKET_FRAGMENT     ? "first"
						      : "",
	       !!(e->flags & JOPIL_PACKET_MALFORMED), e->captured_bytes);
	return 0;
}

/* One line a frame: what the program told of it. */
static int parse_file(const char *object, const char *hook, const char *path)
{
	static unsigned char frame[FRAME_MAX];
	struct attachment_config config = { .attachment = 1, .flows = 1, .frags = 1 };
	int xdp = !strcmp(hook, "xdp");
	struct parse_run r = { .frame = frame };
	struct pcap_record record;
	struct pcap pcap;
	struct sensor s;
	__u32 skip;

	open_pcap(&pcap, path);
	skip = foreign_header_bytes(pcap.link_type);
	config.layer3 = pcap.link_type != LINK_ETHERNET;
	pin_to_cpu(0);
	open_sensor(&s, object, config, FAULT_NONE, print_event, &r);
	s.control->sample_step = 1;
	while (fread(&record, sizeof(record), 1, pcap.file) == 1) {
		__u32 captured = pcap_word(&pcap, record.captured_bytes);
		__u32 bytes = pcap_word(&pcap, record.frame_bytes);
		int error;

		r.number++;
		if (captured > sizeof(frame) || bytes > sizeof(frame))
			die(path, EINVAL);
		memset(frame, 0, sizeof(frame));
		need(fread(frame, 1, captured, pcap.file) == captured, path);
		if (skip)
			memmove(frame, frame + skip, sizeof(frame) - skip);
		r.frame_bytes = bytes - skip;
		r.events = 0;
		error = run(xdp ? s.xdp_fd : s.ingress_fd, frame, r.frame_bytes, NULL, 1,
			    xdp ? XDP_PASS_VERDICT : TCX_NEXT_VERDICT);
		if (error < 0) {
			printf("%lu\tnot run: %s\n", r.number, strerror(-error));
			continue;
		}
		ring_buffer__consume(s.ring);
		if (r.events != 1) {
			fprintf(stderr, "sensor_test: frame %lu: %lu events\n", r.number, r.events);
			return 1;
		}
	}
	return 0;
}

/* --- flows ---------------------------------------------------------------- */

#define CHURN_FLOWS 65536 /* of each family; many times the slots */
#define FLOOD_FLOWS (1 << 20) /* one packet each, and all others before it comes again */
#define FLOW_BUCKETS 256 /* 2,048 slots a CPU and family */
#define FLOW_SLOTS (FLOW_BUCKETS * JOPIL_BUCKET_SLOTS)
#define WRITERS 2
#define SCANS_BETWEEN_PAUSES 1024
#define PAUSE_US_MAX 40000 /* writers fill all slots in some 15 ms */

/*
 * Writers on their own CPUs and one reader. CHURN: random flows, nearly every
 * packet a new one. FLOOD: every packet a new flow. Pauses of the reader let
 * the table run full.
 */
enum pattern {
	CHURN,
	FLOOD,
};

struct truth {
	__u64 packets;
	__u64 bytes;
};

struct flow_run;

struct writer {
	struct flow_run *run;
	pthread_t thread;
	int cpu;
	struct truth *sent[2]; /* by family, then by flow */
	struct truth refused[2];
	__u64 runs;
};

struct flow_run {
	struct sensor sensor;
	enum pattern pattern;
	enum fault fault;
	__u32 flows;
	volatile int stop;
	struct writer writers[WRITERS];
	__u32 writer_count;
	/* the reader's */
	struct truth *merged[2];
	struct truth *shadow[2]; /* by slot */
	__u64 scans;
	__u64 pauses;
};

static void *zeroed(size_t count, size_t bytes)
{
	void *memory = calloc(count, bytes);

	need(memory != NULL, "calloc");
	return memory;
}

static __u64 next_random(__u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Flow f is 10.x.y.z or fd00::x:y:z, UDP 1000 + f mod 7 to 53. */
static __u32 write_frame(unsigned char *frame, int ipv6, __u32 flow)
{
	unsigned char *udp = frame + ETHER_HDR_LEN + (ipv6 ? 40 : 20);
	unsigned char *source = frame + ETHER_HDR_LEN + (ipv6 ? 8 + 12 : 12);
	__u16 sport = 1000 + flow % 7;

	frame[12] = ipv6 ? 0x86 : 0x08;
	frame[13] = ipv6 ? 0xdd : 0x00;
	frame[14] = ipv6 ? 0x60 : 0x45;
	if (ipv6) {
		frame[14 + 6] = 17;
		frame[14 + 8] = 0xfd;
	} else {
		frame[14 + 9] = 17;
		source[0] = 10;
	}
	source[1] = flow >> 16;
	source[2] = flow >> 8;
	source[3] = flow;
	udp[0] = sport >> 8;
	udp[1] = sport;
	udp[3] = 53;
	return udp + 8 - frame;
}

static void *write_flows(void *argument)
{
	static __thread unsigned char frame[2048];
	struct writer *w = argument;
	struct flow_run *run_of_all = w->run;
	struct sensor *s = &run_of_all->sensor;
	struct counters *ingress = &s->counters[w->cpu];
	struct counters *egress = &s->counters[s->cpus + w->cpu];
	__u64 random = 0x9e3779b97f4a7c15ULL + w->cpu;

	pin_to_cpu(w->cpu);
	while (!run_of_all->stop) {
		__u64 r = next_random(&random);
		int ipv6 = r & 1, use_skb = r >> 1 & 1, flood = run_of_all->pattern == FLOOD;
		/* XDP: the kernel patches its dispatcher, for milliseconds, if repeat > 1 */
		int repeat = use_skb && !flood ? 1 + (r >> 2 & 3) : 1;
		__u64 number = flood ? w->runs * WRITERS + w->cpu : r >> 8;
		__u32 flow = number % run_of_all->flows, length = 20 + (r >> 32) % 1000, n = 1,
		      header, frame_bytes;
		__u64 refused[2] = { ingress->overflow[17].packets, ingress->overflow[17].bytes };
		struct __sk_buff skb = {};
		struct truth delta;
		int error;

		memset(frame, 0, 64);
		header = write_frame(frame, ipv6, flow);
		frame_bytes = header + length;
		/* total length or payload length, at the same place plus 2 */
		*(__u16 *)(frame + 14 + (ipv6 ? 4 : 2)) = htons(frame_bytes - 14 - (ipv6 ? 40 : 0));
		if (use_skb) {
			n = 1 + (r >> 4 & 7);
			skb.gso_segs = n;
			skb.gso_size = (length + n - 1) / n;
		}
		error = run(use_skb ? s->ingress_fd : s->xdp_fd, frame, frame_bytes,
			    use_skb ? &skb : NULL, repeat,
			    use_skb ? TCX_NEXT_VERDICT : XDP_PASS_VERDICT);
		if (error < 0)
			die("test run", error);
		w->runs += repeat;
		delta.packets = (__u64)n * repeat;
		delta.bytes = ((__u64)frame_bytes + (n - 1) * header) * repeat;
		refused[0] = ingress->overflow[17].packets - refused[0];
		refused[1] = ingress->overflow[17].bytes - refused[1];
		w->refused[ipv6].packets += refused[0];
		w->refused[ipv6].bytes += refused[1];
		w->sent[ipv6][flow].packets += delta.packets - refused[0];
		w->sent[ipv6][flow].bytes += delta.bytes - refused[1];
	}
	if (egress->observed)
		die("egress counters moved", EINVAL);
	return NULL;
}

static __u32 flow4_of(const void *key)
{
	return ntohl(((const volatile struct flow4_key *)key)->src) & 0xffffff;
}

static __u32 flow6_of(const void *key)
{
	const volatile struct flow6_key *k = key;

	return k->src[13] << 16 | k->src[14] << 8 | k->src[15];
}

static const __u64 *packets_of(const struct sensor *s, int ipv6, __u32 slot)
{
	__u32 bucket = slot / JOPIL_BUCKET_SLOTS, i = slot % JOPIL_BUCKET_SLOTS;

	return ipv6 ? &s->flows6[bucket].slot[i].packets : &s->flows4[bucket].slot[i].packets;
}

static __u32 flow_of(const struct sensor *s, int ipv6, __u32 slot)
{
	__u32 bucket = slot / JOPIL_BUCKET_SLOTS, i = slot % JOPIL_BUCKET_SLOTS;

	return ipv6 ? flow6_of(&s->flows6[bucket].slot[i].key)
		    : flow4_of(&s->flows4[bucket].slot[i].key);
}

/* The reader's half of the protocol; `early_key` is the fault of reading the key first. */
static void merge(struct flow_run *r, int ipv6, __u32 slot, const __u32 *early_key)
{
	const struct sensor *s = &r->sensor;
	const __u64 *packets = packets_of(s, ipv6, slot);
	__u64 published = __atomic_load_n(packets, __ATOMIC_ACQUIRE), bytes;
	struct ack_bucket *acks = ipv6 ? s->acks6 : s->acks4;
	struct truth *known = &r->shadow[ipv6][slot];
	__u32 flow;

	if (published == known->packets)
		return;
	flow = early_key ? *early_key : flow_of(s, ipv6, slot);
	bytes = *(const volatile __u64 *)(packets + 1);
	if (flow < r->flows) {
		r->merged[ipv6][flow].packets += published - known->packets;
		r->merged[ipv6][flow].bytes += bytes - known->bytes;
	}
	known->packets = published;
	known->bytes = bytes;
	__atomic_store_n(&acks[slot / JOPIL_BUCKET_SLOTS].ack[slot % JOPIL_BUCKET_SLOTS], published,
			 __ATOMIC_RELEASE);
}

static void drain(struct flow_run *r)
{
	__u32 region[FLOW_SLOTS];

	for (__u32 start = 0; start < r->sensor.cpus * FLOW_SLOTS; start += FLOW_SLOTS)
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			int early = r->fault == FAULT_KEY_READ_FIRST;

			for (__u32 i = 0; early && i < FLOW_SLOTS; i++)
				region[i] = flow_of(&r->sensor, ipv6, start + i);
			for (__u32 i = 0; i < FLOW_SLOTS; i++)
				merge(r, ipv6, start + i, early ? &region[i] : NULL);
		}
	r->scans++;
}

static void *read_flows(void *argument)
{
	struct flow_run *r = argument;
	__u64 random = 0x2545f4914f6cdd1dULL;

	while (!r->stop) {
		drain(r);
		if (next_random(&random) % SCANS_BETWEEN_PAUSES == 0) {
			usleep(next_random(&random) % PAUSE_US_MAX);
			r->pauses++;
		}
	}
	return NULL;
}

/* Flows of a family whose packets or bytes are not what was sent; adds up what was merged. */
static __u64 wrong_flows(const struct flow_run *r, int ipv6, struct truth *total)
{
	__u64 wrong = 0;

	for (__u32 f = 0; f < r->flows; f++) {
		const struct truth *merged = &r->merged[ipv6][f];
		struct truth sent = {};

		for (__u32 i = 0; i < r->writer_count; i++) {
			sent.packets += r->writers[i].sent[ipv6][f].packets;
			sent.bytes += r->writers[i].sent[ipv6][f].bytes;
		}
		total->packets += merged->packets;
		total->bytes += merged->bytes;
		wrong += sent.packets != merged->packets || sent.bytes != merged->bytes;
	}
	return wrong;
}

/* Whether the counters agree with each other and with the sum of all flows. */
static int totals_agree(const struct flow_run *r, struct truth total)
{
	struct truth counted = {}, overflow = {}, refused = {};
	__u64 inserted = 0, runs = 0;
	int events_agree = 1;

	for (__u32 i = 0; i < r->writer_count; i++) {
		const struct counters *c = &r->sensor.counters[i];

		runs += r->writers[i].runs;
		inserted += c->flows_inserted;
		counted.packets += c->protocol[17].packets;
		counted.bytes += c->protocol[17].bytes;
		overflow.packets += c->overflow[17].packets;
		overflow.bytes += c->overflow[17].bytes;
		for (int ipv6 = 0; ipv6 < 2; ipv6++) {
			refused.packets += r->writers[i].refused[ipv6].packets;
			refused.bytes += r->writers[i].refused[ipv6].bytes;
		}
		events_agree &= c->observed == c->submitted + c->sampled_out + c->ring_full;
	}
	printf("%llu runs, %llu packets, %llu slots taken, %.2f %% overflow, %llu scans, %llu "
	       "pauses",
	       runs, counted.packets, inserted,
	       counted.packets ? 100.0 * overflow.packets / counted.packets : 0, r->scans,
	       r->pauses);
	return events_agree && counted.packets &&
	       counted.packets == total.packets + overflow.packets &&
	       counted.bytes == total.bytes + overflow.bytes &&
	       overflow.packets == refused.packets && overflow.bytes == refused.bytes;
}

struct verdict {
	__u64 wrong[2]; /* flows, by family */
	int totals_agree;
};

static struct verdict run_flows(const char *object, enum pattern pattern, enum fault fault,
				int seconds)
{
	struct attachment_config config = { .attachment = 1,
					    .flows = 1,
					    .frags = 1,
					    .flow4_bucket_mask = FLOW_BUCKETS - 1,
					    .flow6_bucket_mask = FLOW_BUCKETS - 1 };
	struct flow_run r = { .pattern = pattern,
			      .fault = fault,
			      .flows = pattern == FLOOD ? FLOOD_FLOWS : CHURN_FLOWS };
	struct verdict verdict = {};
	struct truth total = {};
	pthread_t reader;

	open_sensor(&r.sensor, object, config, fault, NULL, NULL);
	r.writer_count = r.sensor.cpus < WRITERS ? r.sensor.cpus : WRITERS;
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		r.merged[ipv6] = zeroed(r.flows, sizeof(struct truth));
		r.shadow[ipv6] = zeroed(r.sensor.cpus * FLOW_SLOTS, sizeof(struct truth));
	}
	for (__u32 i = 0; i < r.writer_count; i++) {
		r.writers[i].run = &r;
		r.writers[i].cpu = i;
		for (int ipv6 = 0; ipv6 < 2; ipv6++)
			r.writers[i].sent[ipv6] = zeroed(r.flows, sizeof(struct truth));
		pthread_create(&r.writers[i].thread, NULL, write_flows, &r.writers[i]);
	}
	pthread_create(&reader, NULL, read_flows, &r);
	sleep(seconds);
	r.stop = 1;
	for (__u32 i = 0; i < r.writer_count; i++)
		pthread_join(r.writers[i].thread, NULL);
	pthread_join(reader, NULL);
	drain(&r);
	for (int ipv6 = 0; ipv6 < 2; ipv6++)
		verdict.wrong[ipv6] = wrong_flows(&r, ipv6, &total);
	verdict.totals_agree = totals_agree(&r, total);
	printf(": wrong %llu IPv4 and %llu IPv6 flows, totals %s\n", verdict.wrong[0],
	       verdict.wrong[1], verdict.totals_agree ? "agree" : "differ");
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		free(r.merged[ipv6]);
		free(r.shadow[ipv6]);
		for (__u32 i = 0; i < r.writer_count; i++)
			free(r.writers[i].sent[ipv6]);
	}
	bpf_object__close(r.sensor.object);
	return verdict;
}

static int check_flows(const char *object, enum pattern pattern, int seconds)
{
	struct verdict verdict;

	printf("flows, %s: ", pattern == FLOOD ? "each packet a new one" : "churn");
	verdict = run_flows(object, pattern, FAULT_NONE, seconds);
	return verdict.wrong[0] || verdict.wrong[1] || !verdict.totals_agree;
}

/*
 * With time between the stores the right order must still hold, and each wrong
 * step must be noticed in both families.
 */
static int check_faults(const char *object, int seconds)
{
	static const char *const names[FAULTS] = {
		"none",		  "no acknowledgement", "count before bytes", "key after count",
		"key read first",
	};
	int failed = 0;

	for (enum fault fault = FAULT_NONE; fault < FAULTS; fault++) {
		struct verdict verdict;
		int caught;

		printf("fault, %s: ", names[fault]);
		verdict = run_flows(object, CHURN, fault, seconds);
		caught = fault == FAULT_NONE ? verdict.wrong[0] || verdict.wrong[1]
					     : verdict.wrong[0] && verdict.wrong[1];
		if (caught != (fault != FAULT_NONE)) {
			fprintf(stderr, "sensor_test: fault \"%s\" was %s\n", names[fault],
				caught ? "seen where there is none" : "not noticed");
			failed = 1;
		}
	}
	return failed;
}

/* --- events --------------------------------------------------------------- */

struct told {
	__u64 events, weights;
};

static int count_event(void *context, void *data, size_t bytes)
{
	struct told *told = context;

	(void)bytes;
	told->events++;
	told->weights += ((struct packet_event *)data)->weight;
	return 0;
}

static void expect(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "sensor_test: %s\n", what);
	exit(1);
}

/* The book of events, the sampling step and the wake-up flag. */
static int check_events(const char *object)
{
	struct attachment_config config = { .attachment = 1, .flows = 1, .frags = 1 };
	unsigned char frame[128] = {};
	struct ring_control *reader;
	struct told told = {};
	struct counters *c;
	struct sensor s;

	pin_to_cpu(0);
	open_sensor(&s, object, config, FAULT_NONE, count_event, &told);
	reader = map_values(s.object, "ring_control", PROT_READ | PROT_WRITE);
	c = &s.counters[0];
	write_frame(frame, 0, 1);
	frame[17] = 46; /* total length */
	run(s.xdp_fd, frame, 64, NULL, 1000, XDP_PASS_VERDICT);
	expect(c->sampled_out == 1000 && !c->submitted, "step 0 must give no event");
	s.control->sample_step = 1;
	s.control->wakeup_bytes = 4096;
	reader->armed = 1;
	run(s.xdp_fd, frame, 64, NULL, 10, XDP_PASS_VERDICT);
	expect(c->submitted == 10 && reader->armed, "step 1: ten events, below wakeup_bytes");
	run(s.xdp_fd, frame, 64, NULL, 10, XDP_PASS_VERDICT);
	expect(c->submitted == 20 && !reader->armed, "past wakeup_bytes: woken once");
	s.control->sample_step = 10;
	run(s.xdp_fd, frame, 64, NULL, 1000, XDP_PASS_VERDICT);
	expect(c->submitted > 20 + 60 && c->submitted < 20 + 160,
	       "step 10: about 100 events of 1000");
	ring_buffer__consume(s.ring);
	expect(told.weights + c->waited == 1020, "weights add up to what was observed");
	s.control->sample_step = 1;
	run(s.xdp_fd, frame, 64, NULL, 10000, XDP_PASS_VERDICT);
	ring_buffer__consume(s.ring);
	expect(c->ring_full > 0, "the ring must have been full");
	expect(told.events == c->submitted, "delivered == submitted");
	expect(c->observed == 12020 && c->observed == c->submitted + c->sampled_out + c->ring_full,
	       "observed == submitted + sampled_out + ring_full");
	run(s.clock_fd, frame, 64, NULL, 1, TCX_NEXT_VERDICT);
	expect(s.control->clock_jiffies && s.control->clock_mono_ns, "clock");
	printf("events: observed %llu = submitted %llu + sampled out %llu + ring full %llu\n",
	       c->observed, c->submitted, c->sampled_out, c->ring_full);
	return 0;
}

/* --- cost ----------------------------------------------------------------- */

#define COST_ROUNDS 9
#define COST_REPEAT 1000000

enum cost_variant {
	COST_EMPTY,
	COST_SENSOR,
	COST_PARSER,
	COST_HASH,
	COST_VARIANTS,
};

static const char *const cost_names[COST_VARIANTS] = {
	[COST_SENSOR] = "",
	[COST_PARSER] = "parser alone, ",
	[COST_HASH] = "kernel hash and clock, ",
};

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int median(int *values)
{
	qsort(values, COST_ROUNDS, sizeof(*values), ascending);
	return values[COST_ROUNDS / 2];
}

static void cost_of(const char *object, const char *cost_object, int ipv6, __u32 flows)
{
	struct attachment_config config = { .attachment = 1,
					    .flows = 1,
					    .frags = 1,
					    .flow4_bucket_mask = 32767,
					    .flow6_bucket_mask = 32767 };
	int ns[COST_VARIANTS][COST_ROUNDS], programs[COST_VARIANTS];
	struct bpf_object *cost = bpf_object__open(cost_object);
	unsigned char frame[128] = {};
	int mutate_fd, next_fd, base_ns;
	__u32 zero = 0, header, *bss;
	struct sensor s;
	size_t bytes;

	need(cost != NULL, cost_object);
	bss = (void *)bpf_map__initial_value(bpf_object__find_map_by_name(cost, "cost.bss"),
					     &bytes);
	bss[0] = flows - 1; /* flow_mask; state stays 0 */
	if (bpf_object__load(cost))
		die(cost_object, errno);
	mutate_fd = program_fd(cost, "mutate");
	next_fd = bpf_object__find_map_fd_by_name(cost, "next");
	pin_to_cpu(0);
	open_sensor(&s, object, config, FAULT_NONE, NULL, NULL);
	header = write_frame(frame, ipv6, 1);
	*(__u16 *)(frame + 14 + (ipv6 ? 4 : 2)) = htons(64 - 14 + (ipv6 ? 20 - 40 : 0));
	if (header > 64 && !ipv6)
		die("frame", EINVAL);
	programs[COST_EMPTY] = program_fd(cost, "empty");
	programs[COST_SENSOR] = s.xdp_fd;
	programs[COST_PARSER] = program_fd(cost, "parser");
	programs[COST_HASH] = program_fd(cost, "hash");
	for (int round = -1; round < COST_ROUNDS; round++) {
		for (int variant = 0; variant < COST_VARIANTS; variant++) {
			int spent_ns;

			need(!bpf_map_update_elem(next_fd, &zero, &programs[variant], BPF_ANY),
			     "next");
			spent_ns = run(mutate_fd, frame, ipv6 ? 84 : 64, NULL, COST_REPEAT,
				       XDP_PASS_VERDICT);
			if (spent_ns < 0)
				die("test run", spent_ns);
			if (round >= 0) /* the first fills the tables */
				ns[variant][round] = spent_ns;
		}
	}
	base_ns = median(ns[COST_EMPTY]);
	for (int variant = COST_SENSOR; variant < COST_VARIANTS; variant++) {
		int middle_ns = median(ns[variant]);

		printf("cost: %sIPv%d, %6u flows: %3d ns/packet above an empty program (%d to %d), "
		       "base %d",
		       cost_names[variant], ipv6 ? 6 : 4, flows, middle_ns - base_ns,
		       ns[variant][0] - base_ns, ns[variant][COST_ROUNDS - 1] - base_ns, base_ns);
		if (variant == COST_SENSOR)
			printf(", slots taken %llu, overflow %llu", s.counters[0].flows_inserted,
			       s.counters[0].overflow[17].packets);
		putchar('\n');
	}
	bpf_object__close(cost);
	bpf_object__close(s.object);
}

/* --- count ---------------------------------------------------------------- */

#define TCX_INGRESS 46
#define TCX_EGRESS 47

static int attach(int program, int interface, int type)
{
	int link = bpf_link_create(program, interface, type, NULL);

	if (link < 0)
		die("bpf_link_create", link);
	return link;
}

static void print_counts(const struct sensor *s, int direction)
{
	for (int protocol = 0; protocol < JOPIL_PROTOCOLS; protocol++) {
		struct counter sum = {};

		for (__u32 cpu = 0; cpu < s->cpus; cpu++) {
			const struct counters *c = &s->counters[direction * s->cpus + cpu];

			sum.packets += c->protocol[protocol].packets;
			sum.bytes += c->protocol[protocol].bytes;
		}
		if (sum.packets)
			printf("%s protocol %d: %llu packets %llu bytes\n",
			       direction == JOPIL_INGRESS ? "ingress" : "egress", protocol,
			       sum.packets, sum.bytes);
	}
}

/* Attached to an interface of this network namespace until standard input ends. */
static int count_traffic(const char *object, const char *hook, const char *name)
{
	struct attachment_config config = { .attachment = 1,
					    .flows = 1,
					    .frags = 1,
					    .flow4_bucket_mask = 1023,
					    .flow6_bucket_mask = 1023 };
	int interface = if_nametoindex(name), ingress, egress;
	struct sensor s;

	need(interface > 0, name);
	open_sensor(&s, object, config, FAULT_NONE, NULL, NULL);
	if (!strcmp(hook, "xdp"))
		ingress = attach(s.xdp_fd, interface, BPF_XDP);
	else
		ingress = attach(s.ingress_fd, interface, TCX_INGRESS);
	egress = attach(s.egress_fd, interface, TCX_EGRESS);
	printf("attached\n");
	fflush(stdout);
	while (getchar() != EOF)
		;
	close(ingress);
	close(egress);
	print_counts(&s, JOPIL_INGRESS);
	print_counts(&s, JOPIL_EGRESS);
	return 0;
}

static void usage(void)
{
	fprintf(stderr, "usage: sensor_test OBJECT parse xdp|tc FILE.pcap[.gz]\n"
			"       sensor_test OBJECT flows churn|flood SECONDS\n"
			"       sensor_test FAULTS_OBJECT faults SECONDS\n"
			"       sensor_test OBJECT events\n"
			"       sensor_test OBJECT cost COST_OBJECT\n"
			"       sensor_test OBJECT count xdp|tc INTERFACE\n");
	exit(2);
}

int main(int count, char **arguments)
{
	if (count == 5 && !strcmp(arguments[2], "parse"))
		return parse_file(arguments[1], arguments[3], arguments[4]);
	if (count == 5 && !strcmp(arguments[2], "flows"))
		return check_flows(arguments[1], strcmp(arguments[3], "flood") ? CHURN : FLOOD,
				   atoi(arguments[4]));
	if (count == 4 && !strcmp(arguments[2], "faults"))
		return check_faults(arguments[1], atoi(arguments[3]));
	if (count == 3 && !strcmp(arguments[2], "events"))
		return check_events(arguments[1]);
	if (count == 4 && !strcmp(arguments[2], "cost")) {
		for (int ipv6 = 0; ipv6 < 2; ipv6++)
			for (__u32 flows = 1; flows <= 131072;
			     flows = flows == 1 ? 1024 : flows * 128)
				cost_of(arguments[1], arguments[3], ipv6, flows);
		return 0;
	}
	if (count == 5 && !strcmp(arguments[2], "count"))
		return count_traffic(arguments[1], arguments[3], arguments[4]);
	usage();
}
