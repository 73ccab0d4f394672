// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

/**
 * Who claimed which IPv4 address last, and who before. A hash table of fixed size in primitive columns: a new address takes
 * the place of the one that was claimed longest ago among its neighbours. One thread. A row is named by its slot.
 */
final class ArpTable {
    static final int CAPACITY = 4096;
    /** Two claims by different MACs at most this far apart are a conflict. */
    static final long CONFLICT_NS = 300_000_000_000L;

    private static final int MASK = CAPACITY - 1;
    private static final int PROBES = 16;

    final int[] interfaceId = new int[CAPACITY];
    /** Both VLAN ids in one number, see {@link ArpClaims}; 0 without a tag. */
    final int[] vlans = new int[CAPACITY];

    final int[] ip = new int[CAPACITY];
    final long[] mac = new long[CAPACITY];
    /** 0 in an empty slot. */
    final long[] lastSeenNs = new long[CAPACITY];
    /** 0 if only one claimed it. */
    final long[] otherMac = new long[CAPACITY];

    final long[] otherSeenNs = new long[CAPACITY];

    private long forgotten;

    /** Addresses that had to go while a claim of another MAC could still have been a conflict. */
    long forgotten() {
        return forgotten;
    }

    boolean isConflict(int slot) {
        return otherMac[slot] != 0 && Math.abs(lastSeenNs[slot] - otherSeenNs[slot]) <= CONFLICT_NS;
    }

    void claim(int interfaceId, int vlans, int ip, long mac, long atNs) {
        int slot = slot(interfaceId, vlans, ip);
        if (lastSeenNs[slot] == 0 || !is(slot, interfaceId, vlans, ip)) {
            if (lastSeenNs[slot] != 0 && atNs - lastSeenNs[slot] <= CONFLICT_NS) {
                forgotten++;
            }
            this.interfaceId[slot] = interfaceId;
            this.vlans[slot] = vlans;
            this.ip[slot] = ip;
            otherMac[slot] = 0;
            otherSeenNs[slot] = 0;
        } else if (this.mac[slot] != mac) {
            otherMac[slot] = this.mac[slot];
            otherSeenNs[slot] = lastSeenNs[slot];
        }
        this.mac[slot] = mac;
        lastSeenNs[slot] = atNs;
    }

    /** Where it is, else the empty or oldest of its places. */
    private int slot(int wantedInterface, int wantedVlans, int wantedIp) {
        int hash = ((wantedIp * 31 + wantedInterface) * 31 + wantedVlans) * 0x9E37_79B9;
        int first = hash >>> 16;
        int oldest = first & MASK;
        for (int i = 0; i < PROBES; i++) {
            int slot = first + i & MASK;
            if (lastSeenNs[slot] != 0 && is(slot, wantedInterface, wantedVlans, wantedIp)) {
                return slot;
            }
            if (lastSeenNs[slot] < lastSeenNs[oldest]) {
                oldest = slot;
            }
        }
        return oldest;
    }

    private boolean is(int slot, int wantedInterface, int wantedVlans, int wantedIp) {
        return ip[slot] == wantedIp && interfaceId[slot] == wantedInterface && vlans[slot] == wantedVlans;
    }
}
