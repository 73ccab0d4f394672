// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Privacy;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Keeps the newest packet samples and answers the report {@code packets}: newest first, decoded only if returned. */
@Component(
        service = {PacketAnalyzer.class, ReportSource.class},
        configurationPid = "org.jopil.analyzer.packet")
@AnalyzerProperties(name = "packets", latency_ms = 50)
@Designate(ocd = RecentPackets.Config.class)
public final class RecentPackets implements PacketAnalyzer, ReportSource {
    private static final Column[] COLUMNS = PacketField.COLUMNS.toArray(Column[]::new);

    /** The bundle's configuration. */
    @ObjectClassDefinition(name = "Recent packets")
    public @interface Config {
        /** Bounded because each takes 300 bytes of heap. */
        @AttributeDefinition(
                min = "100",
                max = "100000",
                description = "newest packet samples that are kept, with their headers; about 300 bytes each")
        int packets() default 5_000;
    }

    private final PacketStore store;
    private final OwnSessions own;
    private final NumaNodes numa;
    private volatile Interfaces interfaces;

    @Activate
    public RecentPackets(@Reference Privacy privacy, Config config) {
        this(config.packets(), OwnSessions.ofThisInstance(privacy), NumaNodes.ofThisMachine());
    }

    RecentPackets(int packets, OwnSessions own, NumaNodes numa) {
        this.store = new PacketStore(packets);
        this.own = own;
        this.numa = numa;
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

    @Override
    public void onPackets(PacketBatch batch) {
        store.add(batch);
    }

    @Override
    public Report report(Query query) throws FilterException {
        if (query.by().isPresent()) {
            throw new JopilException(
                    "JOPIL-134",
                    400,
                    "Packets cannot be grouped",
                    "They are samples, so sums over them are no counts. Group flows instead: flows --by "
                            + query.by().get());
        }
        RowPredicate filter =
                query.filter().isPresent() ? query.filter().get().bind(() -> PacketField.COLUMNS) : row -> true;
        PacketRow row = new PacketRow(store, names(), own, numa);
        int[] matching = new int[store.size()];
        int count = 0;
        boolean sampled = false;
        for (int age = 0; age < store.size(); age++) {
            int slot = store.slot(age);
            sampled |= store.weight[slot] > 1;
            boolean inWindow = store.timestampNs[slot] >= query.sinceNs() && store.timestampNs[slot] <= query.untilNs();
            if (inWindow && filter.test(row.at(slot))) {
                matching[count++] = slot;
            }
        }
        int[] slots = sorted(Arrays.copyOf(matching, count), query, row);
        Report.Builder report = Report.of(COLUMNS);
        int to = (int) Math.min((long) query.offset() + query.limit(), count);
        for (int i = query.offset(); i < to; i++) {
            report.row(row.at(slots[i]).cells());
        }
        report.totals(count, store.size()).lost(store.lost());
        return (sampled ? report.sampled() : report).build();
    }

    private static int[] sorted(int[] slots, Query query, PacketRow row) {
        if (query.sort().isEmpty()) {
            return slots;
        }
        PacketField field = field(query.sort().get());
        record Keyed(int slot, Object key) {}
        Comparator<Object> order = RecentPackets::compare;
        Comparator<Object> wanted = query.descending() ? order.reversed() : order;
        return Arrays.stream(slots)
                .mapToObj(slot -> new Keyed(slot, row.at(slot).cell(field)))
                .sorted(Comparator.comparing(Keyed::key, Comparator.nullsLast(wanted)))
                .mapToInt(Keyed::slot)
                .toArray();
    }

    private static PacketField field(String name) {
        for (PacketField field : PacketField.values()) {
            if (field.column.name().equals(name) && field.column.type() != Type.OBJECT) {
                return field;
            }
        }
        throw Report.unknownSort(
                name,
                PacketField.COLUMNS.stream()
                        .filter(column -> column.type() != Type.OBJECT)
                        .toList());
    }

    private static int compare(Object a, Object b) {
        return a instanceof Long x && b instanceof Long y
                ? Long.compare(x, y)
                : a.toString().compareTo(b.toString());
    }

    /** Names as of this question, each looked up once. */
    private IntFunction<String> names() {
        Optional<Interfaces> service = Optional.ofNullable(interfaces);
        Map<Integer, String> known = new HashMap<>();
        return id ->
                known.computeIfAbsent(id, key -> service.map(s -> s.name(key)).orElse("if-" + key));
    }
}
