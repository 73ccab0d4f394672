// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;

/**
 * Community ID version 1, seed 0 (github.com/corelight/community-id-spec): {@code "1:" + base64(sha1(seed, address,
 * address, protocol, 0, port, port))}, smaller end first. One thread.
 */
final class CommunityId {
    private static final int LONGEST = 2 + 16 + 16 + 2 + 4;

    private final MessageDigest sha1;
    private final byte[] input = new byte[LONGEST];

    CommunityId() {
        try {
            sha1 = MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }

    /**
     * The ends in the order of {@link FlowKeys}: smaller first, or source first for ICMP of one direction. {@code
     * hasPorts} is false for protocols without them and for later fragments.
     */
    String text(int ipProtocol, long aHi, long aLo, int aPort, long bHi, long bLo, int bPort, boolean hasPorts) {
        int at = 2;
        if (Addresses.isIpv4(aHi, aLo) && Addresses.isIpv4(bHi, bLo)) {
            at = put(at, aLo, 4);
            at = put(at, bLo, 4);
        } else {
            at = put(at, aHi, 8);
            at = put(at, aLo, 8);
            at = put(at, bHi, 8);
            at = put(at, bLo, 8);
        }
        at = put(at, (long) ipProtocol << 8, 2);
        if (hasPorts) {
            at = put(at, aPort, 2);
            at = put(at, bPort, 2);
        }
        sha1.update(input, 0, at);
        return "1:" + Base64.getEncoder().encodeToString(sha1.digest());
    }

    /** Protocols whose ports are part of the id. */
    static boolean usesPorts(int ipProtocol) {
        return ipProtocol == Protocols.TCP
                || ipProtocol == Protocols.UDP
                || ipProtocol == Protocols.SCTP
                || Icmp.is(ipProtocol);
    }

    private int put(int at, long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            input[at + i] = (byte) (value >>> 8 * (bytes - 1 - i));
        }
        return at + bytes;
    }
}
