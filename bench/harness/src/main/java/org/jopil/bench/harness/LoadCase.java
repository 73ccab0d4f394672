// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

/**
 * Traffic, always UDP, always as fast as one core can send.
 *
 * @param kind live (frames made in the kernel) or skb (AF_PACKET)
 * @param flows over how many flows, uniformly at random: the worst case for caches
 * @param sizeBytes frame without FCS
 * @param ip 4 or 6
 * @param packets how many
 */
record LoadCase(String kind, int flows, int sizeBytes, int ip, long packets) {
    /** What everything is compared on. */
    static final LoadCase MAIN = new LoadCase("live", 1_000, 60, 4, 2_000_000);

    /** As it is named in tables: {@code live, 1,000 flows, 60 B, IPv4}. */
    String title() {
        return String.format("%s, %,d flow%s, %,d B, IPv%d", kind, flows, flows == 1 ? "" : "s", sizeBytes, ip);
    }

    /** The same for file names and JSON: {@code live-1000-60-4}. */
    String id() {
        return kind + "-" + flows + "-" + sizeBytes + "-" + ip;
    }

    LoadCase withPackets(long other) {
        return new LoadCase(kind, flows, sizeBytes, ip, other);
    }
}
