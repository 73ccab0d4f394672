// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.FlowBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;
import org.jopil.api.filter.Row;
import org.jopil.api.source.AddressFacts.Facts;

/** Moves over live records, then over ended ones, newest end last. */
final class FlowCursor implements Row {
    private static final FlowField[] FIELDS = FlowField.values();
    private static final FlowBatch.EndReason[] END_REASONS = FlowBatch.EndReason.values();
    private static final String[] PROTOCOLS = new String[256];

    static {
        for (int protocol = 0; protocol < PROTOCOLS.length; protocol++) {
            PROTOCOLS[protocol] = Protocols.name(protocol);
        }
    }

    private final FlowTracker tracker;
    private final InterfaceNames names;
    private final FlowOwners owners;
    private final FlowApplications applications;
    private final FlowPlaces places;
    private final CommunityId communityId = new CommunityId();
    private final FlowTcp tcp;
    private FlowRecords records;
    private int i;
    private boolean tcpRead;
    private TcpNumbers tcpNumbers;

    /** Of the record; null until it is asked for. A row has one answer, whatever databases come meanwhile. */
    private Facts src;

    private Facts dst;

    FlowCursor(FlowTracker tracker, InterfaceNames names) {
        this.tracker = tracker;
        this.names = names;
        this.owners = tracker.owners();
        this.applications = tracker.applications();
        this.tcp = tracker.tcp();
        this.places = tracker.places();
    }

    void to(int n) {
        tcpRead = false;
        src = null;
        dst = null;
        int living = tracker.live().size();
        if (n < living) {
            records = tracker.live().records();
            i = n;
        } else {
            records = tracker.ended().records();
            i = tracker.ended().at(n - living);
        }
    }

    boolean isWithin(long sinceNs, long untilNs) {
        return records.last(i) >= sinceNs && records.first(i) <= untilNs;
    }

    /** Ties are broken by age. */
    long newest() {
        return records.id(i);
    }

    /** Null if nothing is known. */
    private TcpNumbers tcp() {
        if (!tcpRead) {
            tcpRead = true;
            tcpNumbers = records == tracker.live().records() ? tcp.ofLive(i) : tcp.ofEnded(i);
        }
        return tcpNumbers;
    }

    /** {@link TcpNumbers#UNKNOWN} if it is. */
    private long measured(FlowField field) {
        TcpNumbers numbers = tcp();
        if (numbers == null) {
            return TcpNumbers.UNKNOWN;
        }
        if (field == FlowField.HANDSHAKE_US) {
            return numbers.handshakeNs() == TcpNumbers.UNKNOWN ? TcpNumbers.UNKNOWN : numbers.handshakeNs() / 1000;
        }
        int from = records.opener(i);
        return numbers.of(field.measure, field.isReverse ? from ^ 1 : from);
    }

    private Facts src() {
        if (src == null) {
            src = places.of(records.srcHi(i), records.srcLo(i));
        }
        return src;
    }

    private Facts dst() {
        if (dst == null) {
            dst = places.of(records.dstHi(i), records.dstLo(i));
        }
        return dst;
    }

    private boolean hasPorts() {
        return !FlowKeys.isFragment(records.meta(i)) && Protocols.hasPorts(records.ipProtocol(i));
    }

    @Override
    public boolean has(int field) {
        return switch (FIELDS[field]) {
            case COMMUNITY_ID -> !FlowKeys.isFragment(records.meta(i));
            case SRC_PORT, DST_PORT -> hasPorts();
            case END_REASON -> records.endReason(i) != 0;
            case PROCESS, PID, UID -> records.owner(i) != 0;
            case APPLICATION, APPLICATION_SOURCE, UNUSUAL_PORT -> records.application(i) != 0;
            case SERVER_NAME -> records.application(i) != 0 && applications.serverName(records.application(i)) != null;
            case TCP_SOURCE -> tcp() != null;
            case HANDSHAKE_US -> measured(FlowField.HANDSHAKE_US) != TcpNumbers.UNKNOWN;
            case SRC_COUNTRY -> src().country() != null;
            case DST_COUNTRY -> dst().country() != null;
            case SRC_AS -> src().as() != 0;
            case DST_AS -> dst().as() != 0;
            case SRC_AS_NAME -> src().asName() != null;
            case DST_AS_NAME -> dst().asName() != null;
            case VLAN -> FlowKeys.vlan(records.meta(i)) != 0;
            case INNER_VLAN -> FlowKeys.innerVlan(records.meta(i)) != 0;
            case ICMP_TYPE -> Icmp.is(records.ipProtocol(i)) && !FlowKeys.isFragment(records.meta(i));
            default -> FIELDS[field].measure == null || measured(FIELDS[field]) != TcpNumbers.UNKNOWN;
        };
    }

