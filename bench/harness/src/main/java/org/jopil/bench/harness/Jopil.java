// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The assembled distribution, started by its own launcher on a data directory of its own, and attached to one wire at a
 * time.
 */
final class Jopil implements Tool, AutoCloseable {
    private static final Duration START_LIMIT = Duration.ofSeconds(90);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final Duration DRAIN_LIMIT = Duration.ofSeconds(10);
    private static final int UNAVAILABLE = 503;
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(60);
    /** The thread of the sensor that sleeps until the kernel wakes it. */
    private static final String RING_THREAD = "jopil-rings";

    private static final String SENSOR = "org.jopil.sensor";
    /** Rows of one answer of /api/flows. */
    private static final int PAGE_ROWS = 20_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path distribution;
    private final Path data;
    private final String setting;
    private final Map<String, String> configuration;
    private final boolean client;
    private final String version;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private Process launcher;
    private LiveClient live;
    private String base;
    private String token;

    /** {@code configuration}: the text of files in etc/, by PID. */
    private Jopil(Path distribution, Path data, String setting, Map<String, String> configuration, boolean client) {
        this.distribution = distribution;
        this.data = data;
        this.setting = setting;
        this.configuration = configuration;
        this.client = client;
        version = text(distribution.resolve("build.version"));
    }

    /** As it comes. */
    static Jopil byDefault(Path distribution, Path data) {
        return new Jopil(distribution, data, "default", Map.of(), false);
    }

    /** An event for every packet and a WebSocket client on all topics. */
    static Jopil withEverythingOn(Path distribution, Path data) {
        return new Jopil(
                distribution,
                data,
                "everything on",
                Map.of(SENSOR, "packet_events_per_second = 10000000\nring_kib = 65536\n"),
                true);
    }

    /** The default, and the default with one part off, or one more on: what each part costs is the difference. */
    static List<Jopil> parts(Path distribution, Path data) {
        return List.of(
                byDefault(distribution, data.resolve("default")),
                withEverythingOn(distribution, data.resolve("everything")),
                part(distribution, data, "follow none", "org.jopil.tracer", "follow_one_in = 0"),
                part(distribution, data, "follow each", "org.jopil.tracer", "follow_one_in = 1"),
                part(distribution, data, "no packet events", SENSOR, "packet_events_per_second = 0"),
                part(distribution, data, "no payloads", SENSOR, "payloads_per_second = 0"),
                part(distribution, data, "names off", "org.jopil.privacy", "level = names-off"),
                part(distribution, data, "addresses masked", "org.jopil.privacy", "level = addresses-masked"),
                part(distribution, data, "nDPI", "org.jopil.analyzer.application", "ndpi = true"));
    }

    private static Jopil part(Path distribution, Path data, String setting, String pid, String line) {
        return new Jopil(
                distribution, data.resolve(setting.replace(' ', '-')), setting, Map.of(pid, line + "\n"), false);
    }

