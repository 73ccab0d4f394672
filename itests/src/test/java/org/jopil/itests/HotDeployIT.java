// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Analyzers that come and go in DATA/deploy while packets come in, and jars that should never have come. */
class HotDeployIT {
    private static final int TIMES = 20;
    private static final int PPS = 100_000;
    /** Goes on for longer than all the coming and going. */
    private static final int PACKETS = 60 * PPS;

    private static final String PORT = "9002";
    private static final Duration LIMIT = Duration.ofSeconds(2);
    private static final String REPORT = "/api/reports/top-talkers";

    private static Namespaces net;
    private static Instance jopil;

    @BeforeAll
    static void start() {
        net = Namespaces.pair();
        jopil = Instance.on(net.right().spec()).start();
    }

    @AfterAll
    static void stop() {
        try {
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            net.close();
        }
    }

    @Test
    void shouldComeAndGoUnderLoad() throws IOException {
        deploy(example());
        undeploy(example());
        int loadersBefore = settledClassLoaders();
        List<Long> up = new ArrayList<>();
        List<Long> down = new ArrayList<>();
        ForeignLoad load = ForeignLoad.start();
        double share;
        String to = net.right().ipv4();
        long sent;
        try (Traffic.Running receiver = Traffic.start(net.right(), "receive", to, PORT, "" + PACKETS, "5")) {
            Instance.await(Duration.ofSeconds(5), "the receiver", () -> receiver.hasPrinted("ready"));
            try (Traffic.Running sender = Traffic.start(net.left(), "send", to, PORT, "" + PACKETS, "" + PPS)) {
                for (int i = 0; i < TIMES; i++) {
                    up.add(deploy(example()));
                    down.add(undeploy(example()));
                }
                share = load.share();
                assertTrue(sender.process().isAlive(), "it was sending all the time");
                sent = sender.await().get("sent").longValue();
            }
            assertEquals(PACKETS, receiver.await().get("distinct").longValue(), "received");
        }
        System.out.printf(
                "%d times at %d packets/s: reports after %s ms, gone after %s ms; %.0f %% of the machine taken by others%n",
                TIMES, PPS, up, down, 100 * share);

        Instance.await(Duration.ofSeconds(20), "all packets in flows", () -> flowPackets() >= sent);
        assertEquals(sent, flowPackets(), "packets of the flows");
        JsonNode ledger = jopil.get("/api/ledger").expect(200).json();
        assertEquals(0, ledger.path("difference").asLong(-1), ledger::toString);
        assertEquals(loadersBefore, settledClassLoaders(), "class loaders of bundles");
        assertEquals("up", jopil.get("/api/health").json().path("status").asText());
        long limit = ForeignLoad.stretched(LIMIT, share);
        assertTrue(Collections.max(up) <= limit, "reports after " + up + " ms");
        assertTrue(Collections.max(down) <= limit, "gone after " + down + " ms");
    }

    @Test
    void shouldRefuseATruncatedJarAndHurtNothingElse() throws IOException {
        byte[] whole = Files.readAllBytes(example());
        Path broken = Files.createTempFile(Instance.work(), "broken", ".jar");
        Files.write(broken, Arrays.copyOf(whole, whole.length / 2));
        List<String> bundlesBefore = bundles();
        int linesBefore = (int) jopil.log().lines().count();
        place(broken);
        try {
            Instance.await(Duration.ofSeconds(10), "the log to name it", () -> newLog(linesBefore)
                    .contains(broken.getFileName().toString()));
            assertUnhurt(bundlesBefore);
            // what comes beside it works
            deploy(example());
            undeploy(example());
        } finally {
            Files.delete(deployFolder().resolve(broken.getFileName()));
            Files.delete(broken);
        }
        Instance.await(Duration.ofSeconds(10), "only the old bundles to be there", () -> bundles()
                .equals(bundlesBefore));
    }

    /** A jar that calls itself like one of ours must not displace it: the sensor would detach. */
    @Test
    void shouldRefuseAJarThatCallsItselfLikeOneOfOurs() throws IOException {
        List<String> bundlesBefore = bundles();
        String version = bundlesBefore.stream()
                .filter(bundle -> bundle.startsWith("org.jopil.sensor "))
                .findFirst()
                .orElseThrow()
                .split(" ")[1];
        KernelObjects held = KernelObjects.heldBy(jopil.pid());
        for (String claimed : List.of(version, "99.0.0")) {
            Path impostor = impostor("org.jopil.sensor", claimed);
            int linesBefore = (int) jopil.log().lines().count();
            place(impostor);
            try {
                Instance.await(Duration.ofSeconds(10), "the log to name it", () -> newLog(linesBefore)
                        .contains(impostor.getFileName().toString()));
                assertUnhurt(bundlesBefore);
                assertEquals(held.links(), KernelObjects.heldBy(jopil.pid()).links(), "still the same links");
            } finally {
                Files.deleteIfExists(deployFolder().resolve(impostor.getFileName()));
                Files.delete(impostor);
            }
            Instance.await(Duration.ofSeconds(10), "only the old bundles to be there", () -> bundles()
                    .equals(bundlesBefore));
        }
    }

