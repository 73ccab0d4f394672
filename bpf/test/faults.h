/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What faults.bpf.c does wrong, and what the reader of sensor_test.c does. */
#ifndef JOPIL_TEST_FAULTS_H
#define JOPIL_TEST_FAULTS_H

enum fault {
	FAULT_NONE,
	FAULT_NO_ACKNOWLEDGEMENT, /* a slot is taken whoever has read it */
	FAULT_COUNT_BEFORE_BYTES,
	FAULT_KEY_AFTER_COUNT,
	FAULT_KEY_READ_FIRST, /* the reader reads the keys, then the counts */
	FAULTS,
};

#endif
