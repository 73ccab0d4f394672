// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;

/**
 * What the kernel's counters must do from one look to the next: never go back, and hold at least a packet for every
 * observation before. That holds for protocols without flows, too. One thread.
 */
final class CounterWatch {
    private CounterReading before;
    /** How far each line went back in all: that stays wrong. */
    private final Map<CounterReading.Line, Long> wentBack = new HashMap<>();

    List<Entry> look(CounterReading now) {
        List<Entry> entries = new ArrayList<>();
        if (before != null) {
            before.packets().forEach((line, packets) -> {
                long back = packets - now.packets().getOrDefault(line, 0L);
                if (back > 0) {
                    wentBack.merge(line, back, Long::sum);
                }
            });
            before.events().forEach((side, seen) -> uncounted(now, side, seen).ifPresent(entries::add));
        }
        wentBack.forEach((line, packets) -> entries.add(new Entry(
                HandOffs.KERNEL_COUNTER,
                now.name(line.side()) + " " + Protocols.name(line.protocol()),
                -packets,
                "packets",
                "were taken out of the counter: it went back",
                true)));
        before = now;
        return entries;
    }

    private static Optional<Entry> uncounted(CounterReading now, CounterReading.Side side, HandOff eventsBefore) {
        long missing = eventsBefore.received() - now.packets(side);
        return missing <= 0
                ? Optional.empty()
                : Optional.of(new Entry(
                        HandOffs.KERNEL_COUNTER,
                        now.name(side),
                        missing,
                        "packets",
                        "were seen, and no protocol counts them",
                        true));
    }
}
