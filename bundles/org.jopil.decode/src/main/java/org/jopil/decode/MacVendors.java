// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * Who a MAC address was assigned to: IEEE's lists MA-L (24 bits), MA-M (28) and MA-S (36), the longest prefix wins. Read
 * when first asked, about 1.5 MB. Any thread.
 */
public final class MacVendors {
    private static final int DIGITS = 12;
    private static final int[] PREFIX_DIGITS = {9, 7, 6};
    private static final int GROUP_OR_LOCAL = 3;

    private MacVendors() {}

    /** The lists as arrays: prefixes with their number of digits behind them, rising, and where the name of each ends. */
    private static final class Lists {
        private static long[] prefixes = new long[0];
        private static int[] ends = new int[0];
        private static byte[] names;

        static {
            ByteArrayOutputStream text = new ByteArrayOutputStream();
            long[][] found = {new long[1 << 16]};
            int[][] last = {new int[1 << 16]};
            int[] count = {0};
            Table.read("names/vendors.tsv.gz", columns -> {
                if (count[0] == found[0].length) {
                    found[0] = Arrays.copyOf(found[0], 2 * count[0]);
                    last[0] = Arrays.copyOf(last[0], 2 * count[0]);
                }
                text.writeBytes(columns[1].getBytes(UTF_8));
                found[0][count[0]] = key(Long.parseLong(columns[0], 16), columns[0].length());
                last[0][count[0]] = text.size();
                count[0]++;
            });
            prefixes = Arrays.copyOf(found[0], count[0]);
            ends = Arrays.copyOf(last[0], count[0]);
            names = text.toByteArray();
        }

        private Lists() {}
    }

    /** Left-aligned, so that keys rise as the text of the prefixes does. */
    private static long key(long prefix, int digits) {
        return prefix << 4 * (DIGITS - digits) << 4 | digits;
    }

    /** Null if nobody has it, or if it is a group address or one that is locally administered. */
    public static String name(long mac) {
        if ((mac >>> 40 & GROUP_OR_LOCAL) != 0) {
            return null;
        }
        for (int digits : PREFIX_DIGITS) {
            int at = Arrays.binarySearch(Lists.prefixes, key(mac >>> 4 * (DIGITS - digits), digits));
            if (at >= 0) {
                int from = at == 0 ? 0 : Lists.ends[at - 1];
                return new String(Lists.names, from, Lists.ends[at] - from, UTF_8);
            }
        }
        return null;
    }

    /** {@code text}: six hexadecimal bytes with colons. */
    public static String name(String text) {
        return name(Long.parseLong(text.replace(":", ""), 16));
    }
}
