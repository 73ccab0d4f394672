/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What path.bpf.c does to the segments that come in at one end, and what it saw. */
#ifndef JOPIL_TEST_PATH_H
#define JOPIL_TEST_PATH_H

#include <linux/types.h>

struct path {
	__u32 drop_every; /* of segments with data; 0 = none */
	__u32 drop_next; /* so many of all segments */
	__u32 detour_every; /* of segments with data: sent by the slow class; 0 = none */
	__u32 window_closed;
	__u32 highest_end; /* sequence number behind the last byte sent so far */
	__u64 data_segments;
	__u64 dropped;
	__u64 detoured;
	__u64 zero_windows; /* times that the window came to be 0 */
	__u64 sent_again; /* segments with no byte that was not sent before */
};

#define PATH_SLOW_CLASS 0x00010020 /* 1:20 */

#endif
