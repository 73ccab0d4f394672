// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jopil.api.event.Addresses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CryptoPanTest {
    /** Key of the sample that its authors published with their implementation. */
    private static final int[] SAMPLE = {
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98,
        87, 76, 45, 42, 132, 34, 2
    };

    static byte[] sampleKey() {
        byte[] key = new byte[CryptoPan.KEY_BYTES];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) SAMPLE[i];
        }
        return key;
    }

    private static String of(CryptoPan pan, String address) {
        long[] halves = Addresses.parse(address).orElseThrow();
        pan.pseudonym(halves[0], halves[1]);
        return Addresses.text(pan.hi, pan.lo);
    }

    @ParameterizedTest
    @CsvSource({
        "128.11.68.132, 135.242.180.132",
        "129.118.74.4, 134.136.186.123",
        "130.132.252.244, 133.68.164.234",
        "141.223.7.43, 141.167.8.160",
        "141.233.145.108, 141.129.237.235",
        "152.163.225.39, 151.140.114.167",
        "156.29.3.236, 147.225.12.42",
        "165.247.96.84, 162.9.99.234",
        "166.107.77.190, 160.132.178.185",
        "192.102.249.13, 252.138.62.131",
        "2001:db8::1, 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e",
        "2001:db8::2, 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c"
    })
    void shouldAgreeWithThePublishedSample(String address, String pseudonym) {
        assertEquals(pseudonym, of(new CryptoPan(sampleKey(), List.of()), address));
    }

    @Test
    void shouldPreserveExactlyTheCommonPrefixOfIpv4() {
        CryptoPan pan = new CryptoPan(sampleKey(), Pseudonyms.SPECIALS);
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            int a = random.nextInt();
            int b = a ^ 1 << random.nextInt(32) ^ random.nextInt() >>> 1 + random.nextInt(31);
            pan.pseudonym(0, Addresses.mapped(a));
            int maskedA = (int) pan.lo;
            pan.pseudonym(0, Addresses.mapped(b));
            assertEquals(Integer.numberOfLeadingZeros(a ^ b), Integer.numberOfLeadingZeros(maskedA ^ (int) pan.lo));
            assertTrue(Addresses.isIpv4(pan.hi, pan.lo));
        }
    }

    @Test
    void shouldPreserveExactlyTheCommonPrefixOfIpv6() {
        CryptoPan pan = new CryptoPan(sampleKey(), Pseudonyms.SPECIALS);
        Random random = new Random(2);
        for (int i = 0; i < 5_000; i++) {
            long aHi = random.nextLong();
            long aLo = random.nextLong();
            int common = random.nextInt(128);
            long bHi = common < 64 ? aHi ^ 1L << 63 - common : aHi;
            long bLo = common < 64 ? random.nextLong() : aLo ^ 1L << 127 - common;
            pan.pseudonym(aHi, aLo);
            long maskedHi = pan.hi;
            long maskedLo = pan.lo;
            pan.pseudonym(bHi, bLo);
            int masked = maskedHi == pan.hi
                    ? 64 + Long.numberOfLeadingZeros(maskedLo ^ pan.lo)
                    : Long.numberOfLeadingZeros(maskedHi ^ pan.hi);
            assertEquals(common, masked);
        }
    }

    /** Every address of a /12, and a pseudonym for each of them in one /12. */
    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0", "126.240.0.0", "169.240.0.0", "192.160.0.0", "224.0.0.0"})
    void shouldGiveNoPseudonymTwice(String net) {
        int first = (int) Addresses.parse(net).orElseThrow()[1];
        CryptoPan pan = new CryptoPan(sampleKey(), Pseudonyms.SPECIALS);
        pan.pseudonym(0, Addresses.mapped(first));
        int prefix = (int) pan.lo >>> 20;
        BitSet seen = new BitSet(1 << 20);
        for (int i = 0; i < 1 << 20; i++) {
            pan.pseudonym(0, Addresses.mapped(first | i));
            assertEquals(prefix, (int) pan.lo >>> 20);
            seen.set((int) pan.lo & 0xF_FFFF);
        }
        assertEquals(1 << 20, seen.cardinality());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.9.8.7", "255.255.255.255", "::", "::1"})
    void shouldLeaveWhatIsNoMachine(String address) {
        assertEquals(address, of(new CryptoPan(sampleKey(), Pseudonyms.SPECIALS), address));
    }

    @Test
    void shouldKeepClassesApart() {
        CryptoPan pan = new CryptoPan(sampleKey(), Pseudonyms.SPECIALS);
        Random random = new Random(3);
        for (int i = 0; i < 100_000; i++) {
            int address = random.nextInt();
            pan.pseudonym(0, Addresses.mapped(address));
            int masked = (int) pan.lo;
            assertEquals(address >>> 28 == 14, masked >>> 28 == 14, "multicast");
            assertEquals(address >>> 24 == 127, masked >>> 24 == 127, "loopback");
            assertEquals(address >>> 24 == 0, masked >>> 24 == 0, "this network");
            assertEquals(address >>> 16 == 0xA9FE, masked >>> 16 == 0xA9FE, "link-local");
        }
        assertTrue(of(pan, "169.254.7.8").startsWith("169.254."));
        assertTrue(of(pan, "ff02::1:ff12:3456").startsWith("ff02:"));
        assertTrue(
                of(pan, "fe80::1234").startsWith("fe8") || of(pan, "fe80::1234").matches("fe[89ab].*"));
        assertTrue(of(pan, "2001:db8::1").matches("[23].*"), "global unicast");
        assertTrue(of(pan, "fd00::1").matches("f[cd].*"), "unique local");
    }

    @Test
    void shouldDependOnTheKey() {
        Set<String> pseudonyms = new HashSet<>();
        byte[] key = sampleKey();
        for (int i = 0; i < 50; i++) {
            key[i % CryptoPan.KEY_BYTES]++;
            pseudonyms.add(of(new CryptoPan(key, Pseudonyms.SPECIALS), "192.0.2.77"));
        }
        assertTrue(pseudonyms.size() > 45, pseudonyms.toString());
    }
}
