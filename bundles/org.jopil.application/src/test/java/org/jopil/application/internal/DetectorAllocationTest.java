// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Random;
import org.jopil.api.event.Protocols;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.junit.jupiter.api.Test;

class DetectorAllocationTest {
    private static final int ROUNDS = 20_000;
    private static final int MOST_BYTES_PER_FLOW = 400;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Detectors detectors = new Detectors();
    private final byte[] nothing = new byte[1400];

    DetectorAllocationTest() {
        new Random(7).nextBytes(nothing);
        nothing[0] = 'z';
    }

    /** Packets that reveal nothing, of TCP and UDP, from making the detector to its end. */
    private void flow(int protocol) {
        Detector detector = detectors.detector(protocol, 40000, 40001);
        for (int i = 0; i < 20; i++) {
            detector.feed((i & 1) == 0, i, i * nothing.length, nothing, 0, nothing.length, nothing.length);
        }
    }

    @Test
    void shouldAllocateNothingButTheStateOfTheFlow() {
        for (int i = 0; i < ROUNDS; i++) {
            flow(i % 2 == 0 ? Protocols.TCP : Protocols.UDP);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            flow(i % 2 == 0 ? Protocols.TCP : Protocols.UDP);
        }
        long perFlow = (threads.getCurrentThreadAllocatedBytes() - before) / ROUNDS;
        System.out.println(perFlow + " bytes per flow that reveals nothing");
        assertTrue(perFlow <= MOST_BYTES_PER_FLOW, perFlow + " bytes");
    }

    @Test
    void shouldAllocateNothingBehindTheEnd() {
        Detector detector = detectors.detector(Protocols.TCP, 40000, 40001);
        for (int i = 0; i < ROUNDS; i++) {
            detector.feed((i & 1) == 0, i, i, nothing, 0, nothing.length, nothing.length);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < ROUNDS; i++) {
            detector.feed((i & 1) == 0, i, i, nothing, 0, nothing.length, nothing.length);
        }
        assertEquals(0, threads.getCurrentThreadAllocatedBytes() - before);
    }
}
