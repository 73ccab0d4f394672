// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.analyzer.flow.internal.TcpNumbers.Measure;
import org.jopil.api.event.TcpFlags;

/**
 * What the segments of one TCP connection tell, by the rules of Wireshark's User's Guide, "TCP Analysis". Time is that of
 * the segments alone. Reused; allocates nothing per
 * segment but the room for holes with the first. One thread.
 *
 * <p>What was not seen below the highest sequence number is kept as holes: a segment that touches none of them was seen
 * before. With more than {@link #HOLES} at a time the oldest is forgotten, and the counts are not known any more.
 */
final class SegmentedConnection {
    private static final int HOLES = 32;
    private static final long FAST_NS = 20_000_000;
    /** As long as no handshake says how far the ends are apart. */
    private static final long OUT_OF_ORDER_NS = 3_000_000;

    private static final int OPENING_OR_END = TcpFlags.SYN | TcpFlags.FIN | TcpFlags.RST;

    long meta;
    long aHi;
    long aLo;
    long bHi;
    long bLo;
    int ports;
    int hash;
    SegmentedConnection next;
    long lastNs;
    private int lastCpu;

    private final End[] ends = {new End(), new End()};
    private boolean unknown;
    private long synNs;
    private boolean synSeen;
    private boolean synAckSeen;
    private int synAckNext;
    private long handshakeNs;

    /** One direction. */
    private static final class End {
        private boolean begun;
        private boolean acknowledged;
        private boolean synSeen;
        private int isn;
        private int nextSequence;
        private long nextSequenceNs;
        private int acknowledgment;
        private long acknowledgmentNs;
        private int window;
        private int scale;
        private int duplicateAcks;
        private boolean keptAlive;
        private boolean probed;
        private int[] holeFrom;
        private int[] holeTo;
        private int holes;

        private long retransmitted;
        private long outOfOrder;
        private long duplicates;
        private long zeroWindows;
        private long resets;
        private long packets;
        /** Of the records that the active time-out closed. */
        private long packetsEarlier;

        private void clear() {
            begun = false;
            acknowledged = false;
            synSeen = false;
            window = -1;
            scale = TcpSegment.NO_SCALE;
            duplicateAcks = 0;
            keptAlive = false;
            probed = false;
            holes = 0;
            retransmitted = 0;
            outOfOrder = 0;
            duplicates = 0;
            zeroWindows = 0;
            resets = 0;
            packets = 0;
            packetsEarlier = 0;
        }

        private boolean missed(int from, int to) {
            for (int i = 0; i < holes; i++) {
                if (to - holeFrom[i] > 0 && holeTo[i] - from > 0) {
                    return true;
                }
            }
            return false;
        }

        /** Takes what came from the holes; whether they all found room. */
        private boolean fill(int from, int to) {
            boolean room = true;
            int last = holes;
            for (int i = last - 1; i >= 0; i--) {
                int left = holeFrom[i];
                int right = holeTo[i];
                if (to - left <= 0 || right - from <= 0) {
                    continue;
                }
                remove(i);
                if (from - left > 0) {
                    room &= add(left, from);
                }
                if (right - to > 0) {
                    room &= add(to, right);
                }
            }
            return room;
        }

        private boolean add(int from, int to) {
            if (holeFrom == null) {
                holeFrom = new int[HOLES];
                holeTo = new int[HOLES];
            }
            boolean room = holes < HOLES;
            if (!room) {
                remove(0);
            }
            holeFrom[holes] = from;
            holeTo[holes++] = to;
            return room;
        }

        private void remove(int i) {
            holes--;
            System.arraycopy(holeFrom, i + 1, holeFrom, i, holes - i);
            System.arraycopy(holeTo, i + 1, holeTo, i, holes - i);
        }

        /** The other end has all before. */
        private void forgetBefore(int sequence) {
            for (int i = holes - 1; i >= 0; i--) {
                if (sequence - holeTo[i] >= 0) {
                    remove(i);
                }
            }
        }
    }

