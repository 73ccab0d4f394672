// SPDX-License-Identifier: Apache-2.0
/*
 * Plants faults in the maps of a running instance, by map id, as anybody with
 * enough rights could: nothing in the product helps.
 *
 *   fault counter MAP_ID PROTOCOL DELTA
 *       Adds DELTA packets to a protocol (index of counters.protocol) of the
 *       first entry, ingress on CPU 0, in mapped memory.
 *   fault drops MAP_ID DELTA CPUS
 *       Has CPU 0 have seen DELTA drops more (drop_book.observed), and told of none.
 *   fault ring MAP_ID
 *       Moves the consumer position of a ring past what was ever written, when
 *       the ring is empty: while records wait, the reader's next commit would
 *       undo it. Prints fault_ms, the milliseconds since the epoch.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "jopil/abi.h"
#include "jopil/drop.h"

#define PAGE 4096

static void fail(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int map_by_id(const char *id)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.map_id = strtoul(id, NULL, 10);
	fd = syscall(SYS_bpf, BPF_MAP_GET_FD_BY_ID, &attr, sizeof(attr));
	if (fd < 0)
		fail("BPF_MAP_GET_FD_BY_ID");
	return fd;
}

static void *map_memory(int fd, off_t offset, size_t bytes, int protection)
{
	void *memory = mmap(NULL, bytes, protection, MAP_SHARED, fd, offset);

	if (memory == MAP_FAILED)
		fail("mmap");
	return memory;
}

static void fault_counter(const char *id, const char *protocol, const char *delta)
{
	struct counters *counters = map_memory(map_by_id(id), 0, sizeof(struct counters),
					       PROT_READ | PROT_WRITE);

	__atomic_fetch_add(&counters->protocol[strtoul(protocol, NULL, 10)].packets,
			   strtoll(delta, NULL, 10), __ATOMIC_SEQ_CST);
}

static void fault_drops(const char *id, const char *delta, const char *cpus)
{
	struct drop_book *books = calloc(strtoul(cpus, NULL, 10), sizeof(*books));
	union bpf_attr attr;
	uint32_t key = 0;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map_by_id(id);
	attr.key = (uintptr_t)&key;
	attr.value = (uintptr_t)books;
	if (!books || syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)))
		fail("BPF_MAP_LOOKUP_ELEM");
	books[0].observed += strtoll(delta, NULL, 10);
	if (syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr)))
		fail("BPF_MAP_UPDATE_ELEM");
}

static void fault_ring(const char *id)
{
	int fd = map_by_id(id);
	uint64_t *consumer = map_memory(fd, 0, PAGE, PROT_READ | PROT_WRITE);
	uint64_t *producer = map_memory(fd, PAGE, PAGE, PROT_READ);

	uint64_t produced, moved;
	struct timespec now;

	do {
		do {
			produced = __atomic_load_n(producer, __ATOMIC_SEQ_CST);
		} while (__atomic_load_n(consumer, __ATOMIC_SEQ_CST) != produced);
		moved = produced + (1 << 20);
		__atomic_store_n(consumer, moved, __ATOMIC_SEQ_CST);
		clock_gettime(CLOCK_REALTIME, &now);
		usleep(100000);
	} while (__atomic_load_n(consumer, __ATOMIC_SEQ_CST) != moved);
	printf("fault_ms\t%lld\n", now.tv_sec * 1000LL + now.tv_nsec / 1000000);
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "counter"))
		fault_counter(argv[2], argv[3], argv[4]);
	else if (argc == 5 && !strcmp(argv[1], "drops"))
		fault_drops(argv[2], argv[3], argv[4]);
	else if (argc == 3 && !strcmp(argv[1], "ring"))
		fault_ring(argv[2]);
	else
		return 2;
	return 0;
}
