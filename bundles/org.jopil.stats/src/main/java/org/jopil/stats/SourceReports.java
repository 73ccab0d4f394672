// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.InterfaceFacts;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Privacy;
import org.jopil.decode.FieldList;
import org.jopil.decode.MacVendors;
import org.jopil.stats.Traffic.DirectionTraffic;
import org.jopil.stats.Traffic.InterfaceTraffic;

/** What services tell, as reports: REST and the shell show the same columns. No state; any thread. */
public final class SourceReports {
    /** Columns of {@link #interfaces}. */
    public static final List<Column> INTERFACES = List.of(
            column("name", Type.TEXT, "name, NS/IF in a named network namespace"),
            detail("id", Type.NUMBER, "id in events and counters; null if it was never watched"),
            detail("namespace", Type.TEXT, "name of the network namespace, null for the one JOPIL runs in"),
            detail("index", Type.NUMBER, "kernel's interface index, null while it is gone"),
            column("kind", Type.TEXT, "link kind, null for hardware"),
            detail("driver", Type.TEXT, "driver's name"),
            detail("driver_version", Type.TEXT, "driver's own version, the kernel's for most"),
            detail("bus", Type.TEXT, "address of the device on its bus, as ethtool -i shows it"),
            detail("numa_node", Type.NUMBER, "NUMA node that the device is attached to, null where there is one only"),
            detail("link_type", Type.TEXT, "what its frames are: ether, loopback, none"),
            detail("mac", Type.TEXT, "MAC address"),
            detail("mac_vendor", Type.TEXT, "whom IEEE gave the address to; null if it was set by software"),
            detail("mtu", Type.BYTES, "largest packet, bytes"),
            detail("speed_mbps", Type.NUMBER, "speed of the link, Mbit/s; of a virtual device what its driver says"),
            detail("duplex", Type.TEXT, "full or half"),
            detail("offloads", Type.LIST, "offloads that are on, as ethtool -k names them"),
            detail("rx_queues", Type.NUMBER, "receive queues in use, as ethtool -l counts"),
            detail("tx_queues", Type.NUMBER, "transmit queues in use"),
            detail("rx_queues_most", Type.NUMBER, "receive queues that the device was made with"),
            detail("tx_queues_most", Type.NUMBER, "transmit queues that the device was made with"),
            column("state", Type.TEXT, "up or down"),
            detail("default_route", Type.BOOLEAN, "whether an IPv4 default route leads through it"),
            detail("attached", Type.BOOLEAN, "whether JOPIL counts here now"),
            column("watch", Type.TEXT, "detached, attached, degraded (in part), gone (watched again when it returns)"),
            column("mode", Type.TEXT, "mode asked for: auto, native, generic, tcx"),
            column("ingress_hook", Type.TEXT, "hook that counts what is received"),
            column("egress_hook", Type.TEXT, "hook that counts what is sent"),
            column("ingress_packets", Type.PACKETS, "wire packets received, since start"),
            column("ingress_bytes", Type.BYTES, "wire bytes received, since start"),
            column("egress_packets", Type.PACKETS, "wire packets sent, since start"),
            column("egress_bytes", Type.BYTES, "wire bytes sent, since start"),
            detail("device_rx_packets", Type.PACKETS, "received as the device counts (super-packets on some devices)"),
            detail("device_tx_packets", Type.PACKETS, "sent as the device counts"),
            detail(
                    "device_losses",
                    Type.OBJECT,
                    "errors and drops since it was made, by the kernel's name (if_link.h)"),
            detail("hook", Type.OBJECT, "both hooks"),
            detail("ingress", Type.OBJECT, "packets, bytes and hook of what is received"),
            detail("egress", Type.OBJECT, "packets, bytes and hook of what is sent"),
            detail("program_ids", Type.OBJECT, "kernel ids of our programs here"),
            column("why", Type.TEXT, "reason of the mode, or why it is not watched"),
            detail("reason", Type.TEXT, "why it is not watched; null if it is"));

