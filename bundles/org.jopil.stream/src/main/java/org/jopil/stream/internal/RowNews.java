// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Json;

/**
 * Topics that are told when something is new in a report, once a second at most: the places that drop, all of them when one
 * changed; journeys, those that the client has not had. Any thread; one works at a time.
 */
final class RowNews {
    private static final String DROPS_SORT = "-packets";

    private final Supplier<Reports> reports;

    /** The supplier gives null while the service is away. */
    RowNews(Supplier<Reports> reports) {
        this.reports = reports;
    }

    /** What a client has had for a subscription. */
    static final class Had {
        private final Subscription subscription;
        private long toldNs = Long.MIN_VALUE / 2;
        private String rows;
        private Set<Object> ids = Set.of();

        Had(Subscription subscription) {
            this.subscription = subscription;
        }

        Subscription subscription() {
            return subscription;
        }
    }

    private record Question(Topic topic, String filter, int limit) {}

    /** A question for all who ask the same. */
    synchronized void tell(Iterable<Client> candidates, long sequence) {
        Reports asked = reports.get();
        if (asked == null) {
            return;
        }
        long nowNs = System.nanoTime();
        Map<Question, Map<Client, Subscription>> groups = new LinkedHashMap<>();
        for (Client client : candidates) {
            for (Topic topic : List.of(Topic.DROPS, Topic.JOURNEYS)) {
                Subscription wanted = client.subscription();
                if (client.wants(topic) && nowNs - client.had(topic, wanted).toldNs >= client.pauseNs()) {
                    int limit = topic == Topic.DROPS ? wanted.limit() : (int) Math.ceil(wanted.rate());
                    groups.computeIfAbsent(new Question(topic, wanted.filterText(), limit), q -> new LinkedHashMap<>())
                            .put(client, wanted);
                }
            }
        }
        groups.forEach((question, group) -> tell(asked, question, group, sequence, nowNs));
    }

    private static void tell(
            Reports asked, Question question, Map<Client, Subscription> group, long sequence, long nowNs) {
        Query first = Query.first(question.limit);
        Query query = question.topic == Topic.DROPS ? first.withSort(DROPS_SORT) : first;
        Report report;
        try {
            report = asked.ask(
                    question.topic.text(),
                    group.values()
                            .iterator()
                            .next()
                            .filter()
                            .map(query::withFilter)
                            .orElse(query));
        } catch (JopilException e) {
            Hub.refuse(group, question.topic, e);
            return;
        }
        if (question.topic == Topic.DROPS) {
            drops(report, group, sequence, nowNs);
        } else {
            journeys(report, group, sequence, nowNs);
        }
    }

    private static void drops(Report report, Map<Client, Subscription> group, long sequence, long nowNs) {
        List<Map<String, Object>> places = Answers.objects(report, List.of());
        String rows = Json.text(Map.of("drops", places));
        String text = Client.message(
                "drops_update",
                Shape.ordered(
                        "sequence",
                        sequence,
                        "drops",
                        places,
                        "total",
                        report.total(),
                        "unfiltered",
                        report.unfiltered()));
        group.forEach((client, wanted) -> {
            Had had = client.had(Topic.DROPS, wanted);
            if (!rows.equals(had.rows)) {
                had.rows = rows;
                had.toldNs = nowNs;
                client.outbox().offer(Slot.DROPS, text, 1);
            }
        });
    }

    private static void journeys(Report report, Map<Client, Subscription> group, long sequence, long nowNs) {
        int id = report.indexOf("id");
        Set<Object> now = new HashSet<>();
        report.rows().forEach(row -> now.add(row[id]));
        group.forEach((client, wanted) -> {
            Had had = client.had(Topic.JOURNEYS, wanted);
            List<Map<String, Object>> fresh = new ArrayList<>();
            for (Object[] row : report.rows()) {
                if (!had.ids.contains(row[id])) {
                    fresh.add(Answers.object(report, row));
                }
            }
            had.ids = now;
            if (!fresh.isEmpty()) {
                had.toldNs = nowNs;
                String text = Client.message(
                        "journeys_update",
                        Shape.ordered(
                                "sequence",
                                sequence,
                                "journeys",
                                fresh,
                                "more",
                                fresh.size() == now.size() && report.total() > now.size()));
                client.outbox().offer(Slot.JOURNEYS, text, fresh.size());
            }
        });
    }
}
