/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What both halves know of the kernel's network softirqs. */
#ifndef JOPIL_SOFTIRQ_H
#define JOPIL_SOFTIRQ_H

#include <linux/types.h>

#include "histogram.h"

/* The kernel's numbers 2 and 3. */
enum jopil_softirq {
	JOPIL_SOFTIRQ_NET_TX,
	JOPIL_SOFTIRQ_NET_RX,
	JOPIL_SOFTIRQS,
};

enum jopil_softirq_window {
	JOPIL_SOFTIRQ_WINDOW_SHIFT = 35, /* a window of the maxima: 2^35 ns, 34.4 s */
};

/*
 * Of one softirq on one CPU, which is the only writer: a softirq does not come
 * between itself. Only raised_ns is written by interrupts, too.
 * histogram_window.number is CLOCK_MONOTONIC >> JOPIL_SOFTIRQ_WINDOW_SHIFT.
 */
struct softirq_times {
	__u64 raised_ns; /* first raise that no run followed yet, 0: none */
	__u64 entered_ns; /* of the run that is on, 0: none */
	__u64 runs;
	__u64 reserved;
	struct histogram delay; /* first raise to entry */
	struct histogram run; /* entry to exit */
};

#endif
