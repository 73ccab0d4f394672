// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench;

import com.sun.jna.Native;
import java.io.IOException;

/** The C loops, directly mapped; addresses as {@code long}. */
public final class Loops {
    static {
        try {
            Native.register(
                    Loops.class,
                    Native.extractFromResourcePath("/libjopilbench.so", Loops.class.getClassLoader())
                            .getPath());
        } catch (IOException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private Loops() {}

    public static native long jopil_drain_ring(
            long consumer, long producer, long mask, long page, long layout, long packets, long bytes);

    public static native long jopil_scan_slots(long slots, long count, long slotBytes, long packetsOffset, long last);
}
