// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.DropListener;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.DropBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.DropSource.Place;
import org.jopil.api.source.Owners;
import org.jopil.api.source.Owners.Owner;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The newest single drops: whose packet it was. They are samples as soon as many come; {@link DropAnalyzer} counts. What is no drop is left out. */
@Component(service = {DropListener.class, ReportSource.class})
@AnalyzerProperties(name = "drop-events", latency_ms = 100)
public final class RecentDrops implements DropListener, ReportSource {
    static final int KEPT = 2_000;

    private static final Column[] COLUMNS = {
        column("timestamp", Type.TIME, "When the kernel dropped it"),
        detail("timestamp_ns", Type.NUMBER, "The same, nanoseconds since the epoch"),
        detail("id", Type.NUMBER, "Rises with every drop that is told of"),
        column("reason", Type.TEXT, "Why, by the kernel's name (enum skb_drop_reason)"),
        column("symbol", Type.TEXT, "Kernel function that dropped it, null where the kernel hides it"),
        column("stage", Type.TEXT, "Where on its way, null where no rule knows that function"),
        column("hook", Type.TEXT, "Hook that dropped it: of netfilter, or xdp; null for others"),
        column("interface", Type.TEXT, "Where it came in, else where it was to go out; null if there is none"),
        detail("namespace", Type.TEXT, "Network namespace, null for the one JOPIL runs in"),
        column("protocol", Type.TEXT, "Upper-layer protocol of IP, else what it is by its EtherType"),
        column("src_ip", Type.ADDRESS, "Null without an IP header"),
        column("src_port", Type.PORT, "Null where the protocol has none"),
        column("dst_ip", Type.ADDRESS, "Null without an IP header"),
        column("dst_port", Type.PORT, "Null where the protocol has none"),
        column("length", Type.BYTES, "What was left of the frame, a super-packet as a whole"),
        detail("packets", Type.PACKETS, "Wire packets that it was"),
        column(
                "process",
                Type.TEXT,
                "Who has the socket that was to get it or that sent it, name[pid]; null if not known"),
        column("process_is", Type.TEXT, "receiver or sender of it; null without a process"),
        detail("pid", Type.NUMBER, "Process id of it"),
        detail("uid", Type.NUMBER, "User of it"),
        column("weight", Type.NUMBER, "Drops that this one stands for: itself and those left out before it"),
        detail("cpu", Type.NUMBER, "That dropped it"),
        detail("advice", Type.TEXT, "What it means, null where no rule knows")
    };

    private static final long ASK_NS = TimeUnit.SECONDS.toNanos(1);

    private final DropRules rules;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Owners owners;

    private final Row[] rows = new Row[KEPT];
    private long added;
    /** When the newest was dropped that is no longer kept. */
    private long forgottenNs = Long.MIN_VALUE;

    private long lost;
    /** Drops whose owner was asked for. */
    private long asked;

    private long askedNs = System.nanoTime();

    /** One drop; used again for a later one. */
    private static final class Row {
        private long id;
        private long timestampNs;
        private Place place;
        private int etherType;
        private int ipProtocol;
        private long srcHi;
        private long srcLo;
        private long dstHi;
        private long dstLo;
        private int srcPort;
        private int dstPort;
        private int length;
        private int packets;
        private int weight;
        private int cpu;
        private boolean received;
        private long socketCookie;
        private Optional<Owner> owner = Optional.empty();
        private boolean ownerReceives;
    }

    /** Called by the component runtime. */
    @Activate
    public RecentDrops() {
        this(DropCounts.rulesOfUser());
    }

    RecentDrops(Path file) {
        this.rules = new DropRules(file);
        for (int i = 0; i < KEPT; i++) {
            rows[i] = new Row();
        }
    }

