// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

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

    private final LiveFlows live;
    private final Numbers<Known> numbers;
    private volatile Owners source;

    private record Known(Owner owner, String text) {}

    FlowOwners(LiveFlows live, EndedFlows ended) {
        this.live = live;
        this.numbers = new Numbers<>(live, ended, FlowRecords::owner);
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
                    records.owner(
                            i, numbers.number(new Known(owner.get(), owner.get().text())));
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

    /** Of a number of a record, not 0. */
    Owner owner(int number) {
        return numbers.value(number).owner;
    }

    String text(int number) {
        return numbers.value(number).text;
    }
}
