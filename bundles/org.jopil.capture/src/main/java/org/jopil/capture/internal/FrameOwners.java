// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.util.Optional;
import java.util.function.Supplier;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Owners;

/** Which process's socket a frame belongs to, by its addresses and ports. One thread. */
final class FrameOwners {
    private static final int ETHERNET_BYTES = 14;
    private static final int TAG_BYTES = 4;
    private static final int MOST_TAGS = 4;
    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86DD;
    private static final int IPV4_BYTES = 20;
    private static final int IPV6_BYTES = 40;
    private static final int PORTS_BYTES = 4;
    private static final int TCP = 6;
    private static final int UDP = 17;

    private final Supplier<Owners> owners;
    private byte[] frame;

    /** @param owners null while nobody knows */
    FrameOwners(Supplier<Owners> owners) {
        this.owners = owners;
    }

    /**
     * Empty if it is not known, or the frame has no ports: no first fragment, not TCP or UDP, IPv6 with extension headers.
     *
     * @param data begins with the frame, tags in place
     */
    Optional<Owners.Owner> of(Place place, byte[] data, int captured) {
        Owners asked = owners.get();
        if (asked == null) {
            return Optional.empty();
        }
        frame = data;
        int at = place.link().isLayer3() ? 0 : network(captured);
        if (at < 0 || captured < at + IPV4_BYTES) {
            return Optional.empty();
        }
        String namespace = place.namespace().name();
        int version = uint8(at) >> 4;
        if (version == 4) {
            int transport = at + (uint8(at) & 15) * 4;
            boolean laterFragment = (uint16(at + 6) & 0x1FFF) != 0;
            return laterFragment || !hasPorts(uint8(at + 9), transport, captured)
                    ? Optional.empty()
                    : asked.of(
                            namespace,
                            uint8(at + 9),
                            0,
                            Addresses.mapped((int) uint32(at + 12)),
                            uint16(transport),
                            0,
                            Addresses.mapped((int) uint32(at + 16)),
                            uint16(transport + 2));
        }
        int transport = at + IPV6_BYTES;
        return version != 6 || !hasPorts(uint8(at + 6), transport, captured)
                ? Optional.empty()
                : asked.of(
                        namespace,
                        uint8(at + 6),
                        int64(at + 8),
                        int64(at + 16),
                        uint16(transport),
                        int64(at + 24),
                        int64(at + 32),
                        uint16(transport + 2));
    }

    /** Where the IP header is; negative if there is none. */
    private int network(int captured) {
        int at = ETHERNET_BYTES;
        for (int tags = 0; tags <= MOST_TAGS && captured >= at; tags++) {
            switch (uint16(at - 2)) {
                case IPV4, IPV6 -> {
                    return at;
                }
                case 0x8100, 0x88A8, 0x9100 -> at += TAG_BYTES;
                default -> {
                    return -1;
                }
            }
        }
        return -1;
    }

    private static boolean hasPorts(int protocol, int transport, int captured) {
        return (protocol == TCP || protocol == UDP) && captured >= transport + PORTS_BYTES;
    }

    private int uint8(int at) {
        return Byte.toUnsignedInt(frame[at]);
    }

    private int uint16(int at) {
        return uint8(at) << Byte.SIZE | uint8(at + 1);
    }

    private long uint32(int at) {
        return (long) uint16(at) << Short.SIZE | uint16(at + 2);
    }

    private long int64(int at) {
        return uint32(at) << Integer.SIZE | uint32(at + 4);
    }
}
