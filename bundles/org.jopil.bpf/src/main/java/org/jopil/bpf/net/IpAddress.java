// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jopil.api.event.Addresses;

/** An IP address in two halves, as {@link Addresses} has them. */
public record IpAddress(long hi, long lo) {
    /** Of 4 or 16 bytes in network order; null for any other number. */
    static IpAddress of(ByteBuffer value) {
        ByteBuffer bytes = value.duplicate().order(ByteOrder.BIG_ENDIAN);
        return switch (bytes.limit()) {
            case 4 -> new IpAddress(0, Addresses.mapped(bytes.getInt(0)));
            case 16 -> new IpAddress(bytes.getLong(0), bytes.getLong(8));
            default -> null;
        };
    }
}
