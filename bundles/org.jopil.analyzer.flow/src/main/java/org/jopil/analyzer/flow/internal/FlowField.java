// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import org.jopil.analyzer.flow.internal.TcpNumbers.Measure;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;

/** The fields, in the order of the columns. */
enum FlowField {
    ID(detail("id", Type.NUMBER, "Number of the record, unique while the instance lives")),
    COMMUNITY_ID(detail("community_id", Type.TEXT, "Community ID v1 of the flow, null for later fragments")),
    INTERFACE(column("interface", Type.TEXT, "Interface that the flow was seen on")),
    NAMESPACE(detail("namespace", Type.TEXT, "Network namespace of the interface, empty for our own")),
    PROTOCOL(column("protocol", Type.TEXT, "Upper-layer protocol")),
    SRC_IP(column("src_ip", Type.ADDRESS, "Address of who opened the flow")),
    SRC_PORT(column("src_port", Type.PORT, "Port of who opened the flow, null where there are none")),
    DST_IP(column("dst_ip", Type.ADDRESS, "Address of the other end")),
    DST_PORT(column("dst_port", Type.PORT, "Port of the other end, null where there are none")),
    PACKETS(column("packets", Type.PACKETS, "Wire packets of the record, both directions")),
    BYTES(column("bytes", Type.BYTES, "Wire bytes of the record, both directions")),
    PACKETS_FWD(detail("packets_fwd", Type.PACKETS, "Wire packets from source to destination")),
    PACKETS_REV(detail("packets_rev", Type.PACKETS, "Wire packets from destination to source")),
    BYTES_FWD(detail("bytes_fwd", Type.BYTES, "Wire bytes from source to destination")),
    BYTES_REV(detail("bytes_rev", Type.BYTES, "Wire bytes from destination to source")),
    FIRST_SEEN(detail("first_seen", Type.TIME, "First packet of the record, grain of a kernel tick (1 to 10 ms)")),
    LAST_SEEN(column("last_seen", Type.TIME, "Last packet of the record, same grain")),
    DURATION_MS(column("duration_ms", Type.MILLISECONDS, "From the first packet of the record to its last")),
    TCP_FLAGS(column("tcp_flags", Type.LIST, "TCP flags seen in either direction")),
    STATE(column("state", Type.TEXT, "new, established, closing or ended")),
    END_REASON(column("end_reason", Type.TEXT, "fin, rst, idle or active; null while the record is open")),
    PROCESS(column(
            "process",
            Type.TEXT,
            "Who has the socket, name[pid]; of two ends here the destination's; null if there is none here")),
    PID(detail("pid", Type.NUMBER, "Process id of it")),
    UID(detail("uid", Type.NUMBER, "User of it")),
    APPLICATION(column(
            "application",
            Type.TEXT,
            "What it speaks, in Wireshark's spelling, read from its first bytes; null if that is not known")),
    APPLICATION_SOURCE(detail(
            "application_source",
            Type.TEXT,
            "Who says so: jopil (its reader understood it), rule (magic numbers), ndpi (libndpi); null without one")),
    SERVER_NAME(column("server_name", Type.TEXT, "What the client asked for: SNI or HTTP Host; null if nothing was")),
    UNUSUAL_PORT(detail(
            "unusual_port", Type.BOOLEAN, "The application is registered, but not for this port; null without one")),
    TCP_SOURCE(detail(
            "tcp_source",
            Type.TEXT,
            "Who tells the following: kernel (a socket here), or segments (all were seen); null if nobody")),
    HANDSHAKE_US(
            detail("handshake_us", Type.NUMBER, "Microseconds from SYN to established, null if it was not measured")),
    RETRANSMITTED_FWD(
            detail(
                    "retransmitted_fwd",
                    Type.NUMBER,
                    "Segments sent again from source to destination, since the connection began; null if not known"),
            Measure.RETRANSMITTED,
            false),
    RETRANSMITTED_REV(
            detail(
                    "retransmitted_rev",
                    Type.NUMBER,
                    "Segments sent again from destination to source, since the connection began; null if not known"),
            Measure.RETRANSMITTED,
            true),
    OUT_OF_ORDER_FWD(
            detail(
                    "out_of_order_fwd",
                    Type.NUMBER,
                    "Segments from source to destination that came behind their place; null if not known"),
            Measure.OUT_OF_ORDER,
            false),
    OUT_OF_ORDER_REV(
            detail(
                    "out_of_order_rev",
                    Type.NUMBER,
                    "Segments from destination to source that came behind their place; null if not known"),
            Measure.OUT_OF_ORDER,
            true),
    DUPLICATES_FWD(
            detail(
                    "duplicates_fwd",
                    Type.NUMBER,
                    "Segments from source to destination whose data were there already; null if not known"),
            Measure.DUPLICATES,
            false),
    DUPLICATES_REV(
            detail(
                    "duplicates_rev",
                    Type.NUMBER,
                    "Segments from destination to source whose data were there already; null if not known"),
            Measure.DUPLICATES,
            true),
    ZERO_WINDOWS_FWD(
            detail(
                    "zero_windows_fwd",
                    Type.NUMBER,
                    "Times that the source closed its receive window; null if not known"),
            Measure.ZERO_WINDOWS,
            false),
    ZERO_WINDOWS_REV(
            detail(
                    "zero_windows_rev",
                    Type.NUMBER,
                    "Times that the destination closed its receive window; null if not known"),
            Measure.ZERO_WINDOWS,
            true),
    RESETS_FWD(
            detail("resets_fwd", Type.NUMBER, "Resets that the source sent; null if not known"), Measure.RESETS, false),
    RESETS_REV(
            detail("resets_rev", Type.NUMBER, "Resets that the destination sent; null if not known"),
            Measure.RESETS,
            true),
    WINDOW_SCALE_FWD(
            detail(
                    "window_scale_fwd",
                    Type.NUMBER,
                    "Bits by which the source's window is shifted, as both SYNs said; null if they were not seen"),
            Measure.WINDOW_SCALE,
            false),
    WINDOW_SCALE_REV(
            detail(
                    "window_scale_rev",
                    Type.NUMBER,
                    "Bits by which the destination's window is shifted, as both SYNs said; null if they were not seen"),
            Measure.WINDOW_SCALE,
            true),
    SRC_COUNTRY(detail("src_country", Type.TEXT, "Country of src_ip, ISO 3166-1; null if no database tells")),
    DST_COUNTRY(detail("dst_country", Type.TEXT, "Country of dst_ip, ISO 3166-1; null if no database tells")),
    SRC_AS(detail("src_as", Type.NUMBER, "Autonomous system of src_ip; null if no database tells")),
    DST_AS(detail("dst_as", Type.NUMBER, "Autonomous system of dst_ip; null if no database tells")),
    SRC_AS_NAME(detail("src_as_name", Type.TEXT, "Organisation of src_as; null if no database tells")),
    DST_AS_NAME(detail("dst_as_name", Type.TEXT, "Organisation of dst_as; null if no database tells")),
    RECORD(detail("record", Type.NUMBER, "1, or more where the active time-out closed earlier records of the flow")),
    VLAN(detail("vlan", Type.NUMBER, "Outer VLAN id, null without a tag")),
    INNER_VLAN(detail("inner_vlan", Type.NUMBER, "Inner VLAN id, null without a second tag")),
    IP_VERSION(detail("ip_version", Type.NUMBER, "4 or 6")),
    IP_PROTOCOL(detail("ip_protocol", Type.NUMBER, "Upper-layer protocol, IANA number")),
    ICMP_TYPE(detail("icmp_type", Type.NUMBER, "ICMP type that opened the flow, null for other protocols")),
    FRAGMENT(detail("fragment", Type.BOOLEAN, "Later fragments of IP packets, which carry no ports")),
    PARTIAL(detail(
            "partial",
            Type.BOOLEAN,
            "May miss packets: some of its interface found no place in the flow table meanwhile"));

    final Column column;

    /** Of a TCP connection; null for all else. */
    final Measure measure;

    /** Whether it is of what the destination sent. */
    final boolean isReverse;

    FlowField(Column column) {
        this(column, null, false);
    }

    FlowField(Column column, Measure measure, boolean isReverse) {
        this.column = column;
        this.measure = measure;
        this.isReverse = isReverse;
    }
}
