// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.util.Locale;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;
import org.jopil.api.source.Ledger;

/**
 * A figure of a book that is not 0 at one look.
 *
 * @param layer as in {@link Ledger.Finding}
 * @param name as there
 * @param amount as there
 * @param unit as there
 * @param what is wrong, without layer, name and amount
 * @param certain whether one look is enough; else the next one must show it, too
 */
record Entry(String layer, String name, long amount, String unit, String what, boolean certain) {
    static Entry of(HandOff handOff) {
        String unit = handOff.layer().equals(HandOffs.WEB_CLIENT) ? "messages" : "events";
        long amount = handOff.difference();
        return new Entry(handOff.layer(), handOff.name(), amount, unit, unexplained(amount), false);
    }

    static Entry of(Ledger.Subscriber account) {
        long amount = account.difference();
        return new Entry(HandOffs.SUBSCRIBER, account.name(), amount, "events", unexplained(amount), false);
    }

    private static String unexplained(long amount) {
        return amount > 0
                ? "came in, and neither went on nor wait nor are counted as lost"
                : "more went on, were lost or wait than came in";
    }

    /** The scan has looked several times before it says so. */
    static Entry of(Ledger.Count count) {
        boolean packets = count.difference() != 0;
        long amount = packets ? count.difference() : count.bytes().difference();
        return new Entry(
                HandOffs.KERNEL_COUNTER,
                count.interfaceName() + " " + count.direction() + " " + count.protocol(),
                amount,
                packets ? "packets" : "bytes",
                amount < 0
                        ? "are in flows and overflow, and not in the counter"
                        : "are in the counter, and neither in a flow nor in the overflow",
                true);
    }

    String key() {
        return layer + ' ' + name + ": " + unit + ' ' + what;
    }

    Ledger.Finding since(long sinceNs) {
        return new Ledger.Finding(
                layer,
                name,
                amount,
                unit,
                sinceNs,
                String.format(Locale.ROOT, "%s %s: %,d %s %s", layer, name, Math.abs(amount), unit, what),
                advice());
    }

    private String advice() {
        return switch (layer) {
            case HandOffs.KERNEL_COUNTER -> "Counts of it are wrong by that much: something else wrote to the maps of"
                    + " JOPIL ('bpftool map' shows them), or JOPIL has a bug. A restart begins new books.";
            case HandOffs.RING,
                    HandOffs.BUS -> "Packet samples are incomplete, counts are not touched. A restart begins"
                    + " new books; if it comes again it is a bug.";
            case HandOffs.PAYLOADS -> "Some flows have no application, counts are not touched. A restart begins new"
                    + " books; if it comes again it is a bug.";
            case HandOffs.TRACER -> "Single drops or closed connections are missing in the lists, their counts are not"
                    + " touched. A restart begins new books; if it comes again it is a bug.";
            case HandOffs.SUBSCRIBER -> "What this analyzer tells of packets is incomplete, counts are not touched."
                    + " bundle:restart of its bundle begins a new account.";
            case HandOffs.WEB_CLIENT -> "What that client shows may be old; it is right again when it connects anew.";
            default -> "'jopil analyzers' and 'jopil logs' tell more of it.";
        };
    }
}
