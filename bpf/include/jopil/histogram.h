/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/*
 * Log-linear histograms of nanoseconds: 16 buckets for each power of two, so
 * that a bucket is at most 1/16 (6.25 %) of its lower bound wide; below 16 ns
 * one for each nanosecond. For the kernel half and for user space alike.
 */
#ifndef JOPIL_HISTOGRAM_H
#define JOPIL_HISTOGRAM_H

#include <linux/types.h>

#define JOPIL_HISTOGRAM_BUCKETS 512 /* the last one begins at 33.3 s and is open */
#define JOPIL_HISTOGRAM_WINDOWS 2

struct histogram_window {
	__u64 number; /* of the window when it was last written, given by its writer */
	__u64 max_ns; /* in that window */
};

/* Counts run on for ever; bucket[] runs over at 2^32: take differences. */
struct histogram {
	__u64 count;
	__u64 sum_ns;
	__u64 max_ns;
	struct histogram_window window[JOPIL_HISTOGRAM_WINDOWS]; /* index: number & 1 */
	__u64 reserved;
	__u32 bucket[JOPIL_HISTOGRAM_BUCKETS];
};

static inline __attribute__((always_inline)) __u32 histogram_log2(__u64 v)
{
	__u32 log = 0;

	for (__u32 shift = 32; shift; shift >>= 1) {
		if (v >> shift) {
			v >>= shift;
			log += shift;
		}
	}
	return log;
}

static inline __attribute__((always_inline)) __u32 histogram_bucket(__u64 ns)
{
	__u32 log, bucket;

	if (ns < 16)
		return ns;
	log = histogram_log2(ns);
	bucket = ((log - 3) << 4) + ((ns >> (log - 4)) & 15);
	return bucket < JOPIL_HISTOGRAM_BUCKETS ? bucket : JOPIL_HISTOGRAM_BUCKETS - 1;
}

/* The least value of a bucket; that of the next one is its upper bound, which is not in it. */
static inline __attribute__((always_inline)) __u64 histogram_lower_ns(__u32 bucket)
{
	if (bucket < 16)
		return bucket;
	return (__u64)(16 + (bucket & 15)) << ((bucket >> 4) - 1);
}

#endif
