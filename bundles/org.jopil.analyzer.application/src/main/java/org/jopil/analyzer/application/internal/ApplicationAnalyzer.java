// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.PayloadListener;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PayloadBatch;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Applications;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Privacy;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;
import org.jopil.ndpi.NdpiFlow;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/**
 * Says what flows speak, from the first packets that carry something; keeps the flows that carried something last, and
 * answers the report {@code applications}: newest first.
 */
@Component(
        service = {PayloadListener.class, ReportSource.class, Applications.class, HealthCheck.class},
        configurationPid = "org.jopil.analyzer.application")
@AnalyzerProperties(name = "applications", latency_ms = 100)
@Designate(ocd = ApplicationAnalyzer.Config.class)
public final class ApplicationAnalyzer implements PayloadListener, ReportSource, Applications, HealthCheck {
    /** The bundle's configuration. */
    @ObjectClassDefinition(name = "Applications")
    public @interface Config {
        /** Bounded because each takes about a kilobyte of heap. */
        @AttributeDefinition(
                name = "Flows",
                min = "100",
                max = "1000000",
                description = "flows whose application is kept, those that carried something last; about 1 KiB each")
        int flows() default 8192;

        /** Query strings often hold secrets. */
        @AttributeDefinition(
                name = "Query strings",
                description = "whether what stands behind the ? of an HTTP request is kept; it often holds secrets")
        boolean query__strings() default false;

        /** Off, because it is C that reads what strangers send, in our process. */
        @AttributeDefinition(
                name = "nDPI",
                description = "whether libndpi 4.2, where it is installed, names what our own detectors do not know;"
                        + " it reads what strangers send, in JOPIL's process")
        boolean ndpi() default false;

        /** Bounded because each takes memory outside the heap. */
        @AttributeDefinition(
                name = "Flows of nDPI",
                min = "16",
                max = "65536",
                description = "flows that libndpi looks into at a time; about 1 KiB each, outside the heap")
        int ndpi__flows() default 1024;
    }

    private static final int BYTES = 1536;

    private static final Column[] COLUMNS = {
        column("timestamp", Type.TIME, "Last packet that told something"),
        column("interface", Type.TEXT, "Interface that the flow was seen on"),
        column("protocol", Type.TEXT, "tcp or udp"),
        column("src_ip", Type.ADDRESS, "Address of the client"),
        column("src_port", Type.PORT, "Port of the client"),
        column("dst_ip", Type.ADDRESS, "Address of the server"),
        column("dst_port", Type.PORT, "Port of the server"),
        column("application", Type.TEXT, "What it speaks, in Wireshark's spelling"),
        detail(
                "application_source",
                Type.TEXT,
                "Who says so: jopil (its reader understood it), rule (magic numbers), ndpi (libndpi)"),
        column("server_name", Type.TEXT, "What the client asked for: SNI or HTTP Host; null where privacy hides names"),
        column("unusual_port", Type.BOOLEAN, "Whether the application is registered, but not for this port"),
        column("response_ns", Type.NANOSECONDS, "From the question or request to the first byte of the answer"),
        detail("details", Type.OBJECT, "What else was read, by Wireshark's field names")
    };

    private static final String NDPI_PROTOCOL = "jopil.ndpi.protocol";

    private final Privacy privacy;
    private final UserRules rules;
    private final SecondOpinion second;
    private final Map<Flow, Known> flows = new LinkedHashMap<>(64, 0.75f, true);
    private final Map<Flow, Application> answers = new ConcurrentHashMap<>();
    private final Changes changes = new Changes();
    private final byte[] bytes = new byte[BYTES];

    private volatile Interfaces interfaces;
    private volatile int most;
    private volatile boolean queryStrings;

    // the analyzer's thread
    private Detectors detectors;
    private boolean detectorsWithQueries;
    private long lost;

    /** What is known of one flow. */
    private static final class Known {
        /** The client as its source. */
        private final Flow flow;

        private final Detector detector;
        private long timestampNs;
        private boolean secondAsked;
        /** Null if it was not asked, and once nothing more can be known from it. */
        private NdpiFlow second;

        Known(Flow flow, Detector detector) {
            this.flow = flow;
            this.detector = detector;
        }

        void endSecond() {
            if (second != null) {
                second.close();
                second = null;
            }
        }
    }

    /** Called by the component runtime. */
    @Activate
    public ApplicationAnalyzer(@Reference Privacy privacy, Config config) {
        this(
                privacy,
                UserRules.file(),
                config.flows(),
                config.query__strings(),
                new SecondOpinion(null, config.ndpi(), config.ndpi__flows()));
    }

    ApplicationAnalyzer(Privacy privacy, Path userRules, int flows, boolean queryStrings, SecondOpinion second) {
        this.privacy = privacy;
        this.rules = new UserRules(userRules);
        this.second = second;
        this.most = flows;
        this.queryStrings = queryStrings;
        makeDetectors();
    }

    @Modified
    void modified(Config config) {
        most = config.flows();
        queryStrings = config.query__strings();
        second.want(config.ndpi(), config.ndpi__flows());
    }

    @Deactivate
    void deactivate() {
        second.close();
    }

