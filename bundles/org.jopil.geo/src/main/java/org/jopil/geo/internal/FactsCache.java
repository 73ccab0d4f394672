// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jopil.api.source.AddressFacts.Facts;

/**
 * Answers of two databases, each remembered until another address needs its place. Any thread: entries are immutable, and one
 * that a race loses is only asked for again.
 */
final class FactsCache {
    /** About 1.5 MiB when all are taken. */
    private static final int ENTRIES = 1 << 14;

    private final Database countries;
    private final Database systems;
    private final Entry[] entries = new Entry[ENTRIES];

    private record Entry(long hi, long lo, Facts facts) {}

    /** Null is no database. */
    FactsCache(Database countries, Database systems) {
        this.countries = countries;
        this.systems = systems;
    }

    Facts of(long hi, long lo) {
        if (SpecialAddresses.contains(hi, lo)) {
            return Facts.NONE;
        }
        int at = place(hi, lo);
        Entry entry = entries[at];
        if (entry == null || entry.hi != hi || entry.lo != lo) {
            entry = new Entry(hi, lo, ask(hi, lo));
            entries[at] = entry;
        }
        return entry.facts;
    }

    private static int place(long hi, long lo) {
        long h = (hi * 0x9E37_79B9_7F4A_7C15L ^ lo) * 0xBF58_476D_1CE4_E5B9L;
        return (int) (h >>> 40) & ENTRIES - 1;
    }

    private Facts ask(long hi, long lo) {
        InetAddress address = address(hi, lo);
        Object place = countries == null ? null : countries.record(address);
        Object system = systems == null ? null : systems.record(address);
        Object country = Database.at(place, Keys.COUNTRY);
        Object number = Database.at(system, Keys.AS);
        Object name = Database.at(system, Keys.AS_NAME);
        return country == null && number == null && name == null
                ? Facts.NONE
                : new Facts(
                        country instanceof String text ? text : null,
                        number instanceof Number n ? n.longValue() : 0,
                        name instanceof String text ? text : null);
    }

    private static InetAddress address(long hi, long lo) {
        try {
            // a mapped address becomes one of IPv4
            return InetAddress.getByAddress(
                    ByteBuffer.allocate(16).putLong(hi).putLong(lo).array());
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // of 16 bytes it is always one
        }
    }
}
