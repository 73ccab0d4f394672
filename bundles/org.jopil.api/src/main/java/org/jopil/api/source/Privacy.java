// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.osgi.annotation.versioning.ProviderType;

/**
 * What is hidden, and pseudonyms for it. Whoever brings addresses or names in asks here before anything is kept, shown or
 * handed on. Pseudonyms are the same for the same address as long as the instance has its key, so that what was hidden in
 * one place is found again in another. Any thread; hiding an address that was hidden a moment ago allocates nothing.
 */
@ProviderType
public interface Privacy {
    /** How much is hidden, the least first. */
    enum Level {
        /** Nothing. */
        FULL,
        /** What was read from payload, but for the protocol's name, versions, status numbers and times. */
        NAMES_OFF,
        /** The same, and every IP and MAC address has a pseudonym. */
        ADDRESSES_MASKED;

        /** As in configuration and answers: {@code names-off}. */
        public String text() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Empty if there is no such level. */
        public static Optional<Level> of(String text) {
            return Stream.of(values())
                    .filter(level -> level.text().equals(text.strip()))
                    .findFirst();
        }
    }

    /** What is in force. */
    Level level();

    /** Whether names and other texts out of payload are kept and shown. */
    default boolean names() {
        return level() == Level.FULL;
    }

    /** Whether addresses are as they were on the wire. */
    default boolean addresses() {
        return level() != Level.ADDRESSES_MASKED;
    }

    /**
     * Puts a pseudonym in the place of an IP address; while {@link #addresses()} it changes nothing. Two addresses that have
     * their first n bits in common have pseudonyms that have n bits in common, and no more.
     *
     * @param hi first halves, see {@link org.jopil.api.event.Addresses}
     * @param lo second halves
     * @param index which one of both
     */
    void hide(long[] hi, long[] lo, int index);

    /**
     * A MAC address's pseudonym, which says that it was set by software; while {@link #addresses()} the address itself.
     *
     * @param mac in the lower 48 bits, its first byte the highest
     */
    long hideMac(long mac);

    /**
     * Keeps the level as it is until {@link #release}, so that nothing which was hidden by one level is handed on under
     * another. Once a batch, never once an event, and not for longer than that takes: a change of the level waits.
     *
     * @return for {@link #release}
     */
    long hold();

    /** Lets the level change again. */
    void release(long held);

    /** All that is recorded, under every level. */
    List<Recorded> recorded();

    /**
     * One kind of thing, in words for people.
     *
     * @param what it is
     * @param where it is kept, and seen
     * @param kept for how long, or how much of it
     * @param full what there is of it under this level, as the next two
     */
    record Recorded(String what, String where, String kept, String full, String namesOff, String addressesMasked) {}
}
