// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.jopil.bpf.Layout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jopil.api.source.TcpSource.Retransmits;
import org.jopil.api.source.TcpSource.Sums;
import org.jopil.bpf.BpfMap;

/** {@code struct tcp_sums} of all CPUs, added up. Any thread. */
final class TcpSums {
    private final ByteBuffer cpus;

    private TcpSums(ByteBuffer cpus) {
        this.cpus = cpus;
    }

    static TcpSums of(BpfMap map) {
        return new TcpSums(ByteBuffer.wrap(map.lookup(0).orElseThrow()).order(ByteOrder.nativeOrder()));
    }

    private long sum(int offset) {
        long sum = 0;
        for (int at = offset; at < cpus.capacity(); at += TCP_SUMS_SIZE) {
            sum += cpus.getLong(at);
        }
        return sum;
    }

    private long retransmits(int kind) {
        return sum(TCP_SUMS_RETRANSMITS_OFFSET + kind * Long.BYTES);
    }

    /** Ends of connections that were told of, or found the ring full. */
    RingAccount.Book book() {
        return new RingAccount.Book(
                sum(TCP_SUMS_CLOSED_OFFSET), sum(TCP_SUMS_SUBMITTED_OFFSET), 0, sum(TCP_SUMS_RING_FULL_OFFSET));
    }

    long lost() {
        return sum(TCP_SUMS_RING_FULL_OFFSET) + sum(TCP_SUMS_NO_STORAGE_OFFSET);
    }

    Sums sums() {
        long total = 0;
        for (int kind = 0; kind < TCP_SUMS_RETRANSMITS_LENGTH; kind++) {
            total += retransmits(kind);
        }
        return new Sums(
                sum(TCP_SUMS_HANDSHAKES_ACTIVE_OFFSET),
                sum(TCP_SUMS_HANDSHAKES_PASSIVE_OFFSET),
                sum(TCP_SUMS_HANDSHAKE_US_ACTIVE_OFFSET),
                sum(TCP_SUMS_HANDSHAKE_US_PASSIVE_OFFSET),
                sum(TCP_SUMS_HANDSHAKES_UNMEASURED_OFFSET),
                sum(TCP_SUMS_FAILURES_ACTIVE_OFFSET),
                sum(TCP_SUMS_FAILURES_PASSIVE_OFFSET),
                new Retransmits(
                        total,
                        retransmits(TCP_TIMEOUT),
                        retransmits(TCP_FAST),
                        retransmits(TCP_PROBE),
                        retransmits(TCP_SYN),
                        retransmits(TCP_SYNACK),
                        0),
                sum(TCP_SUMS_RESETS_SENT_OFFSET),
                sum(TCP_SUMS_RESETS_RECEIVED_OFFSET),
                sum(TCP_SUMS_ZERO_WINDOWS_SENT_OFFSET),
                sum(TCP_SUMS_ZERO_WINDOWS_RECEIVED_OFFSET));
    }
}
