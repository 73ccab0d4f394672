/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What owner_reader.bpf.c was told at a socket's first data. */
#ifndef JOPIL_TEST_OWNER_READER_H
#define JOPIL_TEST_OWNER_READER_H

#include <linux/types.h>

struct answer {
	__u32 by_socket; /* tgid, 0 = unknown */
	__u32 by_cookie;
	__u32 source;
};

#endif
