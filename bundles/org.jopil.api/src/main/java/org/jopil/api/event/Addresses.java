// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import java.util.Optional;

/** IP addresses as two longs: the 16 bytes of IPv6 in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). */
public final class Addresses {
    private static final long MAPPED = 0xFFFF_0000_0000L;
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private Addresses() {}

    public static boolean isIpv4(long hi, long lo) {
        return hi == 0 && (lo & 0xFFFF_FFFF_0000_0000L) == MAPPED;
    }

    /** The low half of an IPv4 address given as its 32 bits in host order. */
    public static long mapped(int ipv4) {
        return MAPPED | (ipv4 & 0xFFFF_FFFFL);
    }

    /** Dotted quad for IPv4, RFC 5952 for IPv6. */
    public static String text(long hi, long lo) {
        if (isIpv4(hi, lo)) {
            return ((lo >> 24) & 255) + "." + ((lo >> 16) & 255) + "." + ((lo >> 8) & 255) + "." + (lo & 255);
        }
        int bestStart = -1;
        int bestLength = 1;
        for (int i = 0; i < 8; ) {
            int j = i;
            while (j < 8 && group(hi, lo, j) == 0) {
                j++;
            }
            if (j - i > bestLength) {
                bestStart = i;
                bestLength = j - i;
            }
            i = j + 1;
        }
        StringBuilder text = new StringBuilder(39);
        for (int i = 0; i < 8; i++) {
            if (i == bestStart) {
                text.append("::");
                i += bestLength - 1;
                continue;
            }
            if (i > 0 && text.charAt(text.length() - 1) != ':') {
                text.append(':');
            }
            appendHex(text, group(hi, lo, i));
        }
        return text.toString();
    }

    private static int group(long hi, long lo, int index) {
        long half = index < 4 ? hi : lo;
        return (int) (half >>> (48 - 16 * (index & 3))) & 0xFFFF;
    }

    private static void appendHex(StringBuilder text, int group) {
        boolean started = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            int digit = (group >>> shift) & 15;
            if (digit != 0 || started || shift == 0) {
                text.append(HEX[digit]);
                started = true;
            }
        }
    }

    /**
     * Reads a numeric address; never asks a name server.
     *
     * @return high and low half, or empty if the text is no address
     */
    public static Optional<long[]> parse(String text) {
        return text.indexOf(':') >= 0 ? parseIpv6(text) : parseIpv4(text).map(v -> new long[] {0, mapped(v)});
    }

    private static Optional<Integer> parseIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != 4) {
            return Optional.empty();
        }
        int value = 0;
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.empty();
            }
            int octet = Integer.parseInt(part);
            if (octet > 255) {
                return Optional.empty();
            }
            value = value << 8 | octet;
        }
        return Optional.of(value);
    }

    private static Optional<long[]> parseIpv6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return Optional.empty();
        }
        int[] groups = new int[8];
        if (gap < 0) {
            int count = groups(text, groups, 0);
            return count == 8 ? Optional.of(halves(groups)) : Optional.empty();
        }
        int[] tail = new int[8];
        int head = groups(text.substring(0, gap), groups, 0);
        int rest = groups(text.substring(gap + 2), tail, 0);
        if (head < 0 || rest < 0 || head + rest > 7) {
            return Optional.empty();
        }
        System.arraycopy(tail, 0, groups, 8 - rest, rest);
        return Optional.of(halves(groups));
    }

    /** Fills groups from a colon-separated run; returns how many, or -1 if it is none. */
    private static int groups(String text, int[] groups, int from) {
        if (text.isEmpty()) {
            return 0;
        }
        int count = from;
        String[] parts = text.split(":", -1);
        for (int i = 0; i < parts.length; i++) {
            String part = parts[i];
            if (i == parts.length - 1 && part.indexOf('.') > 0) {
                Optional<Integer> ipv4 = parseIpv4(part);
                if (ipv4.isEmpty() || count > 6) {
                    return -1;
                }
                groups[count++] = ipv4.get() >>> 16;
                groups[count++] = ipv4.get() & 0xFFFF;
                continue;
            }
            if (part.isEmpty()
                    || part.length() > 4
                    || count > 7
                    || !part.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
                return -1;
            }
            groups[count++] = Integer.parseInt(part, 16);
        }
        return count;
    }

    private static long[] halves(int[] groups) {
        long hi = 0;
        long lo = 0;
        for (int i = 0; i < 4; i++) {
            hi = hi << 16 | groups[i];
            lo = lo << 16 | groups[i + 4];
        }
        return new long[] {hi, lo};
    }
}