    @Override
    public void onDrops(DropBatch batch) {
        lost += batch.lostBefore();
        for (int i = 0; i < batch.size(); i++) {
            Row row = rows[(int) (added % KEPT)];
            if (added >= KEPT) {
                forgottenNs = Math.max(forgottenNs, row.timestampNs);
            }
            row.id = ++added;
            row.timestampNs = batch.timestampNs(i);
            row.place = batch.place(i);
            row.etherType = batch.etherType(i);
            row.ipProtocol = batch.ipProtocol(i);
            row.srcHi = batch.srcHi(i);
            row.srcLo = batch.srcLo(i);
            row.dstHi = batch.dstHi(i);
            row.dstLo = batch.dstLo(i);
            row.srcPort = batch.srcPort(i);
            row.dstPort = batch.dstPort(i);
            row.length = batch.lengthBytes(i);
            row.packets = batch.packets(i);
            row.weight = batch.weight(i);
            row.cpu = batch.cpu(i);
            row.received = batch.isReceived(i);
            row.socketCookie = batch.socketCookie(i);
            row.owner = Optional.empty();
        }
        if (System.nanoTime() - askedNs >= ASK_NS) {
            askOwners();
        }
    }

    /** While the sockets are still remembered; not for every drop as it comes, which may be a flood. */
    private void askOwners() {
        askedNs = System.nanoTime();
        Owners known = owners;
        if (known == null) {
            return;
        }
        for (asked = Math.max(asked, added - KEPT); asked < added; asked++) {
            Row row = rows[(int) (asked % KEPT)];
            row.ownerReceives = row.received;
            row.owner = known.of(row.socketCookie).or(() -> end(known, row, row.received));
            if (row.owner.isEmpty()) {
                row.ownerReceives = !row.received;
                row.owner = end(known, row, row.ownerReceives);
            }
        }
    }

    /** Of the packet, in the namespace where it was dropped. */
    private static Optional<Owner> end(Owners known, Row row, boolean receiver) {
        String namespace = row.place.namespace();
        return receiver
                ? known.receiver(
                        namespace, row.ipProtocol, row.srcHi, row.srcLo, row.srcPort, row.dstHi, row.dstLo, row.dstPort)
                : known.receiver(
                        namespace,
                        row.ipProtocol,
                        row.dstHi,
                        row.dstLo,
                        row.dstPort,
                        row.srcHi,
                        row.srcLo,
                        row.srcPort);
    }

    @Override
    public Report report(Query query) throws FilterException {
        rules.reread();
        askOwners();
        Report.Builder report = Report.of(query, COLUMNS).lost(lost);
        int kept = (int) Math.min(added, KEPT);
        // who asks for a time gets what is left of it
        boolean sampled = query.sinceNs() > 0 && forgottenNs >= query.sinceNs();
        for (int age = 0; age < kept; age++) {
            Row row = rows[(int) ((added - 1 - age) % KEPT)];
            if (row.timestampNs >= query.sinceNs() && row.timestampNs <= query.untilNs()) {
                sampled |= row.weight > 1;
                add(report, row);
            }
        }
        return (sampled ? report.sampled() : report).build();
    }

    private void add(Report.Builder report, Row row) {
        Place place = row.place;
        DropRules.Verdict verdict = rules.of(place);
        if (verdict.advice().isNormal()) {
            return;
        }
        boolean ip = row.srcLo != 0 || row.srcHi != 0 || row.dstLo != 0 || row.dstHi != 0;
        boolean ports = ip && Protocols.hasPorts(row.ipProtocol);
        report.row(
                row.timestampNs,
                row.timestampNs,
                row.id,
                place.reason(),
                DropCounts.orNull(place.symbol()),
                DropCounts.orNull(verdict.stage()),
                DropCounts.orNull(place.hook()),
                DropCounts.orNull(place.interfaceName()),
                DropCounts.orNull(place.namespace()),
                Protocols.name(ip ? row.ipProtocol : Protocols.ofEtherType(row.etherType)),
                ip ? Addresses.text(row.srcHi, row.srcLo) : null,
                ports ? row.srcPort : null,
                ip ? Addresses.text(row.dstHi, row.dstLo) : null,
                ports ? row.dstPort : null,
                row.length,
                row.packets,
                row.owner.map(Owner::text).orElse(null),
                row.owner
                        .map(owner -> row.ownerReceives ? "receiver" : "sender")
                        .orElse(null),
                row.owner.map(Owner::pid).orElse(null),
                row.owner.map(Owner::uid).orElse(null),
                row.weight,
                row.cpu,
                verdict.advice().sentence().isEmpty()
                        ? null
                        : DropCounts.fill(verdict.advice().sentence(), place));
    }
}
