// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamTest {
    private final byte[] whole = new byte[Stream.MOST_BYTES + 100];

    StreamTest() {
        new Random(1).nextBytes(whole);
    }

    private void put(Stream stream, int from, int to) {
        stream.put(from, new Bytes().set(whole, from, to - from), 0, to - from);
    }

    private void shouldHold(Stream stream, int length) {
        Bytes view = stream.view(new Bytes());
        assertEquals(length, view.length());
        for (int i = 0; i < length; i++) {
            assertEquals(whole[i] & 0xFF, view.u8(i));
        }
    }

    @Test
    void shouldJoinWhatOverlapsAndComesLate() {
        Stream stream = new Stream();
        put(stream, 200, 300);
        shouldHold(stream, 0);
        put(stream, 0, 100);
        shouldHold(stream, 100);
        put(stream, 50, 220);
        shouldHold(stream, 300);
        put(stream, 10, 20);
        shouldHold(stream, 300);
    }

    @Test
    void shouldKeepNoMoreThanItMay() {
        Stream stream = new Stream();
        put(stream, 0, whole.length);
        shouldHold(stream, Stream.MOST_BYTES);
        stream.put(Long.MAX_VALUE - 10, new Bytes().set(whole, 0, 5), 0, 5);
        stream.put(-5, new Bytes().set(whole, 0, 5), 0, 5);
        shouldHold(stream, Stream.MOST_BYTES);
    }

    @Test
    void shouldLeaveOutWhatLiesBehindTooManyGaps() {
        Stream stream = new Stream();
        for (int i = 1; i <= 6; i++) {
            put(stream, 100 * i, 100 * i + 50);
        }
        for (int i = 0; i <= 6; i++) {
            put(stream, 100 * i, 100 * i + 100);
        }
        shouldHold(stream, 700);
    }

    @Test
    void shouldMakeRoomBeforeTheStart() {
        Stream stream = new Stream();
        stream.put(0, new Bytes().set(whole, 100, 50), 0, 50);
        stream.put(80, new Bytes().set(whole, 180, 20), 0, 20);
        stream.shift(100);
        put(stream, 0, 100);
        shouldHold(stream, 150);
        put(stream, 150, 180);
        shouldHold(stream, 200);
    }
}
