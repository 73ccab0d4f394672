// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

/**
 * What makes two packets the same flow: interface, both VLAN ids, protocol, both ends (address and port), and whether
 * it is later fragments, which have no ports. The end with the smaller address, then port, is A; so both directions and
 * all CPUs meet. ICMP that nothing answers has one direction: its source is A.
 */
final class FlowKeys {
    private static final long FRAGMENT = 1;
    private static final long ONE_WAY = 1 << 1;

    private FlowKeys() {}

    /**
     * <pre>
     *  63        48 47        32 31        16 15      8 7        1        0
     * | interface  | outer VLAN | inner VLAN | protocol |  0  | one way | fragment |
     * </pre>
     */
    static long meta(int interfaceId, int vlan, int innerVlan, int ipProtocol, boolean fragment, boolean oneWay) {
        return (long) interfaceId << 48
                | (vlan & 0xFFFFL) << 32
                | (innerVlan & 0xFFFFL) << 16
                | (ipProtocol & 255L) << 8
                | (oneWay ? ONE_WAY : 0)
                | (fragment ? FRAGMENT : 0);
    }

    static int interfaceId(long meta) {
        return (int) (meta >>> 48);
    }

    static int vlan(long meta) {
        return (int) (meta >>> 32) & 0xFFFF;
    }

    static int innerVlan(long meta) {
        return (int) (meta >>> 16) & 0xFFFF;
    }

    static int ipProtocol(long meta) {
        return (int) (meta >>> 8) & 255;
    }

    static boolean isFragment(long meta) {
        return (meta & FRAGMENT) != 0;
    }

    static boolean isOneWay(long meta) {
        return (meta & ONE_WAY) != 0;
    }

    /** Whether the source is end A. */
    static boolean inOrder(long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dstPort) {
        int order = Long.compareUnsigned(srcHi, dstHi);
        if (order == 0) {
            order = Long.compareUnsigned(srcLo, dstLo);
        }
        return order < 0 || order == 0 && srcPort <= dstPort;
    }

    static int hash(long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        long h = meta * 0x9E37_79B9_7F4A_7C15L;
        h = (h ^ aHi ^ Long.rotateLeft(bHi, 32)) * 0xBF58_476D_1CE4_E5B9L;
        h = (h ^ h >>> 29 ^ aLo) * 0x94D0_49BB_1331_11EBL;
        h = (h ^ h >>> 32 ^ bLo) * 0xD6E8_FEB8_6659_FD93L;
        h = (h ^ h >>> 29 ^ ports) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (h >>> 32);
    }
}
