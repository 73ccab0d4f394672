// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Counters;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HandOffs.HandOff;

/** The kernel's counters at one moment. One thread. */
final class CounterReading implements Counters.Visitor {
    /** An event on its way through the kernel's program is observed, and not yet submitted. */
    private static final int LOOKS = 16;

    /** One direction of one interface. */
    record Side(int interfaceId, Direction direction) {}

    /** One protocol on one side. */
    record Line(Side side, int protocol) {}

    /** Packets of every line. */
    private final Map<Line, Long> packets = new HashMap<>();

    private final Map<Side, HandOff> events = new HashMap<>();
    private final IntFunction<String> interfaceNames;

    private CounterReading(IntFunction<String> interfaceNames) {
        this.interfaceNames = interfaceNames;
    }

    /** Looks again while an event is on its way. */
    static CounterReading of(Counters counters, IntFunction<String> interfaceNames) {
        CounterReading reading = new CounterReading(interfaceNames);
        for (int look = 0; look < LOOKS; look++) {
            reading.packets.clear();
            reading.events.clear();
            counters.read(reading);
            if (reading.events.values().stream().allMatch(side -> side.difference() == 0)) {
                break;
            }
        }
        return reading;
    }

    @Override
    public void counter(int interfaceId, Direction direction, int cpu, int protocol, long more, long bytes) {
        packets.merge(new Line(new Side(interfaceId, direction), protocol), more, Long::sum);
    }

    @Override
    public void events(
            int interfaceId, Direction direction, long observed, long submitted, long sampledOut, long ringFull) {
        Side side = new Side(interfaceId, direction);
        events.put(
                side, new HandOff(HandOffs.KERNEL_COUNTER, name(side), observed, submitted, sampledOut, ringFull, 0));
    }

    String name(Side side) {
        return interfaceNames.apply(side.interfaceId) + " " + side.direction.text();
    }

    Map<Line, Long> packets() {
        return packets;
    }

    /** Packets of all protocols of one side. */
    long packets(Side side) {
        long sum = 0;
        for (Map.Entry<Line, Long> line : packets.entrySet()) {
            sum += line.getKey().side.equals(side) ? line.getValue() : 0;
        }
        return sum;
    }

    Map<Side, HandOff> events() {
        return events;
    }

    /** What became of the observations of each side: passed on a ring, left out by the sampling step, lost to a full ring. */
    List<HandOff> handOffs() {
        return new ArrayList<>(events.values());
    }
}