    /** The sensor comes last and goes first: without it rows keep their interface as a number. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void setInterfaces(Interfaces service) {
        interfaces = service;
    }

    void unsetInterfaces(Interfaces service) {
        if (interfaces == service) {
            interfaces = null;
        }
    }

    private void makeDetectors() {
        detectorsWithQueries = queryStrings;
        detectors = new Detectors(rules.rules(), Detectors.PACKETS_PER_DIRECTION, detectorsWithQueries);
    }

    @Override
    public void onPayloads(PayloadBatch batch) {
        if (rules.reread() || detectorsWithQueries != queryStrings) {
            makeDetectors();
        }
        second.tick();
        lost += batch.lostBefore();
        for (int row = 0; row < batch.size(); row++) {
            take(batch, row);
        }
    }

    private void take(PayloadBatch batch, int row) {
        Flow sent = Ends.flow(batch, row);
        Flow key = sent.ordered();
        Known known = flows.get(key);
        if (known == null) {
            known = begin(sent);
            flows.put(key, known);
            forget();
        }
        int captured = batch.copyCaptured(row, bytes, 0);
        Detector detector = known.detector;
        boolean fromClient = known.flow.equals(sent);
        boolean more = detector.feed(
                fromClient,
                batch.timestampNs(row),
                batch.tcpSequence(row),
                bytes,
                0,
                captured,
                batch.payloadBytes(row));
        Application answer;
        if (detector.application() != null) {
            known.endSecond();
            answer = more ? answer(detector) : null;
        } else {
            answer = askSecond(known, fromClient, batch, row, captured);
        }
        if (answer != null) {
            known.timestampNs = batch.timestampNs(row);
            answers.put(key, answer);
            changes.add(new Change(key, answer));
        }
    }

    /**
     * From the flow's first payload on, as long as nobody of ours knows it. Null if there is nothing new. Where privacy hides
     * names it is not asked: what it names is often the site, found by its name.
     */
    private Application askSecond(Known known, boolean fromClient, PayloadBatch batch, int row, int captured) {
        if (!known.secondAsked) {
            known.secondAsked = true;
            known.second = privacy.names() ? second.begin(known.flow) : null;
        }
        NdpiFlow asked = known.second;
        if (asked == null) {
            return null;
        }
        boolean first = asked.protocol() == null;
        boolean more = asked.feed(
                fromClient,
                batch.timestampNs(row),
                batch.tcpSequence(row),
                bytes,
                0,
                captured,
                batch.payloadBytes(row));
        if (known.detector.isFinal()) {
            known.endSecond();
        }
        if (!more) {
            return null;
        }
        if (first) {
            second.count();
        }
        return new Application(
                SecondOpinion.name(asked.protocol()),
                NamedBy.NDPI,
                null,
                false,
                -1,
                Map.of(NDPI_PROTOCOL, asked.name()));
    }

    private Known begin(Flow sent) {
        boolean client = Ends.isClient(sent.srcPort(), sent.dstPort());
        Flow flow = client ? sent : sent.reversed();
        return new Known(flow, detectors.detector(flow.ipProtocol(), flow.srcPort(), flow.dstPort()));
    }

    /** The flows that carried nothing for the longest time, beyond what is configured. */
    private void forget() {
        Iterator<Map.Entry<Flow, Known>> oldest = flows.entrySet().iterator();
        for (int over = flows.size() - most; over > 0; over--) {
            Map.Entry<Flow, Known> gone = oldest.next();
            gone.getValue().endSecond();
            oldest.remove();
            answers.remove(gone.getKey());
        }
    }

    private Application answer(Detector detector) {
        return new Application(
                detector.application().name(),
                detector.isByRule() ? NamedBy.RULE : NamedBy.JOPIL,
                privacy.names() ? detector.serverName() : null,
                detector.unusualPort(),
                detector.responseNs(),
                Collections.unmodifiableMap(Told.details(detector.details(), privacy)));
    }

    @Override
    public Optional<Application> of(Flow flow) {
        return Optional.ofNullable(answers.get(flow.ordered()));
    }

    @Override
    public long changes(long since, Consumer<Change> to) {
        return changes.after(since, to);
    }

    @Override
    public String name() {
        return "applications";
    }

    @Override
    public Result check() {
        return second.health();
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(query, COLUMNS).lost(lost);
        List<Map.Entry<Flow, Known>> all = new ArrayList<>(flows.entrySet());
        for (int i = all.size() - 1; i >= 0; i--) {
            Known known = all.get(i).getValue();
            Application answer = answers.get(all.get(i).getKey());
            if (answer != null && known.timestampNs >= query.sinceNs() && known.timestampNs <= query.untilNs()) {
                add(report, known, answer);
            }
        }
        return report.sampled().build(); // a flow beyond payloads_per_second is not among them
    }

    private void add(Report.Builder report, Known known, Application answer) {
        Flow flow = known.flow;
        Interfaces names = interfaces;
        report.row(
                known.timestampNs,
                names == null ? "if-" + flow.interfaceId() : names.name(flow.interfaceId()),
                Protocols.name(flow.ipProtocol()),
                Addresses.text(flow.srcHi(), flow.srcLo()),
                flow.srcPort(),
                Addresses.text(flow.dstHi(), flow.dstLo()),
                flow.dstPort(),
                answer.name(),
                answer.namedBy().toString(),
                answer.serverName(),
                answer.unusualPort(),
                answer.responseNs() < 0 ? null : answer.responseNs(),
                answer.details().isEmpty() ? null : answer.details());
    }
}
