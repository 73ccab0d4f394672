// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import org.jopil.api.source.Cost;

/**
 * What watching costs. Null is what is not measured here.
 *
 * @param measurement run times of our programs in the kernel, the last time that somebody had them measured
 * @param cpuPercent CPU time of this process over wall time, 100 = one core; mean of the last ten seconds
 * @param rssBytes resident memory of this process; the kernel's maps that it reads are part of it
 * @param kernelBytes kernel memory of our maps and rings
 */
public record Usage(Cost.Measurement measurement, Double cpuPercent, Long rssBytes, Long kernelBytes) {}