    void begin() {
        unknown = false;
        lastNs = Long.MIN_VALUE;
        synSeen = false;
        synAckSeen = false;
        handshakeNs = TcpNumbers.UNKNOWN;
        ends[0].clear();
        ends[1].clear();
    }

    /** Segments are missing: nothing is known of it any more, to its end. */
    void unknown() {
        unknown = true;
    }

    /** Whether the segment belongs to the next connection of the same ports. */
    boolean isOver(TcpSegment s, int from) {
        End own = ends[from];
        return (s.flags & (TcpFlags.SYN | TcpFlags.ACK)) == TcpFlags.SYN && own.begun && own.isn != s.sequence;
    }

    /** A segment of {@code wirePackets} from one end. */
    void take(TcpSegment s, int from, int wirePackets) {
        // the rings of two CPUs are in order each, not both together: what came first is not known then
        unknown |= s.timestampNs < lastNs && s.cpu != lastCpu;
        lastNs = s.timestampNs;
        lastCpu = s.cpu;
        End own = ends[from];
        End other = ends[from ^ 1];
        own.packets += wirePackets;
        handshake(s, own, other);
        if ((s.flags & TcpFlags.RST) != 0) {
            own.resets++;
        }
        analyze(s, own, other);
    }

    private void handshake(TcpSegment s, End own, End other) {
        int syn = s.flags & (TcpFlags.SYN | TcpFlags.ACK);
        if ((syn & TcpFlags.SYN) != 0) {
            own.synSeen = true;
            own.scale = s.scale;
            if (syn == TcpFlags.SYN) {
                synSeen = true;
                synNs = s.timestampNs;
            } else if (synSeen) {
                synAckSeen = true;
                synAckNext = s.sequence + 1;
            }
        } else if (syn == TcpFlags.ACK
                && synAckSeen
                && handshakeNs == TcpNumbers.UNKNOWN
                && s.acknowledgment == synAckNext
                && other.synSeen
                && (s.flags & TcpFlags.RST) == 0) {
            handshakeNs = s.timestampNs - synNs;
        }
    }

    private void analyze(TcpSegment s, End own, End other) {
        boolean opensOrEnds = (s.flags & OPENING_OR_END) != 0;
        boolean empty = s.payloadBytes == 0;
        boolean isNext = own.begun && s.sequence == own.nextSequence;
        boolean probe = s.payloadBytes == 1 && isNext && other.window == 0;
        boolean keepAlive = false;
        boolean duplicateAck = false;
        if (!probe) {
            if (s.window == 0 && !opensOrEnds) {
                own.zeroWindows++;
            }
            keepAlive = own.begun && s.payloadBytes <= 1 && s.sequence == own.nextSequence - 1 && !opensOrEnds;
            boolean same = empty
                    && s.window == own.window
                    && isNext
                    && own.acknowledged
                    && s.acknowledgment == own.acknowledgment
                    && !opensOrEnds;
            duplicateAck = same && s.window != 0 && !other.keptAlive;
        }
        own.duplicateAcks = duplicateAck ? own.duplicateAcks + 1 : 0;
        boolean occupies = !empty || (s.flags & (TcpFlags.SYN | TcpFlags.FIN)) != 0;
        if (occupies && own.begun && s.sequence - own.nextSequence < 0 && !keepAlive) {
            again(s, own, other);
        }
        advance(s, own, occupies && !probe);
        own.window = s.window;
        own.acknowledgmentNs = s.timestampNs;
        own.keptAlive = keepAlive;
        own.probed = probe;
        if ((s.flags & TcpFlags.ACK) != 0) {
            own.acknowledgment = s.acknowledgment;
            own.acknowledged = true;
            other.forgetBefore(s.acknowledgment);
        }
    }