    /** Starts it on a wire and waits until it is healthy. Returns how long that took. */
    Duration start(Topology.Wire wire) {
        long start = System.nanoTime();
        try {
            Path etc = Files.createDirectories(data.resolve("etc"));
            for (Map.Entry<String, String> file : configuration.entrySet()) {
                Files.writeString(etc.resolve(file.getKey() + ".cfg"), file.getValue());
            }
            ProcessBuilder builder = new ProcessBuilder(
                            distribution.resolve("bin/jopil").toString(),
                            "run",
                            "--data",
                            data.toString(),
                            "--port",
                            "0",
                            "--ssh-port",
                            "0",
                            "-i",
                            wire.spec())
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectOutput(output().toFile());
            builder.environment().keySet().removeIf(name -> name.startsWith("JOPIL_") || name.startsWith("KARAF_"));
            launcher = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        boolean up = Commands.await(
                START_LIMIT, () -> !launcher.isAlive() || text(output()).contains("  page "));
        if (!up || !launcher.isAlive()) {
            close();
            throw new IllegalStateException("JOPIL does not start: " + text(output()));
        }
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        base = text(data.resolve("run/http"));
        token = text(data.resolve("token"));
        if (client) {
            live = connect(message -> {});
        }
        return took;
    }

    private Path output() {
        return data.resolveSibling(data.getFileName() + ".txt");
    }

    /** Another client of the live page; the caller closes it. */
    LiveClient connect(Consumer<LiveClient.Message> messages) {
        return new LiveClient(http, URI.create(base.replace("http:", "ws:") + "/ws"), token, messages);
    }

    ProcessHandle process() {
        return launcher.toHandle();
    }

    @Override
    public String name() {
        return "JOPIL";
    }

    @Override
    public String setting() {
        return setting;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String command() {
        return "jopil run --data DIR --port 0 --ssh-port 0 -i " + Topology.WATCHED + "/WIRE"
                + configuration.entrySet().stream()
                        .map(file -> "; DIR/etc/" + file.getKey() + ".cfg: "
                                + file.getValue().strip().replace("\n", "; "))
                        .collect(Collectors.joining())
                + (client ? "; one WebSocket client on all topics" : "");
    }

    @Override
    public Watch watch(Topology.Wire wire) {
        Attached attached = new Attached(wire.spec());
        post("/api/interfaces/" + wire.spec() + "/attach");
        return attached;
    }

    private final class Attached implements Watch {
        private final String spec;
        private final Map<String, Long> before;
        private boolean detached;

        Attached(String spec) {
            this.spec = spec;
            before = events();
        }

        @Override
        public Optional<ProcessHandle> process() {
            return Optional.of(launcher.toHandle());
        }

        @Override
        public boolean hasData() {
            try (Stream<String> lines = flows(1, 0)) {
                return lines.skip(1).findAny().isPresent();
            } catch (Busy notYet) {
                return false;
            }
        }

        @Override
        public Seen stop(long sent) {
            // counters are read once a second
            Commands.await(DRAIN_LIMIT, () -> packets() >= sent);
            Map<FlowKey, FlowCount> flows = new HashMap<>();
            if (!Commands.await(DRAIN_LIMIT, () -> readFlows(flows))) {
                throw new IllegalStateException("/api/flows was busy for " + DRAIN_LIMIT.toSeconds() + " s");
            }
            long packets = packets();
            Map<String, Long> details = new LinkedHashMap<>();
            events().forEach((name, value) -> details.put(name, value - before.getOrDefault(name, 0L)));
            return new Seen(Optional.of(packets), Optional.of(flows), details);
        }

        /** False while the analyzer is too busy to answer. */
        private boolean readFlows(Map<FlowKey, FlowCount> flows) {
            long last = 0;
            try {
                while (true) {
                    List<String> lines;
                    try (Stream<String> page = flows(PAGE_ROWS, last)) {
                        lines = page.toList();
                    }
                    Flows.ofJopil(lines.stream()).forEach((key, count) -> flows.merge(key, count, FlowCount::plus));
                    if (lines.size() <= PAGE_ROWS) { // the first is the header
                        return true;
                    }
                    String newest = lines.get(lines.size() - 1);
                    last = Long.parseLong(newest.substring(newest.lastIndexOf(',') + 1));
                }
            } catch (Busy notYet) {
                flows.clear();
                return false;
            }
        }

        private long packets() {
            return stats().path("interfaces")
                    .path(spec)
                    .path("ingress")
                    .path("packets")
                    .asLong();
        }

        /** The oldest records after that one. */
        private Stream<String> flows(int limit, long afterId) {
            String filter =
                    URLEncoder.encode("interface == \"" + spec + "\" and id > " + afterId, StandardCharsets.UTF_8);
            return lines("/api/flows?sort=id&fields=src_ip,src_port,dst_ip,dst_port,protocol,packets,bytes,id&limit="
                    + limit + "&filter=" + filter);
        }

        @Override
        public void close() {
            if (!detached) {
                detached = true;
                post("/api/interfaces/" + spec + "/detach");
            }
        }
    }

    /** Sums of the ledger's book of events, and how often the kernel woke the reader. */
    private Map<String, Long> events() {
        Map<String, Long> sums = new LinkedHashMap<>();
        JsonNode events = stats().path("ledger").path("events");
        for (String name : new String[] {"seen", "delivered", "sampled_out", "ring_full"}) {
            sums.put("events_" + name, events.path(name).asLong());
        }
        sums.put("wakeups", ProcessTree.waits(launcher.toHandle(), RING_THREAD));
        return sums;
    }

    private JsonNode stats() {
        try {
            return JSON.readTree(get("/api/stats", "application/json", HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Stream<String> lines(String path) {
        return get(path, "text/csv", HttpResponse.BodyHandlers.ofLines());
    }

    private <T> T get(String path, String type, HttpResponse.BodyHandler<T> handler) {
        return send(request(path).header("Accept", type).GET().build(), handler);
    }

    private void post(String path) {
        send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path))
                .timeout(ANSWER_LIMIT)
                .header("Authorization", "Bearer " + token);
    }

    private <T> T send(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            HttpResponse<T> response = http.send(request, handler);
            if (response.statusCode() == UNAVAILABLE) {
                throw new Busy(request.uri().getPath());
            }
            if (response.statusCode() != 200) {
                throw new IllegalStateException(request.method() + " "
                        + request.uri().getPath() + ": status " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw Commands.interrupted(e);
        }
    }

    /** An analyzer did not answer in time; it will when it has caught up. */
    private static final class Busy extends RuntimeException {
        private static final long serialVersionUID = 1;

        Busy(String path) {
            super(path + ": busy");
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException notThere) {
            return "";
        }
    }

    /** Stops it in good order, by force when that takes too long; it can be started again. */
    @Override
    public void close() {
        if (live != null) {
            live.close();
            live = null;
        }
        if (launcher == null) {
            return;
        }
        launcher.destroy();
        try {
            if (!launcher.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                launcher.descendants().forEach(ProcessHandle::destroyForcibly);
                launcher.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            launcher.descendants().forEach(ProcessHandle::destroyForcibly);
            launcher.destroyForcibly();
        }
        launcher = null;
    }
}