    @Override
    public long number(int field) {
        return switch (FIELDS[field]) {
            case ID -> records.id(i);
            case SRC_PORT, ICMP_TYPE -> records.srcPort(i);
            case DST_PORT -> records.dstPort(i);
            case PACKETS -> records.packets(i);
            case BYTES -> records.bytes(i);
            case PACKETS_FWD -> records.packetsFwd(i);
            case PACKETS_REV -> records.packetsRev(i);
            case BYTES_FWD -> records.bytesFwd(i);
            case BYTES_REV -> records.bytesRev(i);
            case FIRST_SEEN -> milliseconds(records.first(i));
            case LAST_SEEN -> milliseconds(records.last(i));
            case DURATION_MS -> Math.max(0, records.last(i) - records.first(i)) / 1_000_000;
            case PID -> owners.owner(records.owner(i)).pid();
            case UID -> owners.owner(records.owner(i)).uid();
            case UNUSUAL_PORT -> applications.isUnusualPort(records.application(i)) ? 1 : 0;
            case SRC_AS -> src().as();
            case DST_AS -> dst().as();
            case RECORD -> records.record(i);
            case VLAN -> FlowKeys.vlan(records.meta(i));
            case INNER_VLAN -> FlowKeys.innerVlan(records.meta(i));
            case IP_VERSION -> Addresses.isIpv4(
                            records.addressHi(i, FlowRecords.A), records.addressLo(i, FlowRecords.A))
                    ? 4
                    : 6;
            case IP_PROTOCOL -> records.ipProtocol(i);
            case FRAGMENT -> FlowKeys.isFragment(records.meta(i)) ? 1 : 0;
            case PARTIAL -> records.isPartial(i) ? 1 : 0;
            default -> {
                if (FIELDS[field].measure == null && FIELDS[field] != FlowField.HANDSHAKE_US) {
                    throw new IllegalArgumentException(FIELDS[field] + " is no number");
                }
                yield measured(FIELDS[field]);
            }
        };
    }

    @Override
    public double real(int field) {
        return number(field);
    }

    @Override
    public long addressHi(int field) {
        return FIELDS[field] == FlowField.SRC_IP ? records.srcHi(i) : records.dstHi(i);
    }

    @Override
    public long addressLo(int field) {
        return FIELDS[field] == FlowField.SRC_IP ? records.srcLo(i) : records.dstLo(i);
    }

    @Override
    public String text(int field) {
        return switch (FIELDS[field]) {
            case COMMUNITY_ID -> communityId.text(
                    records.ipProtocol(i),
                    records.addressHi(i, FlowRecords.A),
                    records.addressLo(i, FlowRecords.A),
                    records.port(i, FlowRecords.A),
                    records.addressHi(i, FlowRecords.B),
                    records.addressLo(i, FlowRecords.B),
                    records.port(i, FlowRecords.B),
                    CommunityId.usesPorts(records.ipProtocol(i)));
            case INTERFACE -> names.name(FlowKeys.interfaceId(records.meta(i)));
            case NAMESPACE -> names.namespace(FlowKeys.interfaceId(records.meta(i)));
            case PROTOCOL -> PROTOCOLS[records.ipProtocol(i)];
            case TCP_FLAGS -> TcpFlags.text(records.flags(i));
            case STATE -> records.state(i).text();
            case END_REASON -> END_REASONS[records.endReason(i)].text();
            case PROCESS -> owners.text(records.owner(i));
            case APPLICATION -> applications.name(records.application(i)).text();
            case APPLICATION_SOURCE -> applications
                    .namedBy(records.application(i))
                    .text();
            case SERVER_NAME -> applications.serverName(records.application(i)).text();
            case TCP_SOURCE -> tcp().source;
            case SRC_COUNTRY -> src().country();
            case DST_COUNTRY -> dst().country();
            case SRC_AS_NAME -> src().asName();
            case DST_AS_NAME -> dst().asName();
            case SRC_IP -> Addresses.text(records.srcHi(i), records.srcLo(i));
            case DST_IP -> Addresses.text(records.dstHi(i), records.dstLo(i));
            default -> Long.toString(number(field));
        };
    }

