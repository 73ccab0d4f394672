// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

/**
 * What watching costs. Null is what is not measured here.
 *
 * @param nsPerPacket mean run time of our programs in the kernel
 * @param cpuPercent CPU time of this process over wall time, 100 = one core; mean of the last ten seconds
 * @param rssBytes resident memory of this process
 * @param kernelBytes kernel memory of our maps and rings
 */
public record Usage(Double nsPerPacket, Double cpuPercent, Long rssBytes, Long kernelBytes) {}
