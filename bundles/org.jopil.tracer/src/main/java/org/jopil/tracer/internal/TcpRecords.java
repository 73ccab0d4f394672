// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.jopil.bpf.Layout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.TcpSource.Connection;
import org.jopil.api.source.TcpSource.Path;
import org.jopil.api.source.TcpSource.Retransmits;
import org.jopil.api.source.TcpSource.Traffic;
import org.jopil.api.source.TcpSource.Troubles;

/** From {@code struct tcp_record} to what people read. Any thread. */
final class TcpRecords {
    /** The kernel's numbers (include/net/tcp_states.h), by the names of {@code ss}. */
    private static final String[] STATES = {
        "unknown",
        "established",
        "syn-sent",
        "syn-recv",
        "fin-wait-1",
        "fin-wait-2",
        "time-wait",
        "closed",
        "close-wait",
        "last-ack",
        "listen",
        "closing",
        "syn-recv"
    };

    private static final String[] CONGESTION = {"open", "disorder", "cwr", "recovery", "loss"};
    private static final int CLOSED = 7;
    private static final long UNKNOWN = 0xffffffffL;

    private final InterfaceNames names = new InterfaceNames();
    private final Privacy privacy;

    TcpRecords(Privacy privacy) {
        this.privacy = privacy;
    }

    Connection connection(ByteBuffer r, long epochMinusMonoNs) {
        int flags = r.getShort(TCP_RECORD_FLAGS_OFFSET) & 0xffff;
        boolean ended = (r.getShort(TCP_RECORD_TYPE_OFFSET) & 0xffff) != TCP_OPEN;
        int state = ended ? CLOSED : r.get(TCP_RECORD_STATE_OFFSET);
        long drops = number(r, TCP_RECORD_DROPS_OFFSET);
        long handshakeUs = number(r, TCP_RECORD_HANDSHAKE_US_OFFSET);
        return new Connection(
                r.getLong(TCP_RECORD_COOKIE_OFFSET),
                namespace(r.getInt(TCP_RECORD_NETNS_OFFSET)),
                address(r, TCP_RECORD_LOCAL_OFFSET),
                r.getShort(TCP_RECORD_LOCAL_PORT_OFFSET) & 0xffff,
                address(r, TCP_RECORD_REMOTE_OFFSET),
                r.getShort(TCP_RECORD_REMOTE_PORT_OFFSET) & 0xffff,
                state < STATES.length ? STATES[state] : STATES[0],
                (flags & TCP_ACTIVE) != 0 ? Boolean.TRUE : (flags & TCP_PASSIVE) != 0 ? Boolean.FALSE : null,
                handshakeUs == 0 ? -1 : handshakeUs,
                r.getLong(TCP_RECORD_TIMESTAMP_NS_OFFSET) + epochMinusMonoNs,
                path(r),
                retransmits(r),
                new Troubles(
                        number(r, TCP_RECORD_RCV_OOOPACK_OFFSET),
                        number(r, TCP_RECORD_DSACK_DUPS_OFFSET),
                        number(r, TCP_RECORD_ZERO_WINDOWS_SENT_OFFSET),
                        number(r, TCP_RECORD_ZERO_WINDOWS_RECEIVED_OFFSET),
                        number(r, TCP_RECORD_RESETS_SENT_OFFSET),
                        number(r, TCP_RECORD_RESETS_RECEIVED_OFFSET),
                        drops == UNKNOWN ? -1 : drops),
                traffic(r, state));
    }

    private static Path path(ByteBuffer r) {
        long minRtt = number(r, TCP_RECORD_MIN_RTT_OFFSET);
        int congestion = r.get(TCP_RECORD_CA_STATE_OFFSET);
        return new Path(
                number(r, TCP_RECORD_RTT_OFFSET),
                number(r, TCP_RECORD_RTTVAR_OFFSET),
                minRtt == UNKNOWN ? -1 : minRtt,
                number(r, TCP_RECORD_SND_CWND_OFFSET),
                number(r, TCP_RECORD_SND_SSTHRESH_OFFSET),
                congestion < CONGESTION.length ? CONGESTION[congestion] : String.valueOf(congestion),
                number(r, TCP_RECORD_SND_MSS_OFFSET));
    }

    private static Retransmits retransmits(ByteBuffer r) {
        return new Retransmits(
                number(r, TCP_RECORD_TOTAL_RETRANS_OFFSET),
                kind(r, TCP_TIMEOUT),
                kind(r, TCP_FAST),
                kind(r, TCP_PROBE),
                kind(r, TCP_SYN),
                kind(r, TCP_SYNACK),
                number(r, TCP_RECORD_RETRANSMITS_EARLIER_OFFSET));
    }

    private static long kind(ByteBuffer r, int kind) {
        return number(r, TCP_RECORD_RETRANSMITS_OFFSET + kind * Integer.BYTES);
    }

    private static Traffic traffic(ByteBuffer r, int state) {
        boolean listens = STATES[Math.min(state, STATES.length - 1)].equals("listen");
        return new Traffic(
                r.getLong(TCP_RECORD_BYTES_ACKED_OFFSET),
                r.getLong(TCP_RECORD_BYTES_RECEIVED_OFFSET),
                number(r, TCP_RECORD_SEGS_OUT_OFFSET),
                number(r, TCP_RECORD_SEGS_IN_OFFSET),
                listens ? 0 : number(r, TCP_RECORD_SEND_QUEUE_BYTES_OFFSET),
                number(r, listens ? TCP_RECORD_UNACKED_OFFSET : TCP_RECORD_RECEIVE_QUEUE_BYTES_OFFSET),
                listens ? number(r, TCP_RECORD_SACKED_OFFSET) : -1);
    }

    private static long number(ByteBuffer r, int at) {
        return Integer.toUnsignedLong(r.getInt(at));
    }

    private String address(ByteBuffer r, int at) {
        ByteBuffer bytes = r.duplicate().order(ByteOrder.BIG_ENDIAN);
        long[] hi = {bytes.getLong(at)};
        long[] lo = {bytes.getLong(at + Long.BYTES)};
        privacy.hide(hi, lo, 0);
        return Addresses.text(hi[0], lo[0]);
    }

    private synchronized String namespace(int netns) {
        return names.namespaceOf(netns);
    }
}
