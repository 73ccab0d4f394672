// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

/** What may stand between the MAC addresses and the EtherType of what is carried. */
final class Tags {
    private static final int MACSEC_BYTES = 8;
    private static final int MACSEC_CHANNEL_BYTES = 8;
    private static final int MACSEC_HAS_CHANNEL = 0x20;
    private static final int MACSEC_ENCRYPTED_OR_CHANGED = 0x0C;
    private static final int ARISTA_VERSION_OFFSET = 2;
    private static final int ARISTA_SHORT_SECONDS = 0x20;

    private Tags() {}

    /** Bytes from behind the tag's own EtherType to behind that of the next; 0 if what it says is no tag or cannot be passed. */
    static int length(int etherType, Bytes bytes, int at) {
        if (EtherTypes.isVlan(etherType)) {
            return VlanLayer.BYTES;
        }
        int length =
                switch (etherType) {
                    case EtherTypes.MACSEC -> macsec(bytes, at);
                    case EtherTypes.ARISTA_TIMESTAMP -> arista(bytes, at);
                    default -> 0;
                };
        return bytes.has(at, length) ? length : 0;
    }

    /** The EtherType in the two bytes before {@code end}; 0 for LLC. */
    static int next(Bytes bytes, int end) {
        return EtherTypes.orLlc(bytes.u16(end - 2));
    }

    /** IEEE 802.1AE with integrity only: what is encrypted is not looked into. */
    private static int macsec(Bytes bytes, int at) {
        if (!bytes.has(at, 1) || (bytes.u8(at) & MACSEC_ENCRYPTED_OR_CHANGED) != 0) {
            return 0;
        }
        return MACSEC_BYTES + ((bytes.u8(at) & MACSEC_HAS_CHANNEL) != 0 ? MACSEC_CHANNEL_BYTES : 0);
    }

    /** Subtype and version, then 8 bytes of time, or 6. */
    private static int arista(Bytes bytes, int at) {
        if (!bytes.has(at, 4)) {
            return 0;
        }
        boolean shortSeconds = (bytes.u16(at + ARISTA_VERSION_OFFSET) & ARISTA_SHORT_SECONDS) != 0;
        return 4 + (shortSeconds ? 6 : 8) + 2;
    }
}