    /** Columns of {@link #analyzers}. */
    public static final List<Column> ANALYZERS = List.of(
            column("name", Type.TEXT, "name of the analyzer"),
            column("bundle", Type.TEXT, "symbolic name of its bundle"),
            column("version", Type.TEXT, "version of its bundle"),
            column("state", Type.TEXT, "running, starting, quarantined, stuck"),
            column("events_seen", Type.NUMBER, "rows it was handed"),
            column("lost", Type.NUMBER, "rows it missed because it was too slow"),
            column("lag_events", Type.NUMBER, "rows on the bus that it has not seen yet"),
            column("errors", Type.NUMBER, "exceptions it threw"),
            column(
                    "cpu_percent",
                    Type.PERCENT,
                    "processor time of its thread, 100 = one core; mean of about ten seconds"),
            column("cpu_ns", Type.NANOSECONDS, "processor time of its thread since start"),
            column("allocated_bytes", Type.BYTES, "memory its thread allocated since start, for answers too"),
            column("bytes_per_event", Type.REAL, "the same per event seen; null without events"),
            detail("bpf_ns", Type.NANOSECONDS, "run time of its own BPF programs; null if it has none"));

    /** Columns of {@link #doctor}. */
    public static final List<Column> DOCTOR = List.of(
            column("capability", Type.TEXT, "what people get from it"),
            column("status", Type.TEXT, "ok, degraded, missing"),
            detail("required", Type.BOOLEAN, "whether the main job cannot run without it"),
            column("hook", Type.TEXT, "kernel feature used here"),
            column("fallback", Type.TEXT, "what is done instead"),
            column("reason", Type.TEXT, "what was tried"),
            column("fix", Type.TEXT, "command that mends it"));

    /** Columns of {@link #privacy}. */
    public static final List<Column> PRIVACY = List.of(
            column("what", Type.TEXT, "kind of thing that is recorded"),
            column("where", Type.TEXT, "where it is kept, and seen"),
            column("kept", Type.TEXT, "for how long, or how much of it"),
            column("level_full", Type.TEXT, "what there is of it at level full"),
            column("level_names_off", Type.TEXT, "the same at level names-off"),
            column("level_addresses_masked", Type.TEXT, "the same at level addresses-masked"));

    /** Columns of {@link #fields}. */
    public static final List<Column> FIELDS = List.of(
            column("report", Type.TEXT, "report that has the field"),
            column("name", Type.TEXT, "name in JSON and filters"),
            column("type", Type.TEXT, "kind of value"),
            column("unit", Type.TEXT, "unit of the value"),
            column("source", Type.TEXT, "where it comes from"),
            column("description", Type.TEXT, "what it says"));

    /** Columns of {@link #ledgerCounts}. */
    public static final List<Column> LEDGER_COUNTS = List.of(
            column("interface", Type.TEXT, "name"),
            column("direction", Type.TEXT, "ingress or egress"),
            column("protocol", Type.TEXT, "IP protocol"),
            column("counter", Type.PACKETS, "the kernel's counter"),
            column("flows", Type.PACKETS, "packets in flows"),
            column("overflow", Type.PACKETS, "packets that found no place in the flow table"),
            column("difference", Type.PACKETS, "what the flows miss; must be 0"),
            column("difference_bytes", Type.BYTES, "the same in bytes; must be 0"));

    /** Columns of {@link #ledgerHandOffs}. */
    public static final List<Column> LEDGER_HAND_OFFS = List.of(
            column("layer", Type.TEXT, "kind of place that events or messages go through"),
            column("name", Type.TEXT, "which one"),
            column("received", Type.NUMBER, "taken over"),
            column("passed", Type.NUMBER, "handed on"),
            column("left_out", Type.NUMBER, "left out, as was asked for"),
            column("lost", Type.NUMBER, "lost for a known reason"),
            column("waiting", Type.NUMBER, "still there"),
            column("difference", Type.NUMBER, "what went without a reason; must be 0"));

    private static final Path ROUTES = Path.of("/proc/net/route");

