// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

/**
 * What became of an interface's packets during a capture. All counts are exact.
 *
 * @param startNs of the capture, since the epoch
 * @param endNs of the capture, since the epoch
 * @param received packets that were seen
 * @param accepted packets that passed the filter
 * @param dropped packets that passed the filter and were lost before this program had them
 * @param delivered packets that were written
 */
public record CaptureStatistics(long startNs, long endNs, long received, long accepted, long dropped, long delivered) {
    /** Where a writer asks when it ends a file. */
    @FunctionalInterface
    public interface Source {
        /**
         * @param interfaceId as {@link CaptureOutput#addInterface} gave it
         * @return the capture's counts so far, or null where nobody counted
         */
        CaptureStatistics of(int interfaceId);
    }
}