    Object value(FlowField field) {
        if (!has(field.ordinal())) {
            return null;
        }
        return switch (field.column.type()) {
            case TEXT, ADDRESS -> text(field.ordinal());
            case LIST -> TcpFlags.names(records.flags(i));
            case BOOLEAN -> number(field.ordinal()) != 0;
            default -> number(field.ordinal());
        };
    }

    Object[] values() {
        Object[] values = new Object[FIELDS.length];
        for (FlowField field : FIELDS) {
            values[field.ordinal()] = value(field);
        }
        return values;
    }

    long packets() {
        return records.packets(i);
    }

    long bytes() {
        return records.bytes(i);
    }

    /** With {@link #sortLow} a key that orders as the values do, texts by their first 16 characters. */
    long sortHigh(FlowField field) {
        return switch (field.column.type()) {
                // unsigned, moved into the signed range
            case ADDRESS -> addressHi(field.ordinal()) ^ Long.MIN_VALUE;
            case TEXT, LIST -> characters(text(field.ordinal()), 0);
            default -> number(field.ordinal());
        };
    }

    long sortLow(FlowField field) {
        return switch (field.column.type()) {
            case ADDRESS -> addressLo(field.ordinal()) ^ Long.MIN_VALUE;
            case TEXT, LIST -> characters(text(field.ordinal()), 8);
            default -> 0;
        };
    }

    /** With {@link #groupLow} a key that is equal for equal values alone; for fields that can be grouped by. */
    long groupHigh(FlowField field) {
        return switch (field) {
            case SRC_IP, DST_IP -> addressHi(field.ordinal());
                // 126 bits of a hash
            case COMMUNITY_ID -> characters(text(field.ordinal()), 2);
            case INTERFACE -> FlowKeys.interfaceId(records.meta(i));
            case NAMESPACE -> names.namespaceNumber(FlowKeys.interfaceId(records.meta(i)));
            case PROTOCOL -> records.ipProtocol(i);
            case TCP_FLAGS -> records.flags(i);
            case STATE -> records.state(i).ordinal();
            case END_REASON -> records.endReason(i);
            case PROCESS -> records.owner(i);
            case TCP_SOURCE -> tcp().isKernel() ? 1 : 0;
            case APPLICATION -> applications.name(records.application(i)).high();
            case APPLICATION_SOURCE -> applications
                    .namedBy(records.application(i))
                    .high();
            case SERVER_NAME -> applications.serverName(records.application(i)).high();
            case SRC_COUNTRY, DST_COUNTRY, SRC_AS_NAME, DST_AS_NAME -> places.key(text(field.ordinal()))
                    .high();
            default -> number(field.ordinal());
        };
    }

    long groupLow(FlowField field) {
        return switch (field) {
            case SRC_IP, DST_IP -> addressLo(field.ordinal());
            case COMMUNITY_ID -> characters(text(field.ordinal()), 10);
            case APPLICATION -> applications.name(records.application(i)).low();
            case APPLICATION_SOURCE -> applications
                    .namedBy(records.application(i))
                    .low();
            case SERVER_NAME -> applications.serverName(records.application(i)).low();
            case SRC_COUNTRY, DST_COUNTRY, SRC_AS_NAME, DST_AS_NAME -> places.key(text(field.ordinal()))
                    .low();
            default -> 0;
        };
    }

    private static long characters(String text, int from) {
        long packed = 0;
        for (int k = from; k < from + 8; k++) {
            packed = packed << 8 | (k < text.length() ? text.charAt(k) & 127 : 0);
        }
        return packed;
    }

    /** No more digits than a jiffy can tell. */
    private static long milliseconds(long timeNs) {
        return timeNs - Math.floorMod(timeNs, 1_000_000L);
    }
}
