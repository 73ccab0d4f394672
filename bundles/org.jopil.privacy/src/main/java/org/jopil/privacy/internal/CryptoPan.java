// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.jopil.api.event.Addresses;

/**
 * Prefix-preserving pseudonyms: Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002).
 * Each bit is flipped or not by the first bit of AES-128 of the bits before it, IPv4 and IPv6 alike. The tree of all addresses
 * has its branches swapped, so that it is a bijection, and two addresses share as many leading bits as their pseudonyms do.
 *
 * <p>Where no branch is swapped on the way to a prefix, that prefix is its own pseudonym, and nothing else gets one that
 * begins with it: this is how special addresses stay what they are. The price is that an address shows as many of its first
 * bits as it has in common with the special prefix that is nearest to it.
 *
 * <p>One thread.
 */
final class CryptoPan {
    static final int KEY_BYTES = 32;

    private static final int BLOCK_BYTES = 16;
    private static final int IPV4_BITS = 32;
    private static final int IPV6_BITS = 128;
    private static final long HIGHEST = 1L << 63;

    /**
     * What stays.
     *
     * @param hi see {@link Addresses}; bits behind the prefix are 0
     * @param bits of the prefix, in IPv4 from 0 to 32
     * @param kept bits that stay in an address with the prefix, at least {@code bits}
     */
    record Special(boolean ipv4, long hi, long lo, int bits, int kept) {
        static Special of(String address, int bits, int kept) {
            long[] halves = Addresses.parse(address).orElseThrow();
            return new Special(address.indexOf('.') >= 0, halves[0], halves[1], bits, kept);
        }
    }

    private final Cipher cipher;
    private final long padHi;
    private final long padLo;
    private final List<Special> specials;
    private final byte[] in = new byte[IPV6_BITS * BLOCK_BYTES];
    private final byte[] out = new byte[IPV6_BITS * BLOCK_BYTES];
    private final byte[] swaps = new byte[IPV6_BITS];

    // the answer
    long hi;
    long lo;

    private long swapLo;

    /** @param key of {@link #KEY_BYTES}: that of AES, then the block that becomes the padding */
    CryptoPan(byte[] key, List<Special> specials) {
        this.specials = List.copyOf(specials);
        try {
            cipher = Cipher.getInstance("AES/ECB/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, 0, BLOCK_BYTES, "AES"));
            System.arraycopy(key, BLOCK_BYTES, in, 0, BLOCK_BYTES);
            encrypt(1);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has AES", e);
        }
        padHi = number(out, 0);
        padLo = number(out, Long.BYTES);
    }

    /** Leaves the pseudonym in {@link #hi} and {@link #lo}. */
    void pseudonym(long addressHi, long addressLo) {
        if (Addresses.isIpv4(addressHi, addressLo)) {
            hi = 0;
            long left = addressLo << IPV4_BITS;
            lo = Addresses.mapped((int) ((left ^ swaps(left, 0, IPV4_BITS, true)) >>> IPV4_BITS));
            return;
        }
        long swapHi = swaps(addressHi, addressLo, IPV6_BITS, false);
        hi = addressHi ^ swapHi;
        lo = addressLo ^ swapLo;
    }

    /** First 64 bits that are flipped; the next are left in {@link #swapLo}. The address is aligned to the left. */
    private long swaps(long first, long second, int bits, boolean ipv4) {
        Arrays.fill(swaps, 0, bits, (byte) 1);
        for (int i = 0; i < specials.size(); i++) {
            Special special = specials.get(i);
            if (special.ipv4 == ipv4) {
                keep(special, first, second);
            }
        }
        int blocks = 0;
        for (int bit = 0; bit < bits; bit++) {
            if (swaps[bit] != 0) {
                block(blocks++, first, second, bit);
            }
        }
        encrypt(blocks);
        long high = 0;
        swapLo = 0;
        int block = 0;
        for (int bit = 0; bit < bits; bit++) {
            if (swaps[bit] == 0) {
                continue;
            }
            boolean swap = out[BLOCK_BYTES * block++] < 0;
            if (swap && bit < Long.SIZE) {
                high |= HIGHEST >>> bit;
            } else if (swap) {
                swapLo |= HIGHEST >>> (bit - Long.SIZE);
            }
        }
        return high;
    }

    /** No branch is swapped on the way to a special prefix, and for as far as it is kept. */
    private void keep(Special special, long first, long second) {
        long specialFirst = special.ipv4 ? special.lo << IPV4_BITS : special.hi;
        long specialSecond = special.ipv4 ? 0 : special.lo;
        int common = Long.numberOfLeadingZeros(first ^ specialFirst);
        if (common == Long.SIZE) {
            common += Long.numberOfLeadingZeros(second ^ specialSecond);
        }
        int kept = common >= special.bits ? special.kept : common + 1;
        Arrays.fill(swaps, 0, kept, (byte) 0);
    }

    /** The first bits of the address, then the padding. */
    private void block(int index, long first, long second, int bits) {
        int ofFirst = Math.min(bits, Long.SIZE);
        int ofSecond = bits - ofFirst;
        long maskFirst = ofFirst == 0 ? 0 : -1L << (Long.SIZE - ofFirst);
        long maskSecond = ofSecond == 0 ? 0 : -1L << (Long.SIZE - ofSecond);
        put(BLOCK_BYTES * index, first & maskFirst | padHi & ~maskFirst);
        put(BLOCK_BYTES * index + Long.BYTES, second & maskSecond | padLo & ~maskSecond);
    }

    /** One block, for what is no IP address: the first 8 bytes of AES of it. */
    long code(long value, long tweak) {
        put(0, value);
        put(Long.BYTES, padLo ^ tweak);
        encrypt(1);
        return number(out, 0);
    }

    private void encrypt(int blocks) {
        try {
            // unlike doFinal it has nothing to begin anew, and allocates nothing
            cipher.update(in, 0, blocks * BLOCK_BYTES, out, 0);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("whole blocks into as much room", e);
        }
    }

    private void put(int at, long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            in[at + i] = (byte) (value >>> 56 - 8 * i);
        }
    }

    private static long number(byte[] from, int at) {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value = value << 8 | from[at + i] & 0xFF;
        }
        return value;
    }
}
