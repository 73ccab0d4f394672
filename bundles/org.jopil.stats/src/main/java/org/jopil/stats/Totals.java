// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

/** Wire packets and wire bytes since start. */
public record Totals(long packets, long bytes) {
    public static final Totals NONE = new Totals(0, 0);

    public Totals plus(Totals other) {
        return new Totals(packets + other.packets, bytes + other.bytes);
    }
}
