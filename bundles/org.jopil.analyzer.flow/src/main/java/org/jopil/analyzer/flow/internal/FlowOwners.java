// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Owners;
import org.jopil.api.source.Owners.Owner;

/**
 * The processes of flows: asked for after a scan while they are not known and the flow has packets, then remembered by a
 * number in the record. The analyzer's thread, but for the source.
 */
final class FlowOwners {
    /** A socket is not always known at once. */
    private static final long ASKED_AFTER_NS = TimeUnit.SECONDS.toNanos(3);

    private static final int LEAST_SWEPT = 1024;

    private final LiveFlows live;
    private final EndedFlows ended;
    private volatile Owners source;

    /** Number to process; null is free, 0 is nobody. */
    private final List<Known> known = new ArrayList<>();

    private final Map<Owner, Integer> numbers = new HashMap<>();
    private int sweptAt = LEAST_SWEPT;

    private record Known(Owner owner, String text) {}

    FlowOwners(LiveFlows live, EndedFlows ended) {
        this.live = live;
        this.ended = ended;
        known.add(null);
    }

    void source(Owners found) {
        source = found;
    }

    void gone(Owners gone) {
        if (source == gone) {
            source = null;
        }
    }

    /** Asks for the flows of the last seconds whose process is not known. */
    void ask(InterfaceNames names, long nowNs) {
        Owners asked = source;
        if (asked == null) {
            return;
        }
        FlowRecords records = live.records();
        for (int i = 0; i < live.size(); i++) {
            if (records.owner(i) == 0 && nowNs - records.last(i) < ASKED_AFTER_NS && hasSocket(records.meta(i))) {
                long meta = records.meta(i);
                Optional<Owner> owner = asked.of(
                        names.namespace(FlowKeys.interfaceId(meta)),
                        FlowKeys.ipProtocol(meta),
                        records.srcHi(i),
                        records.srcLo(i),
                        records.srcPort(i),
                        records.dstHi(i),
                        records.dstLo(i),
                        records.dstPort(i));
                if (owner.isPresent()) {
                    records.owner(i, number(owner.get()));
                }
            }
        }
    }

    private static boolean hasSocket(long meta) {
        return !FlowKeys.isFragment(meta)
                && switch (FlowKeys.ipProtocol(meta)) {
                    case Protocols.TCP, Protocols.UDP, Protocols.UDP_LITE, Protocols.DCCP -> true;
                    default -> false;
                };
    }

    private int number(Owner owner) {
        Integer given = numbers.get(owner);
        if (given != null) {
            return given;
        }
        if (numbers.size() >= sweptAt) {
            sweep();
        }
        int number = 1;
        while (number < known.size() && known.get(number) != null) {
            number++;
        }
        if (number == known.size()) {
            known.add(null);
        }
        known.set(number, new Known(owner, owner.text()));
        numbers.put(owner, number);
        return number;
    }

    /** Forgets the processes of which there is no flow any more. */
    private void sweep() {
        BitSet used = new BitSet(known.size());
        for (int i = 0; i < live.size(); i++) {
            used.set(live.records().owner(i));
        }
        for (int n = 0; n < ended.size(); n++) {
            used.set(ended.records().owner(ended.at(n)));
        }
        for (int number = 1; number < known.size(); number++) {
            if (known.get(number) != null && !used.get(number)) {
                numbers.remove(known.get(number).owner);
                known.set(number, null);
            }
        }
        sweptAt = Math.max(LEAST_SWEPT, 2 * numbers.size());
    }

    /** Of a number of a record, not 0. */
    Owner owner(int number) {
        return known.get(number).owner;
    }

    String text(int number) {
        return known.get(number).text;
    }
}
