// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.DropStacks;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;
import org.jopil.api.source.Why;
import org.jopil.stats.Health;
import org.jopil.stats.Point;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Stats;
import org.jopil.stats.Totals;
import org.jopil.stats.Traffic;
import org.jopil.stats.Usage;
import org.jopil.testkit.NothingHidden;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Router;
import org.jopil.web.render.Json;
import org.jopil.web.render.Newer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RestTest {
    private static final TcpSource.Sums SUMS =
            new TcpSource.Sums(2, 1, 500, 400, 0, 1, 0, new TcpSource.Retransmits(6, 1, 2, 3, 0, 0, 0), 1, 0, 0, 0);

    private static final InterfaceStatus LINK = new InterfaceStatus(
            1,
            "va",
            "",
            7,
            "veth",
            "veth",
            1500,
            true,
            InterfaceStatus.State.ATTACHED,
            AttachMode.AUTO,
            "tcx",
            "tcx",
            "because",
            List.of(11),
            new InterfaceStatus.DevicePackets(5, 5, Map.of()));

    private final Services services = new Services();
    private Router router;
    private Health.Answer health = new Health.Answer(
            HealthCheck.Status.DOWN, List.of(new Health.Check("sensor", HealthCheck.Status.DOWN, "Not attached.")));

    @BeforeEach
    void prepare() {
        Lists lists = new Lists(services, new Followers());
        router = new Router(Stream.of(
                        new HealthResource(services).routes(),
                        new StatsResource(services).routes(),
                        new ReplayResource(services).routes(),
                        new FlowsResource(lists).routes(),
                        new PacketsResource(lists).routes(),
                        new DropsResource(services, lists).routes(),
                        new LatencyResource(services, lists).routes(),
                        new InterfacesResource(services, lists).routes(),
                        new ReportsResource(services, lists).routes(),
                        new AnalyzersResource(services, lists).routes(),
                        new LedgerResource(services).routes(),
                        new DoctorResource(services, lists).routes(),
                        new PrivacyResource(services).routes(),
                        new WhyResource(services).routes(),
                        new VersionResource().routes(),
                        new JourneysResource(services, lists).routes(),
                        new OpenApiResource(() -> router.routes()).routes())
                .flatMap(List::stream)
                .toList());
    }

    private void start() {
        services.privacy = new NothingHidden();
        services.stats = new Stats() {
            @Override
            public Optional<Snapshot> latest() {
                Traffic.DirectionTraffic direction = new Traffic.DirectionTraffic("tcx", new Totals(1, 60));
                Traffic traffic = new Traffic(
                        new Totals(2, 120),
                        new TreeMap<>(Map.of("tcp", new Totals(2, 120))),
                        Map.of(0, new Totals(2, 120)),
                        List.of(new Traffic.InterfaceTraffic(1, "va", direction, direction)));
                return Optional.of(new Snapshot(
                        17,
                        Instant.now(),
                        5,
                        Optional.of(traffic),
                        Optional.empty(),
                        Optional.of(1L),
                        Optional.of(4L),
                        Optional.of(2.0),
                        Optional.of(SUMS),
                        Optional.of(1.0),
                        Optional.of(services.ledger.read()),
                        new Usage(null, 0.5, 1L, 1L),
                        Optional.of(new Sampling.State(64, 2000, 1)),
                        Optional.empty()));
            }

            @Override
            public List<Point> series(Duration window) {
                return List.of(Point.of(latest().orElseThrow()));
            }

            @Override
            public Listening listen(Consumer<Snapshot> listener) {
                return () -> {};
            }
        };
        services.health = () -> health;
        services.filters = text -> {
            if (text.equals("id == \"4\"")) {
                return new Newer("id", 0, Long.MAX_VALUE, Optional.empty());
            }
            throw new FilterException("no", 3, "", List.of());
        };
        services.ledger = () -> new Ledger.Snapshot(
                1,
                1,
                0,
                0,
                0,
                List.of(new HandOffs.HandOff(HandOffs.RING, "CPU 0", 1, 1, 0, 0, 0)),
                List.of(new Ledger.Subscriber("packets", 1, 1, 0, 0)),
                List.of(new Ledger.Count("va", "ingress", "tcp", 1, 1, 0, 0, new Ledger.Bytes(60, 60, 0, 0))),
                List.of(new Ledger.Gap("killed", 1, 2)),
                List.of(new Ledger.Finding(HandOffs.RING, "CPU 0", 1, "events", 1, "CPU 0: 1 event", "Restart.")),
                Optional.of(new Ledger.Span(1, 2)),
                List.of(new Ledger.Second(1, 1, 1, 0, 0, 0)));
        services.latency = new Latencies();
        services.analyzers =
                () -> List.of(new Analyzers.Status("flows", "org.jopil.x", "1.0.0", "running", 1, 0, 0, 0, 1, 0.5, -1));
        services.doctor = () -> List.of(new Doctor.Finding("Sensor", Doctor.Status.OK, true, "tcx", "", "", ""));
        services.why = question -> new Why.Answer(
                question,
                "fine",
                "It is well.",
                Why.Level.OK,
                List.of(new Why.Evidence("Seen.", "flows", "port 8080")),
                Optional.of(new Why.Next("Look:", "jopil flows")),
                List.of("latency: not measured here."));
        services.interfaces = new Interfaces() {
            @Override
            public List<InterfaceStatus> list() {
                return List.of(LINK);
            }

            @Override
            public String name(int id) {
                return "va";
            }

            @Override
            public InterfaceStatus attach(String name, AttachMode mode) {
                if (name.equals("ns/va") && mode == AttachMode.NATIVE) {
                    throw new JopilException("JOPIL-120", 409, "va already runs another XDP program", "id 7");
                }
                return LINK;
            }

            @Override
            public InterfaceStatus detach(String name) {
                return LINK;
            }
        };
        services.replays = new Replays() {
            @Override
            public Status start(Path file, double speed) {
                return Status.NOTHING;
            }

            @Override
            public Status start(String name, InputStream in, double speed) {
                return Status.NOTHING;
            }

            @Override
            public Status status() {
                return Status.NOTHING;
            }

            @Override
            public Status stop() {
                return Status.NOTHING;
            }
        };
        services.dropStacks = new DropStacks() {
            @Override
            public DropStacks.Period take(Duration length) {
                return new DropStacks.Period(
                        Instant.EPOCH,
                        Instant.EPOCH.plus(length),
                        true,
                        9,
                        7,
                        2,
                        0,
                        List.of(new DropStacks.Stack("NO_SOCKET", "f", 16, List.of("f+0x10", "g+0x20"), 7)));
            }

            @Override
            public Optional<DropStacks.Period> latest() {
                return Optional.of(take(Duration.ofSeconds(1)));
            }
        };
        services.reports = new Reports() {
            @Override
            public List<String> names() {
                return List.of("flows");
            }

            @Override
            public Report ask(String name, Query query) {
                if (Set.of("drops", "drops-normal", "device-drops").contains(name)) {
                    return Report.of(Column.column("packets", Column.Type.PACKETS, "dropped"))
                            .row(4)
                            .row(3)
                            .lost(1)
                            .build();
                }
                if (name.equals("latency")) {
                    return Latencies.report();
                }
                if (name.equals("stands-out")) {
                    return Report.of(
                                    Column.column("level", Column.Type.TEXT, "level"),
                                    Column.column("sentence", Column.Type.TEXT, "sentence"),
                                    Column.column("kind", Column.Type.TEXT, "kind"),
                                    Column.column("question", Column.Type.TEXT, "question"),
                                    Column.column("link", Column.Type.TEXT, "link"))
                            .row("bad", "It is slow.", "slow-reader", null, "latency")
                            .build();
                }
                if (query.by().isPresent()) {
                    return Report.of(
                                    Column.column("key", Column.Type.TEXT, "key"),
                                    Column.column("flows", Column.Type.NUMBER, "flows"),
                                    Column.column("packets", Column.Type.PACKETS, "packets"),
                                    Column.column("bytes", Column.Type.BYTES, "bytes"))
                            .row("10.0.0.1", 1, 2, 120)
                            .build();
                }
                return Report.of(
                                Column.column("id", Column.Type.NUMBER, "id"),
                                Column.column("last_seen", Column.Type.TIME, "when"),
                                Column.detail("ip", Column.Type.OBJECT, "layer"))
                        .row(4, 5L, null)
                        .row(5, 6L, Map.of("ip.ttl", 64L))
                        .totals(2, 9)
                        .build();
            }
        };
    }

    private Http get(String url) throws IOException {
        return Http.send(router, Role.VIEWER, "GET", url, "application/json", "");
    }

    @Test
    void shouldAnswerWhatOpenApiSays() throws IOException {
        start();
        Map<String, Object> document =
                Json.readObject(get("/api/openapi.json").body.toByteArray());
        int checked = 0;
        for (Route route : router.routes()) {
            if (!route.method().equals("GET") || route.path().equals("/api/openapi.json")) {
                continue;
            }
            String path = route.path().replace("{name}", "flows").replace("{id}", "4");
            Http http = get(path.equals("/api/why") ? path + "?q=8080" : path);
            Map<?, ?> operation =
                    (Map<?, ?>) ((Map<?, ?>) ((Map<?, ?>) document.get("paths")).get(route.path())).get("get");
            Map<?, ?> answer = (Map<?, ?>) ((Map<?, ?>) operation.get("responses")).get("200");
            Map<?, ?> schema =
                    (Map<?, ?>) ((Map<?, ?>) ((Map<?, ?>) answer.get("content")).get("application/json")).get("schema");
            Object value = Json.readObject(("{\"v\":" + http.text() + "}").getBytes(StandardCharsets.UTF_8))
                    .get("v");
            assertEquals(List.of(), Schemas.mistakes(route.path(), value, schema), http.text());
            checked++;
        }
        assertEquals(28, checked);
    }

    @Test
    void shouldSumTheDrops() throws IOException {
        start();
        assertEquals(
                "{\"total\":7,\"not_lost\":7,\"missed\":1,\"drops\":[{\"packets\":4},{\"packets\":3}],"
                        + "\"devices\":[{\"packets\":4},{\"packets\":3}]}",
                get("/api/drops").text());
    }

    @Test
    void shouldSayThatAJourneyIsGone() throws IOException {
        start();
        Http http = get("/api/journeys/nope");
        assertEquals(404, http.status);
        assertTrue(http.text().contains("JOPIL-404"), http.text());
    }

    @Test
    void shouldListHeaderFieldsWithTheirSource() throws IOException {
        start();
        List<String> lines =
                get("/api/fields?format=jsonl&limit=10000").text().lines().toList();
        assertTrue(
                lines.contains("{\"report\":\"packets\",\"name\":\"eth.dst\",\"type\":\"mac\",\"unit\":null,"
                        + "\"source\":\"IEEE 802.3\",\"description\":\"Destination MAC address\"}"),
                lines.toString());
    }

    @Test
    void shouldLetTheQueryStringChooseTheFormat() throws IOException {
        start();
        Http http = get("/api/flows?format=ecs&limit=1");
        assertEquals("application/vnd.elastic.ecs+x-ndjson", http.headers.get("Content-Type"));
        assertTrue(http.text().startsWith("{\"@timestamp\":\"") && http.text().endsWith("}\n"), http.text());
        assertEquals(400, get("/api/flows?format=xml").status);
    }

    @Test
    void shouldTellHowLongStagesTakeAndWhatIsNotMeasured() throws IOException {
        start();
        String all = get("/api/latency?fields=stage,p50_ns").text();
        assertTrue(
                all.startsWith("{\"follow_one_in\":64,\"as_of\":\"1970-01-01T00:00:07Z\",\"stages\":["
                        + "{\"stage\":\"socket_queue\",\"p50_ns\":99},"),
                all);
        assertTrue(
                all.contains("\"missing\":[{\"stage\":\"tc\",\"direction\":\"receive\",\"reason\":\"No hook\"}],"
                        + "\"book\":{\"begun_receive\":3,\"begun_send\":2,\"ended\":{\"read\":3,"),
                all);
    }

    @Test
    void shouldDrawAStageOverTime() throws IOException {
        start();
        String map = get("/api/latency/heatmap?since=1970-01-01T00:00:01Z").text();
        String nothing = "\"counts\":[0,0,0],\"p50_ns\":null,\"p95_ns\":null,\"p99_ns\":null,\"max_ns\":null}";
        assertEquals(
                "{\"stage\":\"socket_queue\",\"step_ms\":2000,\"lower_ns\":[64,128,256],\"columns\":["
                        + "{\"at\":\"1970-01-01T00:00:00Z\"," + nothing
                        + ",{\"at\":\"1970-01-01T00:00:02Z\",\"counts\":[3,0,0],\"p50_ns\":99,\"p95_ns\":99,"
                        + "\"p99_ns\":99,\"max_ns\":99},"
                        + "{\"at\":\"1970-01-01T00:00:04Z\"," + nothing
                        + ",{\"at\":\"1970-01-01T00:00:06Z\",\"counts\":[0,0,7],\"p50_ns\":500,\"p95_ns\":500,"
                        + "\"p99_ns\":500,\"max_ns\":500}]}",
                map);
        assertEquals(
                "{\"stage\":\"copy\",\"step_ms\":null,\"lower_ns\":[],\"columns\":[]}",
                get("/api/latency/heatmap?stage=copy").text());
        assertEquals(400, get("/api/latency/heatmap?stage=nowhere").status);
    }

    @Test
    void shouldTakeStacksForAWhile() throws IOException {
        start();
        assertEquals(
                "{\"begin\":\"1970-01-01T00:00:00Z\",\"end\":\"1970-01-01T00:00:10Z\",\"running\":true}",
                Http.send(router, Role.ADMIN, "POST", "/api/drops/stacks", null, "")
                        .text());
        assertEquals(
                "[{\"reason\":\"NO_SOCKET\",\"symbol\":\"f\",\"offset\":16,\"packets\":7,\"stack\":[\"f+0x10\",\"g+0x20\"]}]",
                get("/api/drops/stacks").text());
        assertEquals(400, Http.send(router, Role.ADMIN, "POST", "/api/drops/stacks", null, "{\"seconds\":61}").status);
        assertEquals(403, Http.send(router, Role.VIEWER, "POST", "/api/drops/stacks", null, "").status);
    }

    @Test
    void shouldCountTheList() throws IOException {
        start();
        Http http = get("/api/flows?limit=1");
        assertEquals("2", http.headers.get("X-Total-Count"));
        assertEquals("9", http.headers.get("X-Unfiltered-Count"));
        assertEquals("17", http.headers.get("X-Sequence"));
        assertEquals(
                "[{\"id\":4,\"last_seen\":\"1970-01-01T00:00:00.000000005Z\"},"
                        + "{\"id\":5,\"last_seen\":\"1970-01-01T00:00:00.000000006Z\",\"ip\":{\"ip.ttl\":64}}]",
                http.text());
    }

    @Test
    void shouldTellNothingButTheStatusWithoutAToken() throws IOException {
        start();
        Http down = Http.send(router, Role.ANYONE, "GET", "/api/health", null, "");
        assertEquals(503, down.status);
        assertEquals("{\"status\":\"down\"}", down.text());
        health = new Health.Answer(HealthCheck.Status.DEGRADED, List.of());
        assertEquals(200, Http.send(router, Role.ANYONE, "GET", "/api/health", null, "").status);
        assertEquals(
                "{\"status\":\"degraded\",\"checks\":[]}", get("/api/health").text());
    }

    @Test
    void shouldSayWhichPartIsNotRunning() throws IOException {
        for (String path : List.of(
                "stats",
                "flows",
                "packets",
                "interfaces",
                "analyzers",
                "ledger",
                "doctor",
                "privacy",
                "top",
                "why",
                "stands-out")) {
            Http http = get("/api/" + path);
            assertEquals(503, http.status, path);
            assertTrue(http.text().contains("JOPIL-503"), http.text());
        }
        assertEquals(200, get("/api/openapi.json").status);
        assertEquals(200, get("/api/version").status);
        assertEquals(
                "{\"status\":\"down\"}",
                Http.send(router, Role.ANYONE, "GET", "/api/health", null, "").text());
    }

    @Test
    void shouldAttachInANamespaceAndPassOnWhyNot() throws IOException {
        start();
        Http busy =
                Http.send(router, Role.ADMIN, "POST", "/api/interfaces/ns/va/attach", null, "{\"mode\":\"native\"}");
        assertEquals(409, busy.status);
        assertTrue(busy.text().contains("\"code\":\"JOPIL-120\""), busy.text());
        Http done = Http.send(router, Role.ADMIN, "POST", "/api/interfaces/va/attach", null, "");
        assertEquals(200, done.status);
        assertTrue(done.text().contains("\"hook\":{\"ingress\":\"tcx\",\"egress\":\"tcx\"}"), done.text());
    }

    @Test
    void shouldRefuse() throws IOException {
        start();
        Map<String, Integer> refused = Map.of(
                "GET /api/nothing", 404,
                "POST /api/stats", 405,
                "GET /api/interfaces/va/attach", 405,
                "GET /api/stats?a=1", 400,
                "GET /api/flows?limit=x", 400,
                "GET /api/flows?fields=nope", 400,
                "GET /api/flows?filter=x", 400,
                "GET /api/flows?filter=%ff", 400,
                "GET /api/timeseries?metric=x", 400,
                "GET /api/flows?follow=1", 400);
        for (Map.Entry<String, Integer> one : refused.entrySet()) {
            String[] parts = one.getKey().split(" ", 2);
            Http http = Http.send(router, Role.ADMIN, parts[0], parts[1], null, "");
            assertEquals(one.getValue(), http.status, one.getKey());
            assertEquals("application/problem+json", http.headers.get("Content-Type"), one.getKey());
            assertFalse(http.text().contains("\tat "), http.text());
        }
        assertEquals(403, Http.send(router, Role.VIEWER, "POST", "/api/interfaces/va/detach", null, "").status);
    }

    @Test
    void shouldHideAMistakeOfOursBehindAReference() throws IOException {
        start();
        services.ledger = () -> {
            throw new IllegalStateException("secret");
        };
        Http http = get("/api/ledger");
        assertEquals(500, http.status);
        assertFalse(http.text().contains("secret"), http.text());
        assertTrue(http.text().contains("JOPIL-500"), http.text());
    }
}
