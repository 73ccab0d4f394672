// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes frames that nobody would send out of frames that somebody sent. The same seed gives the same frames. */
public final class Mutator {
    private static final int ETHERNET_BYTES = 14;
    private static final int MOST_CHANGES = 4;
    /** What parsers stumble over: versions, lengths, offsets, types of headers. */
    private static final int[] ODD = {0, 1, 4, 5, 6, 0x0F, 0x40, 0x44, 0x45, 0x4F, 0x60, 0x7F, 0x80, 0xFE, 0xFF};

    private static final int[] NEXT_HEADERS = {0, 1, 4, 6, 17, 33, 41, 43, 44, 47, 50, 51, 58, 59, 60, 132, 135, 136};
    private static final int[] ETHER_TYPES = {0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8, 0x9100, 0x8847, 0x0040};
    private static final int[] PORTS = {53, 443, 4789, 6081, 4500, 0, 65535};

    private final Random random;
    private final List<byte[]> seeds;

    /** @param seeds Ethernet frames, each at least 14 bytes */
    public Mutator(long seed, List<byte[]> seeds) {
        this.random = new Random(seed);
        this.seeds = seeds;
    }

    /** One more frame, 14 to 3,000 bytes. */
    public byte[] next() {
        byte[] frame = seeds.get(random.nextInt(seeds.size())).clone();
        int changes = 1 + random.nextInt(MOST_CHANGES);
        for (int i = 0; i < changes; i++) {
            frame = change(frame);
        }
        int length = Math.max(ETHERNET_BYTES, Math.min(3000, frame.length));
        return frame.length == length ? frame : Arrays.copyOf(frame, length);
    }

    private byte[] change(byte[] frame) {
        int at = ETHERNET_BYTES + random.nextInt(Math.max(1, Math.min(80, frame.length - ETHERNET_BYTES)));
        if (at >= frame.length) {
            return Arrays.copyOf(frame, frame.length + 1 + random.nextInt(64));
        }
        switch (random.nextInt(9)) {
            case 0 -> frame[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> frame[at] = (byte) random.nextInt(256);
            case 2 -> frame[at] = (byte) ODD[random.nextInt(ODD.length)];
            case 3 -> frame[at] = (byte) NEXT_HEADERS[random.nextInt(NEXT_HEADERS.length)];
            case 4 -> put16(frame, 12, ETHER_TYPES[random.nextInt(ETHER_TYPES.length)]);
            case 5 -> put16(frame, at, PORTS[random.nextInt(PORTS.length)]);
            case 6 -> {
                return Arrays.copyOf(frame, ETHERNET_BYTES + random.nextInt(frame.length - ETHERNET_BYTES + 1));
            }
            case 7 -> {
                return inserted(frame, at, random.nextInt(5) == 0 ? 512 : 1 + random.nextInt(16));
            }
            default -> {
                return tagged(frame, 1 + random.nextInt(6));
            }
        }
        return frame;
    }

    private static void put16(byte[] frame, int at, int value) {
        frame[at] = (byte) (value >>> 8);
        if (at + 1 < frame.length) {
            frame[at + 1] = (byte) value;
        }
    }

    private byte[] inserted(byte[] frame, int at, int count) {
        byte[] longer = new byte[frame.length + count];
        random.nextBytes(longer);
        System.arraycopy(frame, 0, longer, 0, at);
        System.arraycopy(frame, at, longer, at + count, frame.length - at);
        return longer;
    }

    private byte[] tagged(byte[] frame, int tags) {
        byte[] longer = new byte[frame.length + 4 * tags];
        System.arraycopy(frame, 0, longer, 0, 12);
        for (int i = 0; i < tags; i++) {
            put16(longer, 12 + 4 * i, 0x8100);
            put16(longer, 14 + 4 * i, random.nextInt(0x10000));
        }
        System.arraycopy(frame, 12, longer, 12 + 4 * tags, frame.length - 12);
        return longer;
    }
}