    private SourceReports() {}

    /** @param known by name; of who is not among them nothing more is told */
    public static Report interfaces(
            Query query, List<InterfaceStatus> links, Map<String, InterfaceFacts> known, Optional<Traffic> traffic)
            throws FilterException {
        Map<Integer, InterfaceTraffic> counted = new HashMap<>();
        traffic.ifPresent(t -> t.interfaces().forEach(i -> counted.put(i.id(), i)));
        Set<String> routes = defaultRoutes();
        Report.Builder rows = begin(query, INTERFACES);
        for (InterfaceStatus link : links) {
            InterfaceTraffic count = link.id() == 0 ? null : counted.get(link.id());
            Totals in = totals(count == null ? null : count.ingress());
            Totals out = totals(count == null ? null : count.egress());
            String why = orNull(link.why());
            InterfaceFacts facts = known.getOrDefault(link.name(), InterfaceFacts.NONE);
            rows.row(
                    link.name(),
                    link.id() == 0 ? null : link.id(),
                    orNull(link.namespace()),
                    link.index() == 0 ? null : link.index(),
                    orNull(link.kind()),
                    orNull(link.driver()),
                    facts.driverVersion().orElse(null),
                    facts.bus().orElse(null),
                    facts.numaNode().orElse(null),
                    facts.linkType().orElse(null),
                    facts.mac().orElse(null),
                    facts.mac().map(MacVendors::name).orElse(null),
                    link.mtu(),
                    facts.speedMbps().orElse(null),
                    facts.duplex().orElse(null),
                    facts.offloads().orElse(null),
                    facts.rxQueues().orElse(null),
                    facts.txQueues().orElse(null),
                    facts.rxQueuesMost().orElse(null),
                    facts.txQueuesMost().orElse(null),
                    link.up() ? "up" : "down",
                    link.namespace().isEmpty() && routes.contains(link.name()),
                    link.attached(),
                    lower(link.state()),
                    link.state() == InterfaceStatus.State.DETACHED ? null : lower(link.mode()),
                    orNull(link.ingressHook()),
                    orNull(link.egressHook()),
                    in == null ? null : in.packets(),
                    in == null ? null : in.bytes(),
                    out == null ? null : out.packets(),
                    out == null ? null : out.bytes(),
                    link.devicePackets().received() < 0
                            ? null
                            : link.devicePackets().received(),
                    link.devicePackets().sent() < 0
                            ? null
                            : link.devicePackets().sent(),
                    link.devicePackets().dropped().isEmpty()
                            ? null
                            : link.devicePackets().dropped(),
                    link.attached()
                            ? both("ingress", orNull(link.ingressHook()), "egress", orNull(link.egressHook()))
                            : null,
                    direction(in, link.ingressHook()),
                    direction(out, link.egressHook()),
                    link.programIds(),
                    why,
                    link.attached() ? null : why);
        }
        return rows.build();
    }

    private static Totals totals(DirectionTraffic direction) {
        return direction == null ? null : direction.totals();
    }

    private static Map<String, Object> direction(Totals totals, String hook) {
        if (totals == null) {
            return null;
        }
        Map<String, Object> direction = both("packets", totals.packets(), "bytes", totals.bytes());
        direction.put("hook", orNull(hook));
        return direction;
    }

