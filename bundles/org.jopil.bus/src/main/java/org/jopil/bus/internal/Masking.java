// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.source.Privacy;
import org.jopil.bus.DropColumns;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PayloadColumns;

/**
 * Puts pseudonyms into batches on their way to the subscribers: the one place that every writer goes through. A thread for
 * each stream; allocates nothing.
 */
final class Masking {
    private final Privacy privacy;
    private final MaskedHeaders headers;

    Masking(Privacy privacy) {
        this.privacy = privacy;
        this.headers = new MaskedHeaders(privacy);
    }

    void packets(PacketColumns c) {
        if (privacy.addresses()) {
            return;
        }
        addresses(c.size, c.srcHi, c.srcLo, c.dstHi, c.dstLo);
        for (int row = 0; row < c.size; row++) {
            int at = row * PacketColumns.CAPTURE_BYTES;
            boolean layer3 = (c.flags[row] & PacketColumns.FLAG_LAYER3) != 0;
            c.capturedLength[row] = (short) headers.mask(c.captured, at, at + c.capturedLength[row], layer3);
            c.flags[row] |= PacketColumns.FLAG_MASKED;
        }
    }

    void drops(DropColumns c) {
        if (!privacy.addresses()) {
            addresses(c.size, c.srcHi, c.srcLo, c.dstHi, c.dstLo);
        }
    }

    void journeys(JourneyColumns c) {
        if (!privacy.addresses()) {
            addresses(c.size, c.srcHi, c.srcLo, c.dstHi, c.dstLo);
        }
    }

    void payloads(PayloadColumns c) {
        if (!privacy.addresses()) {
            addresses(c.size, c.srcHi, c.srcLo, c.dstHi, c.dstLo);
        }
    }

    private void addresses(int size, long[] srcHi, long[] srcLo, long[] dstHi, long[] dstLo) {
        for (int row = 0; row < size; row++) {
            privacy.hide(srcHi, srcLo, row);
            privacy.hide(dstHi, dstLo, row);
        }
    }
}
