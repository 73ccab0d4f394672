// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * What a test run gave.
 *
 * @param returnValue of the program's last run: {@code XDP_PASS} is 2, {@code TCX_NEXT} and {@code TC_ACT_UNSPEC} -1
 * @param meanNs mean nanoseconds of one run
 * @param frame as the program left it
 */
public record TestResult(int returnValue, int meanNs, byte[] frame) {}
