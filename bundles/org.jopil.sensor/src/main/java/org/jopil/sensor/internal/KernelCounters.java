// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Counters;
import org.jopil.api.source.FlowSource;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.MappedRegion;

/** All counters. Any thread; one lock, held for microseconds, so that an attachment's end counts neither twice nor never. */
final class KernelCounters implements Counters {
    private final List<InterfaceCounters> interfaces = new ArrayList<>();

    @Override
    public synchronized void read(Visitor visitor) {
        interfaces.forEach(counters -> counters.visit(visitor));
    }

    synchronized void start(int id, int cpus, MappedRegion counters, int stride, BpfMap etherTypes) {
        of(id, cpus).start(counters, stride, etherTypes);
    }

    private InterfaceCounters of(int id, int cpus) {
        for (InterfaceCounters counters : interfaces) {
            if (counters.id() == id) {
                return counters;
            }
        }
        InterfaceCounters fresh = new InterfaceCounters(id, cpus);
        interfaces.add(fresh);
        return fresh;
    }

    /** Afterwards the region is not read any more. */
    synchronized void end(int id) {
        for (InterfaceCounters counters : interfaces) {
            if (counters.id() == id) {
                counters.end();
            }
        }
    }

    /** Packets and bytes of one interface since start. */
    synchronized long[] totals(int id, Direction direction) {
        for (InterfaceCounters counters : interfaces) {
            if (counters.id() == id) {
                return counters.totals(direction);
            }
        }
        return new long[2];
    }

    synchronized long observed() {
        return sum(InterfaceCounters::observed);
    }

    synchronized long submitted() {
        return sum(InterfaceCounters::submitted);
    }

    synchronized long ringFull() {
        return sum(InterfaceCounters::ringFull);
    }

    synchronized long inserted() {
        return sum(InterfaceCounters::inserted);
    }

    synchronized InterfaceCounters.Payloads payloads() {
        return interfaces.stream()
                .map(InterfaceCounters::payloads)
                .reduce(InterfaceCounters.Payloads.NONE, InterfaceCounters.Payloads::plus);
    }

    synchronized long packetsInFlows() {
        return sum(InterfaceCounters::packetsInFlows);
    }

    private long sum(java.util.function.ToLongFunction<InterfaceCounters> value) {
        long sum = 0;
        for (int i = 0; i < interfaces.size(); i++) {
            sum += value.applyAsLong(interfaces.get(i));
        }
        return sum;
    }

    /** Visits the IP packets of every interface and direction; the totals are valid during the call. */
    synchronized void ip(IpVisitor visitor) {
        IpTotals totals = new IpTotals();
        for (InterfaceCounters counters : interfaces) {
            for (Direction direction : Direction.values()) {
                counters.ip(direction, totals);
                visitor.totals(counters.id(), direction, totals);
            }
        }
    }

    /** Visits the interfaces that have IP packets without a flow slot. */
    synchronized void overflow(FlowSource.OverflowVisitor visitor) {
        for (int i = 0; i < interfaces.size(); i++) {
            long packets = interfaces.get(i).overflow();
            if (packets > 0) {
                visitor.overflow(interfaces.get(i).id(), packets);
            }
        }
    }

    interface IpVisitor {
        void totals(int interfaceId, Direction direction, IpTotals totals);
    }
}