    /** It does not go beyond what came before. */
    private void again(TcpSegment s, End own, End other) {
        if (s.payloadBytes > 1 && own.nextSequence - 1 == s.sequence && own.probed) {
            return;
        }
        int end = s.sequence + s.payloadBytes;
        boolean fast = other.duplicateAcks >= 2
                && s.timestampNs - other.acknowledgmentNs < FAST_NS
                && (other.acknowledgment == s.sequence || s.sack);
        if (fast) {
            own.retransmitted++;
        } else if (s.payloadBytes > 0 && other.acknowledged && end - other.acknowledgment <= 0) {
            own.retransmitted++;
            own.duplicates++;
        } else if (s.timestampNs - own.nextSequenceNs < outOfOrderNs() && own.missed(s.sequence, occupied(s))) {
            own.outOfOrder++;
        } else {
            own.retransmitted++;
        }
    }

    private long outOfOrderNs() {
        return handshakeNs > 0 ? handshakeNs : OUT_OF_ORDER_NS;
    }

    /** SYN and FIN take a sequence number each; one is what they take together in a segment that makes sense. */
    private static int occupied(TcpSegment s) {
        return s.sequence + s.payloadBytes + ((s.flags & (TcpFlags.SYN | TcpFlags.FIN)) != 0 ? 1 : 0);
    }

    private void advance(TcpSegment s, End own, boolean occupies) {
        int end = occupied(s);
        if (!own.begun) {
            if ((s.flags & TcpFlags.RST) == 0) {
                own.begun = true;
                own.isn = s.sequence;
                own.nextSequence = end;
                own.nextSequenceNs = s.timestampNs;
            }
            return;
        }
        if (!occupies) {
            return;
        }
        if (s.sequence - own.nextSequence > 0) {
            unknown |= !own.add(own.nextSequence, s.sequence);
        }
        unknown |= !own.fill(s.sequence, end);
        if (end - own.nextSequence > 0) {
            own.nextSequence = end;
            own.nextSequenceNs = s.timestampNs;
        }
    }

    /** The active time-out closed a record with so many packets from either end. */
    void earlier(long packetsA, long packetsB) {
        ends[FlowRecords.A].packetsEarlier += packetsA;
        ends[FlowRecords.B].packetsEarlier += packetsB;
    }

    /** Of packets of the record that goes on, those that are not here. */
    boolean misses(long packetsA, long packetsB) {
        return ends[FlowRecords.A].packets - ends[FlowRecords.A].packetsEarlier < packetsA
                || ends[FlowRecords.B].packets - ends[FlowRecords.B].packetsEarlier < packetsB;
    }

    /** Null if segments are missing. */
    TcpNumbers numbers() {
        if (unknown) {
            return null;
        }
        TcpNumbers numbers = new TcpNumbers(TcpNumbers.SEGMENTS);
        numbers.handshakeNs(handshakeNs);
        scales(numbers);
        for (int end = 0; end < ends.length; end++) {
            End own = ends[end];
            numbers.set(Measure.RETRANSMITTED, end, own.retransmitted);
            numbers.set(Measure.OUT_OF_ORDER, end, own.outOfOrder);
            numbers.set(Measure.DUPLICATES, end, own.duplicates);
            numbers.set(Measure.ZERO_WINDOWS, end, own.zeroWindows);
            numbers.set(Measure.RESETS, end, own.resets);
        }
        return numbers;
    }

    /** Adds what both SYNs said, which no loss makes wrong (RFC 7323 section 2.2: both, or none). */
    void scales(TcpNumbers numbers) {
        End a = ends[FlowRecords.A];
        End b = ends[FlowRecords.B];
        if (a.synSeen && b.synSeen) {
            boolean scaled = a.scale != TcpSegment.NO_SCALE && b.scale != TcpSegment.NO_SCALE;
            numbers.set(Measure.WINDOW_SCALE, FlowRecords.A, scaled ? a.scale : 0);
            numbers.set(Measure.WINDOW_SCALE, FlowRecords.B, scaled ? b.scale : 0);
        }
    }
}
