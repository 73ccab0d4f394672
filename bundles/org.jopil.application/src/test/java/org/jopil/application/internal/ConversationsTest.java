// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jopil.application.internal.Conversations.Message;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every protocol, whatever is cut, split, turned around or missing. */
class ConversationsTest {
    static Stream<Conversations> all() {
        return Conversations.all().stream();
    }

    private static Feeder whole(Conversations conversation) {
        Feeder feeder = Feeder.of(conversation);
        conversation.messages().forEach(m -> feeder.feed(m.fromClient(), m.data()));
        return feeder;
    }

    @ParameterizedTest
    @MethodSource("all")
    void shouldRecogniseTheWhole(Conversations conversation) {
        Feeder feeder = whole(conversation);
        assertEquals(conversation.application(), feeder.name());
        assertFalse(feeder.details().isEmpty());
        assertFalse(feeder.detector().unusualPort());
    }

    /** Each message cut after each byte: nothing is shown that the whole does not show. */
    @ParameterizedTest
    @MethodSource("all")
    void shouldInventNothingWhenCut(Conversations conversation) {
        Map<String, Set<Object>> shown = new HashMap<>();
        Feeder all = Feeder.of(conversation);
        for (Message message : conversation.messages()) {
            all.feed(message.fromClient(), message.data());
            all.details().forEach((field, value) -> shown.computeIfAbsent(field, f -> new HashSet<>())
                    .add(value));
        }
        String full = all.name();
        int named = 0;
        int longest = conversation.messages().stream()
                .mapToInt(m -> m.data().length)
                .max()
                .orElseThrow();
        for (int cut = 1; cut <= longest; cut++) {
            Feeder feeder = Feeder.of(conversation);
            for (Message message : conversation.messages()) {
                feeder.feed(message.fromClient(), message.data(), Math.min(cut, message.data().length));
                int bytes = cut;
                feeder.details()
                        .forEach((field, value) -> assertTrue(
                                shown.getOrDefault(field, Set.of()).stream().anyMatch(v -> isBeginning(v, value)),
                                () -> field + " " + value + " of " + bytes + ", not " + shown.get(field)));
            }
            boolean less = full.equals("grpc") && feeder.name().equals("http2");
            assertTrue(feeder.name().isEmpty() || feeder.name().equals(full) || less, feeder.name() + " at " + cut);
            named += feeder.name().isEmpty() ? 0 : 1;
        }
        assertNotEquals(0, named);
    }

    /** Times depend on what was read; a list may be cut behind an element. */
    private static boolean isBeginning(Object whole, Object cut) {
        if (whole instanceof List<?> list && cut instanceof List<?> beginning) {
            return beginning.size() <= list.size()
                    && list.subList(0, beginning.size()).equals(beginning);
        }
        return cut instanceof Double || whole.equals(cut);
    }

    /** In two packets the same as in one; the second first, it may be missed, but is nothing else. */
    @ParameterizedTest
    @MethodSource("all")
    void shouldJoinTwoPackets(Conversations conversation) {
        if (!conversation.tcp() || conversation.name().equals("mqtt")) {
            // a datagram is not split, and four packets of a side are all that is looked at
            return;
        }
        Feeder whole = whole(conversation);
        Message split = conversation.messages().get(0);
        int end = split.data().length;
        for (int at = 8; at < end; at++) {
            Feeder inOrder = Feeder.of(conversation);
            inOrder.piece(split.fromClient(), split.data(), 0, at);
            inOrder.piece(split.fromClient(), split.data(), at, end);
            rest(inOrder, conversation);
            assertEquals(whole.name(), inOrder.name(), "at " + at);
            assertEquals(whole.details().keySet(), inOrder.details().keySet(), "at " + at);
            assertEquals(whole.detector().serverName(), inOrder.detector().serverName(), "at " + at);
            Feeder turned = Feeder.of(conversation);
            turned.piece(split.fromClient(), split.data(), at, end);
            turned.piece(split.fromClient(), split.data(), 0, at);
            rest(turned, conversation);
            assertTrue(turned.name().isEmpty() || turned.name().equals(whole.name()), turned.name() + " at " + at);
        }
    }

    private static void rest(Feeder feeder, Conversations conversation) {
        Message first = conversation.messages().get(0);
        feeder.pass(first.fromClient(), first.data().length);
        conversation.messages().stream().skip(1).forEach(m -> feeder.feed(m.fromClient(), m.data()));
    }

    /** The flow began before it was looked at: nothing false is said of the rest. */
    @ParameterizedTest
    @MethodSource("all")
    void shouldSayNothingFalseWithoutTheBeginning(Conversations conversation) {
        Feeder feeder = Feeder.of(conversation);
        conversation.messages().stream().skip(1).forEach(m -> feeder.feed(m.fromClient(), m.data()));
        assertTrue(feeder.name().isEmpty() || feeder.name().equals(conversation.application()), feeder.name());
    }

    /** Whatever one byte is, what is shown is printable and short. */
    @ParameterizedTest
    @MethodSource("all")
    void shouldStandEveryChangedByte(Conversations conversation) {
        for (Message message : conversation.messages()) {
            for (int at = 0; at < Math.min(120, message.data().length); at++) {
                for (int flip : new int[] {0x01, 0x80, 0xFF}) {
                    byte[] changed = message.data().clone();
                    changed[at] ^= (byte) flip;
                    Feeder feeder = Feeder.of(conversation);
                    feeder.feed(message.fromClient(), changed);
                    feeder.details().values().forEach(ConversationsTest::shouldBeHarmless);
                }
            }
        }
    }

    static void shouldBeHarmless(Object value) {
        if (value instanceof List<?> list) {
            list.forEach(ConversationsTest::shouldBeHarmless);
        } else if (value instanceof String text) {
            assertTrue(text.chars().allMatch(c -> (c >= ' ' && c <= '~') || c == '…'), text);
            assertTrue(text.length() <= 4 * Text.MOST_NAME_BYTES + 1, text);
        }
    }
}
