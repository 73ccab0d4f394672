// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a sensor meets when it is out of luck, each with real traffic as fast as it can be sent: totals stay exact, every
 * loss is counted, and it recovers without help. The sender's side is watched, where nothing can be lost between the
 * sender's own count and ours.
 */
class BadLuckIT {
    private static final boolean LONG = Boolean.getBoolean("jopil.long");
    private static final int PORT = 9003;
    /** More than this machine can send. */
    private static final int UNPACED = 10_000_000;

    private static final int ROUND = 200_000;
    private static final Duration LOAD = Duration.ofSeconds(LONG ? 30 : 2);
    private static final Duration SOON = Duration.ofSeconds(30);

    private Namespaces net;
    private long sent;

    @BeforeEach
    void connect() {
        net = Namespaces.pair();
        for (Namespaces.Side side : List.of(net.left(), net.right())) {
            // nobody else talks
            side.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orFail();
        }
    }

    @AfterEach
    void disconnect() {
        net.close();
    }

    // ---- the world

    private Instance.Starter watching(String... configuration) {
        Instance.Starter starter = Instance.on(net.left().spec());
        if (configuration.length > 0) {
            Path data = Instance.newData();
            try {
                Path etc = Files.createDirectories(data.resolve("etc"));
                Files.write(etc.resolve("org.jopil.sensor.cfg"), List.of(configuration));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            starter.data(data);
        }
        return starter;
    }

    /** One flow, as fast as it goes. */
    private void load(Duration time) {
        load(time, UNPACED);
    }

    private void load(Duration time, int packetsPerSecond) {
        long end = System.nanoTime() + time.toNanos();
        do {
            sent += send("send", net.right().ipv4(), "" + PORT, "" + ROUND, "" + packetsPerSecond);
        } while (System.nanoTime() < end);
    }

    private long send(String... words) {
        try (Traffic.Running sender = Traffic.start(net.left(), words)) {
            return sender.await().get("sent").longValue();
        }
    }

    private static JsonNode stats(Instance jopil) {
        return jopil.get("/api/stats").expect(200).json();
    }

    private static JsonNode ledger(Instance jopil) {
        return jopil.get("/api/ledger").expect(200).json();
    }

    private static long udpCounted(Instance jopil) {
        return stats(jopil).path("protocols").path("udp").asLong();
    }

    private static int showingOneOf(Instance jopil) {
        return stats(jopil).path("sampling").path("showing_one_of").asInt();
    }

    private static JsonNode subscriber(Instance jopil, String name) {
        for (JsonNode subscriber : ledger(jopil).path("events").path("subscribers")) {
            if (subscriber.path("name").asText().equals(name)) {
                return subscriber;
            }
        }
        throw new AssertionError("no subscriber " + name);
    }

    private JsonNode udpSent(Instance jopil) {
        for (JsonNode count : ledger(jopil).path("counts")) {
            if (count.path("interface").asText().equals(net.left().spec())
                    && count.path("direction").asText().equals("egress")
                    && count.path("protocol").asText().equals("udp")) {
                return count;
            }
        }
        return ledger(jopil).path("none");
    }

    private static long flowPackets(Instance jopil) {
        long packets = 0;
        for (JsonNode flow : jopil.get("/api/flows?limit=100000").expect(200).json()) {
            if (flow.path("dst_port").asInt() == PORT) {
                packets += flow.path("packets").asLong();
            }
        }
        return packets;
    }

    /** Nobody lags, both books close, all that was sent is in its flow, and health is what it was. */
    private void assertExactAndRecovered(Instance jopil) {
        Instance.await(SOON, sent + " packets in their flow", () -> flowPackets(jopil) >= sent);
        assertEquals(sent, flowPackets(jopil), "packets of the flow");
        assertEquals(0, udpSent(jopil).path("overflow").asLong(-1), () -> ledger(jopil)
                .toString());
        assertBooksCloseAndNobodyLags(jopil);
    }

    private void assertBooksCloseAndNobodyLags(Instance jopil) {
        Instance.await(
                SOON,
                "all of it in the ledger",
                () -> udpSent(jopil).path("counter").asLong() >= sent);
        Instance.await(SOON, "nobody to lag", () -> {
            JsonNode events = ledger(jopil).path("events");
            long pending = events.path("in_flight").asLong();
            for (JsonNode subscriber : events.path("subscribers")) {
                pending += subscriber.path("pending").asLong();
            }
            return pending == 0;
        });
        Instance.await(SOON, "every packet to be shown again", () -> showingOneOf(jopil) == 1);
        JsonNode book = ledger(jopil);
        assertEquals(0, book.path("difference").asLong(-1), book::toString);
        JsonNode count = udpSent(jopil);
        assertEquals(sent, count.path("counter").asLong(), "counted");
        assertEquals(sent, count.path("flows").asLong() + count.path("overflow").asLong(), count::toString);
        assertEquals("up", jopil.get("/api/health").json().path("status").asText(), () -> jopil.get("/api/health")
                .body());
        // statistics are a second old at most
        Instance.await(SOON, sent + " packets in the statistics", () -> udpCounted(jopil) >= sent);
        assertEquals(sent, udpCounted(jopil), "statistics");
    }

    private void report(String what, Instance jopil) {
        JsonNode events = ledger(jopil).path("events");
        System.out.printf(
                "%n%s: %d sent, %d counted; events: %d seen, %d delivered, %d sampled out, %d lost to a full ring;"
                        + " the step changed %d times%n",
                what,
                sent,
                udpSent(jopil).path("counter").asLong(),
                events.path("seen").asLong(),
                events.path("delivered").asLong(),
                events.path("sampled_out").asLong(),
                events.path("ring_full").asLong(),
                stats(jopil).path("sampling").path("changes").asLong());
    }

    // ---- a reader that stands still

    @Test
    void shouldRecoverFromTenSecondsOfStandstill() {
        try (Instance jopil = watching().start()) {
            loadAndLook(jopil);
            Command.run("kill", "-STOP", "" + jopil.pid()).orFail();
            try {
                load(Duration.ofSeconds(10));
            } finally {
                Command.run("kill", "-CONT", "" + jopil.pid()).orFail();
            }
            long cont = System.nanoTime();
            load(Duration.ofSeconds(2));
            assertExactAndRecovered(jopil);
            System.out.printf("%nexact, nobody behind, every packet shown %d ms after SIGCONT", millisSince(cont));
            report("stopped for 10 s", jopil);
            JsonNode events = ledger(jopil).path("events");
            assertTrue(events.path("ring_full").asLong() > 0, "what the ring could not hold is told");
            load(Duration.ofSeconds(1));
            assertExactAndRecovered(jopil);
            long more = ledger(jopil).path("events").path("delivered").asLong()
                    - events.path("delivered").asLong();
            assertTrue(more > 0, "packets are shown as before");
        }
    }

    /** Under load every place that shows packets says how many one stands for. */
    private void loadAndLook(Instance jopil) {
        int packets = 1_000_000;
        try (Traffic.Running sender =
                Traffic.start(net.left(), "send", net.right().ipv4(), "" + PORT, "" + packets, "100000")) {
            Instance.await(SOON, "packets to be sampled", () -> showingOneOf(jopil) > 1);
            assertEquals(
                    2000, stats(jopil).path("sampling").path("limit_per_second").asInt());
            for (String verb : List.of("packets", "status")) {
                String said = jopil.verb(verb).orFail().out();
                assertTrue(
                        said.matches(
                                "(?s).*Showing 1 of [0-9]+ packets \\(limit 2000/s\\)\\. Counters are complete\\..*"),
                        said);
            }
            sent += sender.await().get("sent").longValue();
        }
    }

    private static long millisSince(long ns) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - ns);
    }

    // ---- an analyzer that is slow

    @Test
    @Tag("long")
    void shouldLetASlowAnalyzerLoseItsOwnEventsOnly() throws IOException {
        Plugin snail = Plugin.of(
                "snail",
                "Snail",
                """
                import org.jopil.api.analyzer.PacketAnalyzer;
                import org.jopil.api.event.PacketBatch;
                import org.jopil.api.report.Query;
                import org.jopil.api.report.Report;
                import org.jopil.api.report.Column;
                import org.jopil.api.report.ReportSource;

                public final class Snail implements PacketAnalyzer, ReportSource {
                    private long lost;

                    @Override
                    public void onPackets(PacketBatch batch) throws InterruptedException {
                        lost += batch.lostBefore();
                        Thread.sleep(100);
                    }

                    @Override
                    public Report report(Query query) {
                        return Report.of(Column.column("lost", Column.Type.NUMBER, "events missed"))
                                .row(lost)
                                .lost(lost)
                                .build();
                    }
                }
                """);
        // more than 10 batches a second: each is published after 20 ms at the latest
        String[] everything = {"packet_events_per_second = 10000000", "ring_kib = 16384"};
        try (Instance jopil = watching(everything).start();
                Plugin.Deployed deployed = snail.deployIn(jopil)) {
            Instance.await(
                    SOON, "the snail", () -> jopil.get("/api/reports/snail").status() == 200);
            long start = System.nanoTime();
            while (subscriber(jopil, "snail").path("overrun").asLong() == 0) {
                assertTrue(millisSince(start) < SOON.toMillis(), "it is never lapped");
                load(Duration.ofSeconds(2), 40_000);
            }
            assertExactAndRecovered(jopil);
            report("100 ms a batch", jopil);
            JsonNode slow = subscriber(jopil, "snail");
            System.out.printf("snail: %s%npackets: %s%n", slow, subscriber(jopil, "packets"));
            assertEquals(0, slow.path("difference").asLong(-1));
            assertEquals(0, subscriber(jopil, "packets").path("overrun").asLong(-1), "the others lose nothing");
            assertEquals(
                    slow.path("overrun").asLong(),
                    jopil.get("/api/reports/snail")
                            .json()
                            .path("rows")
                            .path(0)
                            .path("lost")
                            .asLong(),
                    "what it was told");
            assertTrue(
                    jopil.verb("ledger").out().lines().anyMatch(line -> line.contains("snail")), "the ledger names it");
        }
    }

    // ---- little memory

    @Test
    @Tag("long")
    void shouldLiveWithAHeapThatIsNearlyFull() throws IOException {
        // leaves 12 MiB of whatever there is
        Plugin hoarder = Plugin.of(
                "hoarder",
                "Hoarder",
                """
                import java.util.ArrayList;
                import java.util.List;
                import org.jopil.api.analyzer.PacketAnalyzer;
                import org.jopil.api.event.PacketBatch;
                import org.jopil.api.report.Column;
                import org.jopil.api.report.Query;
                import org.jopil.api.report.Report;
                import org.jopil.api.report.ReportSource;

                public final class Hoarder implements PacketAnalyzer, ReportSource {
                    private final List<byte[]> treasure = new ArrayList<>();

                    public Hoarder() {
                        System.gc();
                        while (free() > 12 << 20) {
                            treasure.add(new byte[1 << 20]);
                        }
                    }

                    private static long free() {
                        Runtime runtime = Runtime.getRuntime();
                        return runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
                    }

                    @Override
                    public void onPackets(PacketBatch batch) {}

                    @Override
                    public Report report(Query query) {
                        return Report.of(Column.column("mebibytes", Column.Type.NUMBER, "held"))
                                .row((long) treasure.size())
                                .build();
                    }
                }
                """);
        try (Instance jopil =
                        watching().environment("JOPIL_JAVA_OPTS", "-Xmx192m").start();
                Plugin.Deployed deployed = hoarder.deployIn(jopil)) {
            Instance.await(
                    SOON, "the hoarder", () -> jopil.get("/api/reports/hoarder").status() == 200);
            long pid = jopil.pid();
            load(LOAD);
            assertExactAndRecovered(jopil);
            report("heap nearly full", jopil);
            System.out.println(
                    "held: " + jopil.get("/api/reports/hoarder").json().path("rows"));
            assertEquals(pid, jopil.pid(), "it was never restarted");
            assertTrue(ProcessHandle.of(pid).isPresent());
        }
    }

    @Test
    @Tag("long")
    void shouldLiveIn512Megabytes() throws IOException {
        try (MemoryLimit limit = MemoryLimit.megabytes(512);
                Instance jopil = watching().by(limit.wrapper()).start()) {
            load(LOAD);
            assertExactAndRecovered(jopil);
            report("512 MB", jopil);
            System.out.printf("most of it in use at a time: %d MiB%n", limit.mostBytes() >> 20);
            assertTrue(limit.holds(jopil.pid()), "the limit holds for it");
            assertEquals(0, limit.killed(), "killed for want of memory");
        }
    }

    /** A group of the memory controller, whichever version of it is here. */
    private record MemoryLimit(Path group, boolean unified) implements AutoCloseable {
        static MemoryLimit megabytes(int megabytes) throws IOException {
            Path old = Path.of("/sys/fs/cgroup/memory");
            boolean unified =
                    !Files.exists(old.resolve("memory.limit_in_bytes")) && !Files.exists(old.resolve("memory.stat"));
            Path root = unified ? Path.of("/sys/fs/cgroup") : old;
            MemoryLimit limit = new MemoryLimit(
                    root.resolve("jopil-itest-" + ProcessHandle.current().pid()), unified);
            Files.createDirectory(limit.group);
            Files.writeString(
                    limit.group.resolve(unified ? "memory.max" : "memory.limit_in_bytes"),
                    "" + ((long) megabytes << 20));
            return limit;
        }

        /** Words that put a process and all its children into it. */
        String[] wrapper() {
            return new String[] {"sh", "-c", "echo $$ >" + group.resolve("cgroup.procs") + " && exec \"$@\"", "sh"};
        }

        boolean holds(long pid) throws IOException {
            return Files.readAllLines(group.resolve("cgroup.procs")).contains("" + pid);
        }

        long mostBytes() throws IOException {
            return Long.parseLong(Files.readString(group.resolve(unified ? "memory.peak" : "memory.max_usage_in_bytes"))
                    .strip());
        }

        long killed() throws IOException {
            return Files.readAllLines(group.resolve(unified ? "memory.events" : "memory.oom_control")).stream()
                    .filter(line -> line.startsWith("oom_kill "))
                    .mapToLong(line -> Long.parseLong(line.split(" ")[1]))
                    .sum();
        }

        @Override
        public void close() throws IOException {
            Files.delete(group);
        }
    }

    // ---- few processors, and more than there are

    @Test
    @Tag("long")
    void shouldShareOneProcessorWithTheLoad() {
        try (Instance jopil = watching()
                .by("taskset", "-c", "0")
                .environment("JOPIL_JAVA_OPTS", "-XX:ActiveProcessorCount=1")
                .start()) {
            List<String> allowed = new ArrayList<>();
            try {
                Files.readAllLines(Path.of("/proc/" + jopil.pid() + "/status")).stream()
                        .filter(line -> line.startsWith("Cpus_allowed_list:"))
                        .forEach(line -> allowed.add(line.split("\\s+")[1]));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            assertEquals(List.of("0"), allowed);
            long end = System.nanoTime() + LOAD.toNanos();
            do {
                Command.Result result = net.left()
                        .command(
                                "taskset",
                                "-c",
                                "0",
                                Traffic.binary(),
                                "send",
                                net.right().ipv4(),
                                "" + PORT,
                                "" + ROUND,
                                "" + UNPACED)
                        .run()
                        .orFail();
                sent += Long.parseLong(
                        result.out().lines().findFirst().orElseThrow().split("\t")[1]);
            } while (System.nanoTime() < end);
            assertExactAndRecovered(jopil);
            report("one processor", jopil);
        }
    }

    /** As on a machine on which processors can be added: six more are possible than are there. */
    @Test
    void shouldReadTheProcessorsThatAreThere() throws IOException {
        String online =
                Files.readString(Path.of("/sys/devices/system/cpu/online")).strip();
        int last = Integer.parseInt(online.substring(online.lastIndexOf('-') + 1));
        Path possible = Files.writeString(Instance.work().resolve("possible"), "0-" + (last + 6) + "\n");
        String[] hidden = {
            "unshare",
            "-m",
            "sh",
            "-c",
            "mount --bind " + possible + " /sys/devices/system/cpu/possible && exec \"$@\"",
            "sh"
        };
        try (Instance jopil = watching().by(hidden).start()) {
            load(LOAD);
            // what is not IP is counted in a per-CPU hash, whose values are as many as are possible
            net.left().run("ip", "neigh", "flush", "all").orFail();
            load(Duration.ofSeconds(1));
            assertExactAndRecovered(jopil);
            report("more possible than online", jopil);
            JsonNode stats = stats(jopil); // all of one moment
            JsonNode cpus = stats.path("cpus");
            long sum = 0;
            for (JsonNode packets : cpus) {
                sum += packets.asLong();
            }
            assertEquals(stats.path("total_packets").asLong(), sum, cpus::toString);
            assertTrue(stats.path("protocols").path("arp").asLong() > 0, stats::toString);
            cpus.fieldNames().forEachRemaining(cpu -> assertTrue(Integer.parseInt(cpu) <= last, cpus::toString));
        }
    }

    // ---- small and large rings and tables

    @ParameterizedTest
    @ValueSource(ints = {64, 65_536})
    void shouldWorkWithRingsOfKibibytes(int kibibytes) {
        String[] everything = {"packet_events_per_second = 10000000", "ring_kib = " + kibibytes};
        try (Instance jopil = watching(everything).start()) {
            Instance.await(
                    SOON,
                    "rings in the kernel",
                    () -> stats(jopil).path("cost").path("kernel_bytes").asLong() > kibibytes * 1024L);
            load(LOAD);
            assertExactAndRecovered(jopil);
            report("rings of " + kibibytes + " KiB", jopil);
        }
    }

    @Test
    void shouldCountWhatFindsNoPlaceInATableOf1024() {
        String[] small = {"flow_capacity_ipv4 = 1024", "flow_capacity_ipv6 = 1024"};
        try (Instance jopil = watching(small).start()) {
            String peer = net.right()
                    .run("cat", "/sys/class/net/" + net.right().interfaceName() + "/address")
                    .orFail()
                    .out()
                    .strip();
            long frames = send("mix", net.left().interfaceName(), "a", "7", "20000", "400000", "" + UNPACED, peer);
            Instance.await(SOON, frames + " frames to be counted", () -> egress(jopil) >= frames);
            assertEquals(frames, egress(jopil), "frames");
            Instance.await(SOON, "all of them in the ledger", () -> drained(jopil) == ipPackets(jopil));
            JsonNode book = ledger(jopil);
            long overflow = 0;
            for (JsonNode count : book.path("counts")) {
                overflow += count.path("overflow").asLong();
                assertEquals(
                        count.path("counter").asLong(),
                        count.path("flows").asLong() + count.path("overflow").asLong(),
                        count::toString);
            }
            System.out.printf("%n20,000 flows in 1,024 slots: %d frames, %d in no flow%n", frames, overflow);
            assertTrue(overflow > 0, "it has overflowed");
            assertEquals(0, book.path("difference").asLong(-1), book::toString);
            // afterwards there is room again
            load(Duration.ofSeconds(1));
            Instance.await(SOON, sent + " packets in their flow", () -> flowPackets(jopil) >= sent);
            assertEquals(sent, flowPackets(jopil), "packets of the flow that came later");
            assertEquals(0, ledger(jopil).path("difference").asLong(-1));
            assertFalse(stats(jopil).path("ledger").path("overflow_packets").asLong() > overflow, "no more overflow");
        }
    }

    private long egress(Instance jopil) {
        return stats(jopil)
                .path("interfaces")
                .path(net.left().spec())
                .path("egress")
                .path("packets")
                .asLong();
    }

    /** As of the last scan. */
    private static long drained(Instance jopil) {
        long packets = 0;
        for (JsonNode count : ledger(jopil).path("counts")) {
            packets += count.path("flows").asLong() + count.path("overflow").asLong();
        }
        return packets;
    }

    /** Frames of IP: all but these. */
    private static long ipPackets(Instance jopil) {
        JsonNode stats = stats(jopil);
        return stats.path("total_packets").asLong()
                - stats.path("protocols").path("arp").asLong();
    }
}