    private static Map<String, Object> both(String key, Object value, String otherKey, Object otherValue) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(key, value);
        map.put(otherKey, otherValue);
        return map;
    }

    private static Set<String> defaultRoutes() {
        try {
            return Files.readAllLines(ROUTES).stream()
                    .map(line -> line.split("\t"))
                    .filter(field -> field.length > 7 && field[1].equals("00000000") && field[7].equals("00000000"))
                    .map(field -> field[0].trim())
                    .collect(Collectors.toSet());
        } catch (IOException e) {
            return Set.of();
        }
    }

    public static Report analyzers(Query query, List<Analyzers.Status> analyzers) throws FilterException {
        Report.Builder rows = begin(query, ANALYZERS);
        for (Analyzers.Status a : analyzers) {
            rows.row(
                    a.name(),
                    a.bundle(),
                    a.version(),
                    a.state(),
                    a.events(),
                    a.lost(),
                    a.pending(),
                    a.errors(),
                    a.cpuPercent() < 0 ? null : Math.round(a.cpuPercent() * 10) / 10.0,
                    a.cpuNs() < 0 ? null : a.cpuNs(),
                    a.allocatedBytes() < 0 ? null : a.allocatedBytes(),
                    a.allocatedBytes() < 0 || a.events() == 0
                            ? null
                            : Math.round(10.0 * a.allocatedBytes() / a.events()) / 10.0,
                    null);
        }
        return rows.build();
    }

    public static Report doctor(Query query, List<Doctor.Finding> findings) throws FilterException {
        Report.Builder rows = begin(query, DOCTOR);
        for (Doctor.Finding f : findings) {
            rows.row(
                    f.capability(),
                    lower(f.status()),
                    f.required(),
                    orNull(f.hook()),
                    orNull(f.fallback()),
                    orNull(f.reason()),
                    orNull(f.fix()));
        }
        return rows.build();
    }

    public static Report privacy(Query query, List<Privacy.Recorded> recorded) throws FilterException {
        Report.Builder rows = begin(query, PRIVACY);
        for (Privacy.Recorded r : recorded) {
            rows.row(r.what(), r.where(), r.kept(), r.full(), r.namesOff(), r.addressesMasked());
        }
        return rows.build();
    }

    public static Report ledgerCounts(Query query, Ledger.Snapshot ledger) throws FilterException {
        Report.Builder rows = begin(query, LEDGER_COUNTS);
        for (Ledger.Count c : ledger.counts()) {
            rows.row(
                    c.interfaceName(),
                    c.direction(),
                    c.protocol(),
                    c.counter(),
                    c.flows(),
                    c.overflow(),
                    c.difference(),
                    c.bytes().difference());
        }
        return rows.build();
    }

    /** Every place, the subscribers included. */
    public static Report ledgerHandOffs(Query query, Ledger.Snapshot ledger) throws FilterException {
        Report.Builder rows = begin(query, LEDGER_HAND_OFFS);
        for (HandOffs.HandOff h : ledger.handOffs()) {
            rows.row(h.layer(), h.name(), h.received(), h.passed(), h.leftOut(), h.lost(), h.waiting(), h.difference());
        }
        for (Ledger.Subscriber s : ledger.subscribers()) {
            rows.row(
                    HandOffs.SUBSCRIBER,
                    s.name(),
                    s.delivered(),
                    s.processed(),
                    0L,
                    s.overrun(),
                    s.pending(),
                    s.difference());
        }
        return rows.build();
    }

    /**
     * Every column of every report that can be asked now, and every header field in the layers of packets; {@code unit}
     * names the unit of a column's values.
     */
    public static Report fields(Query query, Reports reports, Function<Type, String> unit) throws FilterException {
        Report.Builder rows = begin(query, FIELDS);
        for (String name : reports.names()) {
            try {
                for (Column c : reports.ask(name, Query.first(0)).columns()) {
                    rows.row(
                            name, c.name(), lower(c.type()), orNull(unit.apply(c.type())), "analyzer", c.description());
                }
            } catch (JopilException goneOrBusy) {
                // its fields are there again when it is
            }
        }
        for (Column c : INTERFACES) {
            rows.row("interfaces", c.name(), lower(c.type()), orNull(unit.apply(c.type())), "sensor", c.description());
        }
        for (FieldList.Field field : FieldList.all()) {
            String type = field.repeats() ? "list of " + field.type() : field.type();
            rows.row("packets", field.name(), type, null, field.source(), field.meaning());
        }
        return rows.build();
    }

    private static Report.Builder begin(Query query, List<Column> columns) throws FilterException {
        return Report.of(query, columns.toArray(Column[]::new));
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String orNull(String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
