// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {
    @ParameterizedTest
    @CsvSource({
        "::, ::",
        "::1, ::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:0db8:0000:0000:0000:ff00:0042:8329, 2001:db8::ff00:42:8329",
        "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
        "2001:DB8::A, 2001:db8::a",
        "fe80::, fe80::",
        "::ffff:10.0.0.1, 10.0.0.1",
        "64:ff9b::192.0.2.33, 64:ff9b::c000:221",
        "10.0.0.255, 10.0.0.255"
    })
    void shouldWriteAsRfc5952Says(String given, String expected) {
        long[] halves = Addresses.parse(given).orElseThrow();
        assertEquals(expected, Addresses.text(halves[0], halves[1]));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1.2.3",
                "1.2.3.256",
                "1.2.3.4.5",
                "1.2.3.+4",
                "a.b.c.d",
                ":",
                ":::",
                "1::2::3",
                "12345::",
                "1:2:3:4:5:6:7",
                "1:2:3:4:5:6:7:8:9",
                "1:2:3:4:5:6:7:8::",
                "::1.2.3.4.5",
                "fe80::1%eth0",
                "host"
            })
    void shouldRefuseWhatIsNoAddress(String text) {
        assertTrue(Addresses.parse(text).isEmpty(), text);
    }

    @Test
    void shouldReadWhatItWrites() throws Exception {
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            // many zero groups, so that every way to shorten comes up
            long hi = random.nextLong() & mask(random);
            long lo = random.nextLong() & mask(random);
            String text = Addresses.text(hi, lo);
            assertArrayEquals(new long[] {hi, lo}, Addresses.parse(text).orElseThrow(), text);
            byte[] bytes = InetAddress.getByName(text).getAddress();
            if (bytes.length == 16) {
                ByteBuffer buffer = ByteBuffer.wrap(bytes);
                assertEquals(hi, buffer.getLong(), text);
                assertEquals(lo, buffer.getLong(), text);
            }
        }
    }

    private static long mask(Random random) {
        long mask = 0;
        for (int group = 0; group < 4; group++) {
            mask = mask << 16 | (random.nextBoolean() ? 0xFFFF : random.nextBoolean() ? 0xFF : 0);
        }
        return mask;
    }
}
