// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.tcp.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Owners;
import org.jopil.api.source.TcpSource;
import org.jopil.api.source.TcpSource.Connection;
import org.jopil.api.source.TcpSource.Path;
import org.jopil.api.source.TcpSource.Retransmits;
import org.jopil.api.source.TcpSource.Traffic;
import org.jopil.api.source.TcpSource.Troubles;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** How TCP connections do, and whose they are: read from the kernel when it is asked. */
@Component(service = ReportSource.class)
@AnalyzerProperties(name = "tcp", latency_ms = 1000)
public final class TcpAnalyzer implements ReportSource {
    private static final Column[] COLUMNS = {
        column("local_ip", Type.ADDRESS, "Address on this machine"),
        column("local_port", Type.PORT, "Port on this machine"),
        column("remote_ip", Type.ADDRESS, "The other side; of a listener unspecified"),
        column("remote_port", Type.PORT, "The other side's port, 0 of a listener"),
        column("state", Type.TEXT, "As ss calls it: established, listen, …; closed ones stay for a while"),
        column("process", Type.TEXT, "Who used the socket last, name[pid]; null where it is not known"),
        detail("pid", Type.NUMBER, "Its process id"),
        detail("uid", Type.NUMBER, "Its user"),
        detail("namespace", Type.TEXT, "Network namespace, null for the one JOPIL runs in"),
        detail("opened_by", Type.TEXT, "us if it was connected from here, peer if it was accepted, null if not known"),
        column("handshake_us", Type.NUMBER, "Microseconds from SYN (or SYN-ACK) to established, null if not measured"),
        column("srtt_us", Type.NUMBER, "Smoothed round-trip time, microseconds, null before the first"),
        detail("rttvar_us", Type.NUMBER, "Its mean deviation, microseconds"),
        detail("min_rtt_us", Type.NUMBER, "Least round-trip time of the last while, microseconds"),
        column("retransmits", Type.NUMBER, "Segments sent again, the kernel's count"),
        detail("retransmits_timeout", Type.NUMBER, "Of these: the timer ran out"),
        detail("retransmits_fast", Type.NUMBER, "Of these: acknowledgements told of the loss"),
        detail("retransmits_probe", Type.NUMBER, "Of these: tail loss probes, and others"),
        detail("retransmits_syn", Type.NUMBER, "SYNs sent again"),
        detail("retransmits_syn_ack", Type.NUMBER, "SYN-ACKs sent again"),
        detail("retransmits_earlier", Type.NUMBER, "Of these: before JOPIL saw the socket, of unknown kind"),
        column("out_of_order", Type.NUMBER, "Segments that came ahead of a missing one"),
        detail("duplicates", Type.NUMBER, "Segments of ours that came twice, as the other side told (DSACK)"),
        column("zero_windows", Type.NUMBER, "Times that either side closed its receive window"),
        detail("zero_windows_sent", Type.NUMBER, "Of these: ours, our application did not read"),
        column("resets", Type.NUMBER, "Resets, sent and received"),
        detail("resets_sent", Type.NUMBER, "Of these: sent by us"),
        column("drops", Type.NUMBER, "Packets the socket refused; of a listener attempts that found its queues full"),
        column("cwnd", Type.NUMBER, "Congestion window, segments"),
        detail("ssthresh", Type.NUMBER, "Slow-start threshold, segments, null before the first loss"),
        detail("congestion", Type.TEXT, "State of congestion control: open, disorder, cwr, recovery, loss"),
        detail("mss", Type.BYTES, "Largest segment sent"),
        detail("bytes_acked", Type.BYTES, "Payload sent and acknowledged"),
        detail("bytes_received", Type.BYTES, "Payload received in order"),
        detail("segments_out", Type.NUMBER, "Segments sent"),
        detail("segments_in", Type.NUMBER, "Segments received"),
        detail("send_queue", Type.BYTES, "Written, not acknowledged"),
        detail("receive_queue", Type.NUMBER, "Bytes received, not read; of a listener connections not accepted"),
        detail("accept_limit", Type.NUMBER, "Of a listener: it is full once more connections than these wait"),
        detail("as_of", Type.TIME, "When all of this was so; of a closed one its end")
    };

    private static final long NO_SSTHRESH = Integer.MAX_VALUE;

    private final TcpSource tcp;
    private final Owners owners;

    /** Called by the component runtime. */
    @Activate
    public TcpAnalyzer(@Reference TcpSource tcp, @Reference Owners owners) {
        this.tcp = tcp;
        this.owners = owners;
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query.sort().isPresent() ? query : query.withSort("-retransmits"), COLUMNS);
        tcp.read(connection -> report.row(row(connection)));
        return report.lost(tcp.lost()).build();
    }

    private Object[] row(Connection c) {
        Optional<Owners.Owner> owner = owners.of(c.socketCookie());
        List<Object> row = new ArrayList<>(COLUMNS.length);
        row.add(c.localIp());
        row.add(c.localPort());
        row.add(c.remoteIp());
        row.add(c.remotePort());
        row.add(c.state());
        row.add(owner.map(Owners.Owner::text).orElse(null));
        row.add(owner.map(Owners.Owner::pid).orElse(null));
        row.add(owner.map(Owners.Owner::uid).orElse(null));
        row.add(c.namespace().isEmpty() ? null : c.namespace());
        row.add(c.openedByUs() == null ? null : c.openedByUs() ? "us" : "peer");
        row.add(unless(-1, c.handshakeUs()));
        add(row, c.path());
        add(row, c.retransmits());
        add(row, c.troubles());
        addWindow(row, c);
        add(row, c.traffic());
        row.add(c.atNs());
        return row.toArray();
    }

    private static void add(List<Object> row, Path path) {
        boolean measured = path.srttUs() != 0;
        row.add(measured ? path.srttUs() : null);
        row.add(measured ? path.rttvarUs() : null);
        row.add(measured ? unless(-1, path.minRttUs()) : null);
    }

    /** A listener sends nothing. */
    private static void addWindow(List<Object> row, Connection c) {
        boolean sends = !c.state().equals("listen");
        row.add(sends ? c.path().cwnd() : null);
        row.add(sends ? unless(NO_SSTHRESH, c.path().ssthresh()) : null);
        row.add(sends ? c.path().congestion() : null);
        row.add(sends ? c.path().mss() : null);
    }

    private static void add(List<Object> row, Retransmits again) {
        row.add(again.total());
        row.add(again.timeout());
        row.add(again.fast());
        row.add(again.probe());
        row.add(again.syn());
        row.add(again.synAck());
        row.add(again.earlier());
    }

    private static void add(List<Object> row, Troubles troubles) {
        row.add(troubles.outOfOrder());
        row.add(troubles.duplicates());
        row.add(troubles.zeroWindowsSent() + troubles.zeroWindowsReceived());
        row.add(troubles.zeroWindowsSent());
        row.add(troubles.resetsSent() + troubles.resetsReceived());
        row.add(troubles.resetsSent());
        row.add(unless(-1, troubles.drops()));
    }

    private static void add(List<Object> row, Traffic traffic) {
        row.add(traffic.bytesAcked());
        row.add(traffic.bytesReceived());
        row.add(traffic.segmentsOut());
        row.add(traffic.segmentsIn());
        row.add(traffic.sendQueueBytes());
        row.add(traffic.receiveQueueBytes());
        row.add(unless(-1, traffic.acceptLimit()));
    }

    private static Long unless(long nothing, long value) {
        return value == nothing ? null : value;
    }
}
