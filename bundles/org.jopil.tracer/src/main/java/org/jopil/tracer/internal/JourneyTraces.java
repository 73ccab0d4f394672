// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.PacketTraces;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;

/** The one trace that the kernel half takes at a time, in {@code struct journey_control}. Any thread. */
final class JourneyTraces implements AutoCloseable {
    private static final int UNTIL = Layout.JOURNEY_CONTROL_TRACE_OFFSET + Layout.JOURNEY_TRACE_UNTIL_NS_OFFSET;

    private final MappedRegion control;
    private final LongSupplier leftOut;
    private Running running;

    /**
     * Maps it.
     *
     * @param control map journey_control; stays the caller's
     * @param leftOut what the kernel half left out, since ever
     */
    JourneyTraces(BpfMap control, LongSupplier leftOut) {
        this.control = control.map(true);
        this.leftOut = leftOut;
    }

    synchronized PacketTraces.Trace begin(PacketTraces.Condition condition, Duration duration) {
        Instant now = Instant.now();
        if (running != null && now.isBefore(running.until)) {
            throw new JopilException(
                    "JOPIL-117",
                    409,
                    "Another trace is running",
                    "One can run at a time, and that one ends at " + running.until
                            + " at the latest. Wait, or end it with Ctrl-C where it was typed.");
        }
        byte[] wanted = bytes(condition);
        control.putLongRelease(UNTIL, 0);
        ByteBuffer words = ByteBuffer.wrap(wanted).order(ByteOrder.nativeOrder());
        for (int at = Long.BYTES; at < wanted.length; at += Long.BYTES) {
            control.putLong(Layout.JOURNEY_CONTROL_TRACE_OFFSET + at, words.getLong(at));
        }
        Instant until = now.plus(duration);
        control.putLongRelease(UNTIL, EpochClock.ns(until) - EpochClock.minusKernelMono());
        running = new Running(until, leftOut.getAsLong());
        return running;
    }

    /** As {@code struct journey_trace}, its time left open. */
    private static byte[] bytes(PacketTraces.Condition condition) {
        ByteBuffer trace = ByteBuffer.allocate(Layout.JOURNEY_TRACE_SIZE).order(ByteOrder.nativeOrder());
        putAddress(trace, Layout.JOURNEY_TRACE_ADDRESS_A_OFFSET, condition.addressA());
        putAddress(trace, Layout.JOURNEY_TRACE_ADDRESS_B_OFFSET, condition.addressB());
        trace.putShort(Layout.JOURNEY_TRACE_PORT_A_OFFSET, (short) condition.portA());
        trace.putShort(Layout.JOURNEY_TRACE_PORT_B_OFFSET, (short) condition.portB());
        trace.put(Layout.JOURNEY_TRACE_PROTOCOL_OFFSET, (byte) condition.protocol());
        return trace.array();
    }

    private static void putAddress(ByteBuffer trace, int offset, String text) {
        if (text.isEmpty()) {
            return;
        }
        long[] halves =
                Addresses.parse(text).orElseThrow(() -> new IllegalArgumentException("not a numeric address: " + text));
        ByteBuffer network = trace.duplicate().order(ByteOrder.BIG_ENDIAN);
        network.putLong(offset, halves[0]).putLong(offset + Long.BYTES, halves[1]);
    }

    private synchronized void end(Running trace) {
        if (running == trace) {
            running = null;
            control.putLongRelease(UNTIL, 0);
        }
    }

    /** Ends what runs, and unmaps. */
    @Override
    public synchronized void close() {
        if (running != null) {
            end(running);
        }
        control.close();
    }

    private final class Running implements PacketTraces.Trace {
        private final Instant until;
        private final long leftOutBefore;

        Running(Instant until, long leftOutBefore) {
            this.until = until;
            this.leftOutBefore = leftOutBefore;
        }

        @Override
        public Instant until() {
            return until;
        }

        @Override
        public long leftOut() {
            return leftOut.getAsLong() - leftOutBefore;
        }

        @Override
        public void close() {
            end(this);
        }
    }
}