    /** Tools of the JDK. */
    private static String jdk(String tool, String... words) {
        String[] command = Stream.concat(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", tool)
                                .toString()),
                        Arrays.stream(words))
                .toArray(String[]::new);
        return Command.run(command).orFail().out();
    }

    @Test
    void shouldTakeOnlyWhatATrustedOneSignedIfToldTo() throws IOException {
        Path signed = Files.createTempFile(Instance.work(), "signed", ".jar");
        Files.copy(example(), signed, StandardCopyOption.REPLACE_EXISTING);
        String keys = signed + ".keys";
        jdk(
                "keytool",
                "-genkeypair",
                "-alias",
                "us",
                "-keyalg",
                "EC",
                "-dname",
                "CN=us",
                "-keystore",
                keys,
                "-storepass",
                "secret");
        Matcher fingerprint = Pattern.compile("SHA-?256: ([0-9A-F:]{95})")
                .matcher(jdk("keytool", "-list", "-v", "-keystore", keys, "-storepass", "secret"));
        assertTrue(fingerprint.find());
        jdk("jarsigner", "-keystore", keys, "-storepass", "secret", signed.toString(), "us");
        Path setting = jopil.data().resolve("etc/org.jopil.config.cfg");
        String before = Files.readString(setting);
        Files.writeString(setting, before + "\ntrusted_signers = " + fingerprint.group(1) + "\n");
        try {
            Instance.await(Duration.ofSeconds(20), "the setting", () -> jopil.get("/api/audit")
                    .body()
                    .contains(fingerprint.group(1)));
            int linesBefore = (int) jopil.log().lines().count();
            place(example());
            Instance.await(Duration.ofSeconds(10), "the log to name it", () -> newLog(linesBefore)
                    .contains("is not signed by anybody of trusted_signers"));
            assertEquals(404, jopil.get(REPORT).status());
            Files.delete(deployFolder().resolve(example().getFileName()));
            deploy(signed);
            undeploy(signed);
        } finally {
            Files.writeString(setting, before);
        }
    }

    private static Path impostor(String symbolicName, String version) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", symbolicName);
        main.putValue("Bundle-Version", version);
        Path jar = Files.createTempFile(Instance.work(), "impostor", ".jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.finish();
        }
        return jar;
    }

    private static void assertUnhurt(List<String> bundlesBefore) {
        assertEquals("up", jopil.get("/api/health").json().path("status").asText());
        assertTrue(bundles().containsAll(bundlesBefore), () -> bundles() + " of " + bundlesBefore);
        List<String> running = new ArrayList<>();
        for (JsonNode analyzer : jopil.get("/api/analyzers").expect(200).json()) {
            running.add(analyzer.path("name").asText() + " "
                    + analyzer.path("state").asText());
        }
        Collections.sort(running);
        assertEquals(
                List.of(
                        "applications running",
                        "arp running",
                        "captures running",
                        "cpus running",
                        "device-drops running",
                        "dns running",
                        "drop-events running",
                        "drops running",
                        "drops-normal running",
                        "flows running",
                        "journeys running",
                        "latency running",
                        "packets running",
                        "protocols running",
                        "stands-out running",
                        "tcp running"),
                running);
    }

    /** The jar of the example. */
    static Path example() throws IOException {
        Path target = Path.of(System.getProperty("jopil.root"), "examples/analyzer-top-talkers/target");
        try (Stream<Path> files = Files.list(target)) {
            return files.filter(file -> file.getFileName().toString().matches("analyzer-top-talkers-[0-9].*\\.jar"))
                    .filter(file -> !file.toString().matches(".*-(sources|javadoc|tests)\\.jar"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("build examples/analyzer-top-talkers first"));
        }
    }

    private static Path deployFolder() {
        return jopil.data().resolve("deploy");
    }

    /** As a careful person does it: complete before it is seen. */
    private static void place(Path jar) throws IOException {
        Path temporary = deployFolder().resolve("." + jar.getFileName() + ".part");
        Files.copy(jar, temporary, StandardCopyOption.REPLACE_EXISTING);
        Files.move(temporary, deployFolder().resolve(jar.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    }

    /** Until it reports; milliseconds. */
    private static long deploy(Path jar) throws IOException {
        long start = System.nanoTime();
        place(jar);
        Instance.await(
                Duration.ofSeconds(20), "the report", () -> jopil.get(REPORT).status() == 200);
        return (System.nanoTime() - start) / 1_000_000;
    }

    /** Until it is gone; milliseconds. */
    private static long undeploy(Path jar) throws IOException {
        long start = System.nanoTime();
        Files.delete(deployFolder().resolve(jar.getFileName()));
        Instance.await(
                Duration.ofSeconds(20),
                "the report to go",
                () -> jopil.get(REPORT).status() == 404);
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static long flowPackets() {
        long packets = 0;
        for (JsonNode flow : jopil.get("/api/flows?limit=100000").expect(200).json()) {
            if (flow.path("dst_port").asText().equals(PORT)) {
                packets += flow.path("packets").asLong();
            }
        }
        return packets;
    }

    /** Of bundles that are in use; asking collects what is garbage first. */
    private static int classLoaders() {
        String histogram = Command.run("jcmd", "" + jopil.pid(), "GC.class_histogram")
                .orFail()
                .out();
        return histogram
                .lines()
                .filter(line -> line.contains("BundleWiringImpl$BundleClassLoader"))
                .mapToInt(line -> Integer.parseInt(line.strip().split("\\s+")[1]))
                .sum();
    }

    /** A report goes first, the wiring of its bundle a moment later. */
    private static int settledClassLoaders() {
        int[] last = {classLoaders()};
        Instance.await(Duration.ofSeconds(20), "the bundles to settle", () -> {
            int now = classLoaders();
            boolean same = now == last[0];
            last[0] = now;
            return same;
        });
        return last[0];
    }

    /** {@code name version} of all, sorted. */
    private static List<String> bundles() {
        return jopil.ssh("bundle:list -t 0 -s --no-format --no-ellipsis")
                .orFail()
                .out()
                .lines()
                .map(line -> line.split("\t"))
                .filter(columns -> columns.length >= 5)
                .map(columns -> columns[4].strip() + " " + columns[3].strip())
                .sorted()
                .toList();
    }

    private static String newLog(int linesBefore) {
        return String.join("\n", jopil.log().lines().skip(linesBefore).toList());
    }
}
