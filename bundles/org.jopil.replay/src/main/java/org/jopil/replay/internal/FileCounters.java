// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Counters;
import org.jopil.api.source.Ledger;

/** Counts packets of a file by the kernel's rules. Any thread: one lock, that no reader holds for long. */
final class FileCounters implements Counters {
    /** As many as the kernel has: IANA numbers, ARP, no IP, malformed. */
    private static final int PROTOCOLS = Protocols.MALFORMED + 1;

    private static final int IP_PROTOCOLS = 256;
    private static final Direction[] DIRECTIONS = Direction.values();
    /** A file does not tell which CPU took a packet in. */
    private static final int NO_CPU = -1;

    /** Arrays by direction and protocol. */
    private static final class Book {
        private final long[][] packets = new long[DIRECTIONS.length][PROTOCOLS];
        private final long[][] bytes = new long[DIRECTIONS.length][PROTOCOLS];

        private Book copy() {
            Book copy = new Book();
            for (int d = 0; d < DIRECTIONS.length; d++) {
                System.arraycopy(packets[d], 0, copy.packets[d], 0, PROTOCOLS);
                System.arraycopy(bytes[d], 0, copy.bytes[d], 0, PROTOCOLS);
            }
            return copy;
        }
    }

    /** IP packets at one moment. */
    static final class Totals {
        private final Map<Integer, Book> books = new TreeMap<>();

        /** Compares with what was handed over as flows since the start. */
        List<Ledger.Count> against(Totals flows, IntFunction<String> names) {
            List<Ledger.Count> counts = new ArrayList<>();
            books.forEach((id, book) -> {
                Book taken = flows.books.getOrDefault(id, new Book());
                for (Direction direction : DIRECTIONS) {
                    int d = direction.ordinal();
                    for (int p = 0; p < IP_PROTOCOLS; p++) {
                        if (book.packets[d][p] != 0 || taken.packets[d][p] != 0) {
                            counts.add(new Ledger.Count(
                                    names.apply(id),
                                    direction.text(),
                                    Protocols.name(p),
                                    book.packets[d][p],
                                    taken.packets[d][p],
                                    0,
                                    book.packets[d][p] - taken.packets[d][p],
                                    new Ledger.Bytes(
                                            book.bytes[d][p],
                                            taken.bytes[d][p],
                                            0,
                                            book.bytes[d][p] - taken.bytes[d][p])));
                        }
                    }
                }
            });
            return counts;
        }

        void add(int interfaceId, Direction direction, int protocol, long packets, long bytes) {
            Book book = books.computeIfAbsent(interfaceId, id -> new Book());
            book.packets[direction.ordinal()][protocol] += packets;
            book.bytes[direction.ordinal()][protocol] += bytes;
        }
    }

    private final Map<Integer, Book> books = new TreeMap<>();
    private long packets;
    private long bytes;
    private long ipPackets;

    synchronized void add(int interfaceId, Direction direction, int protocol, int frameBytes) {
        Book book = books.computeIfAbsent(interfaceId, id -> new Book());
        book.packets[direction.ordinal()][protocol]++;
        book.bytes[direction.ordinal()][protocol] += frameBytes;
        packets++;
        bytes += frameBytes;
        ipPackets += protocol < IP_PROTOCOLS ? 1 : 0;
    }

    synchronized long packets() {
        return packets;
    }

    synchronized long bytes() {
        return bytes;
    }

    synchronized long ipPackets() {
        return ipPackets;
    }

    synchronized Totals totals() {
        Totals totals = new Totals();
        books.forEach((id, book) -> totals.books.put(id, book.copy()));
        return totals;
    }

    @Override
    public synchronized void read(Visitor visitor) {
        books.forEach((id, book) -> {
            for (Direction direction : DIRECTIONS) {
                long observed = 0;
                for (int p = 0; p < PROTOCOLS; p++) {
                    long counted = book.packets[direction.ordinal()][p];
                    observed += counted;
                    if (counted != 0) {
                        visitor.counter(id, direction, NO_CPU, p, counted, book.bytes[direction.ordinal()][p]);
                    }
                }
                if (observed != 0) {
                    visitor.events(id, direction, observed, observed, 0, 0);
                }
            }
        });
    }
}
