// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Router;
import org.jopil.web.render.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JourneyGraphResourceTest {
    private static final Instant SCAN = Instant.parse("2026-01-31T12:00:00Z");

    private final Services services = new Services();
    private final List<Route> routes =
            new JourneyGraphResource(services, new Lists(services, new Followers())).routes();

    private int flowsInAll = 1;
    private JopilException noDrops;

    @BeforeEach
    void start() {
        services.filters = text -> new Filter() {
            @Override
            public String text() {
                return text;
            }

            @Override
            public RowPredicate bind(Schema schema) {
                return row -> true;
            }
        };
        services.reports = new Reports() {
            @Override
            public List<String> names() {
                return List.of("flows", "drops");
            }

            @Override
            public Report ask(String name, Query query) {
                return name.equals("drops") ? drops() : query.by().isPresent() ? groups() : flows();
            }
        };
    }

    private Report flows() {
        return Report.of(
                        Column.column("interface", Type.TEXT, ""),
                        Column.column("protocol", Type.TEXT, ""),
                        Column.column("ip_version", Type.NUMBER, ""),
                        Column.column("packets_fwd", Type.PACKETS, ""),
                        Column.column("packets_rev", Type.PACKETS, ""),
                        Column.column("bytes_fwd", Type.BYTES, ""),
                        Column.column("bytes_rev", Type.BYTES, ""))
                .row("eth0", "udp", 4, 3, 1, 300, 100)
                .totals(flowsInAll, flowsInAll)
                .asOf(SCAN)
                .build();
    }

    private static Report groups() {
        return Report.of(
                        Column.column("key", Type.TEXT, ""),
                        Column.column("flows", Type.NUMBER, ""),
                        Column.column("packets", Type.PACKETS, ""),
                        Column.column("bytes", Type.BYTES, ""))
                .row("eth0", 1, 10, 1000)
                .row("va", 2, 5, 500)
                .asOf(SCAN)
                .build();
    }

    private Report drops() {
        if (noDrops != null) {
            throw noDrops;
        }
        long now = Instant.now().getEpochSecond() * 1_000_000_000L;
        return Report.of(
                        Column.column("reason", Type.TEXT, ""),
                        Column.column("stage", Type.TEXT, ""),
                        Column.column("interface", Type.TEXT, ""),
                        Column.column("packets", Type.PACKETS, ""),
                        Column.column("bytes", Type.BYTES, ""),
                        Column.column("last_seen", Type.TIME, ""))
                .row("NO_SOCKET", "transport", "eth0", 7, 70, now)
                .row("IP_RPFILTER", "ip", "eth0", 9, 90, now - 3_600_000_000_000L)
                .build();
    }

    private Map<String, Object> get(String parameters) throws IOException {
        Http http = Http.send(
                new Router(routes), Role.VIEWER, "GET", "/api/journeys/graph" + parameters, "application/json", "");
        assertEquals(200, http.status, http.text());
        return Json.readObject(http.body.toByteArray());
    }

    private static List<String> targets(Map<String, Object> answer) {
        return ((List<?>) answer.get("links"))
                .stream()
                        .map(link -> (Map<?, ?>) link)
                        .map(link -> link.get("target") + " " + link.get("packets"))
                        .toList();
    }

    @Test
    void shouldAnswerWhatItSays() throws IOException {
        Map<String, Object> answer = get("?metric=bytes&filter=udp");

        Map<String, Object> shape = routes.get(0).answer().get();
        assertEquals(List.of(), Schemas.mistakes("graph", answer, shape));
        assertEquals(true, answer.get("exact"));
        assertEquals("2026-01-31T12:00:00Z", answer.get("as_of"));
    }

    @Test
    void shouldShowOnlyWhatDroppedInTheWindow() throws IOException {
        assertEquals(
                List.of("direction:forward 3", "direction:reverse 1", "drop:NO_SOCKET@transport 7"),
                targets(get("")).stream()
                        .filter(target -> target.startsWith("d"))
                        .filter(target -> !target.startsWith("network"))
                        .toList());
        assertEquals(
                List.of("drop:IP_RPFILTER@ip 9", "drop:NO_SOCKET@transport 7"), targets(get("?metric=drops&since=2h")));
    }

    @Test
    void shouldSumTheFlowsThatAreTooManyToBeDrawnOneByOne() throws IOException {
        flowsInAll = 4;
        Map<String, Object> answer = get("");

        assertEquals(
                15,
                targets(answer).stream()
                        .filter(target -> target.startsWith("direction"))
                        .mapToInt(target -> Integer.parseInt(target.substring(target.indexOf(' ') + 1)))
                        .sum());
        assertTrue(answer.get("note").toString().contains("1 largest of 4 flows"), answer.toString());
        assertTrue(answer.get("note").toString().contains("counted at each of them"), answer.toString());
    }

    @Test
    void shouldSayWhyThereAreNoDrops() throws IOException {
        noDrops = new JopilException("JOPIL-110", 503, "This kernel has no BTF type data", "");
        Map<String, Object> unavailable = get("");
        assertEquals(false, unavailable.get("exact"));
        assertTrue(unavailable.get("note").toString().contains("no BTF type data"));

        noDrops = new JopilException("JOPIL-131", 400, "There is no field", "");
        Map<String, Object> filtered = get("?filter=tcp");
        assertFalse(targets(filtered).toString().contains("drop:"));
        assertTrue(filtered.get("note").toString().contains("left out"));
    }

    @Test
    void shouldRefuseWhatItDoesNotKnow() throws IOException {
        for (String bad :
                Stream.of("?metric=flows", "?by=interface", "?since=yesterday").toList()) {
            Http http = Http.send(
                    new Router(routes), Role.VIEWER, "GET", "/api/journeys/graph" + bad, "application/json", "");
            assertEquals(400, http.status, bad);
        }
    }
}
