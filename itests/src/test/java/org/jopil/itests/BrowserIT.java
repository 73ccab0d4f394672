// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The page in the installed Chromium, on the running product, with real traffic. The tests themselves are written for
 * node in {@code browser/}; each of them is one test here. {@code -Djopil.browser='keys|look'} runs those of these files;
 * {@code -Djopil.screenshots=true} writes docs/img anew in their place.
 */
class BrowserIT {
    private static final Path FOLDER = Path.of(System.getProperty("jopil.root"), "itests/browser");
    private static final Path IMAGES = Path.of(System.getProperty("jopil.root"), "docs/img");
    private static final Pattern DATA = Pattern.compile("^  data +(\\S+)$", Pattern.MULTILINE);
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Node runs them in this order, whatever is asked. */
    private static final List<String> FILES = List.of(
            "capture",
            "connection",
            "drops",
            "equal",
            "fields",
            "filter",
            "journey",
            "keys",
            "latency",
            "look",
            "packet",
            "privacy",
            "still",
            "tcp",
            "why",
            "wrong");

    @TestFactory
    Stream<DynamicTest> page() throws Exception {
        install();
        if (Boolean.getBoolean("jopil.screenshots")) {
            return Stream.of(dynamicTest("screenshots", BrowserIT::screenshots));
        }
        List<String> words = new ArrayList<>(List.of("node", "--test", "--test-concurrency=1"));
        words.add("--test-reporter=" + FOLDER.resolve("report.mjs"));
        String only = System.getProperty("jopil.browser");
        for (String file : FILES) {
            if (only == null || file.matches(only)) {
                words.add(FOLDER.resolve(file + ".test.mjs").toString());
            }
        }
        try (Namespaces net = Namespaces.pair();
                Product product = new Product(net)) {
            Command.Result run = product.run(words, Duration.ofMinutes(12));
            List<DynamicTest> tests = results(run);
            product.finish();
            return tests.stream();
        }
    }

    /** From the demo, because people know its kind of traffic. */
    private static void screenshots() throws Exception {
        Path output = Files.createTempFile(Instance.work(), "demo", ".txt");
        Process demo = Command.of(Instance.launcher(), "demo", "--port", "0", "--ssh-port", "0", "--seconds", "600")
                .builder()
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            Instance.await(
                    Duration.ofSeconds(60), "the demo", () -> data(output).isPresent());
            Path data = data(output).get();
            String address = Files.readString(data.resolve("run/http")).strip();
            Command.of("node", FOLDER.resolve("screenshots.mjs").toString(), IMAGES.toString())
                    .environment("JOPIL_URL", "http://127.0.0.1:" + address.substring(address.lastIndexOf(':') + 1))
                    .environment(
                            "JOPIL_TOKEN",
                            Files.readString(data.resolve("token")).strip())
                    .within(Duration.ofMinutes(5))
                    .run()
                    .orFail();
        } finally {
            demo.destroy();
            demo.waitFor(30, TimeUnit.SECONDS);
        }
    }

    /** The data directory that the launcher has printed. */
    private static Optional<Path> data(Path output) {
        try {
            Matcher matcher = DATA.matcher(Files.readString(output));
            return matcher.find() ? Optional.of(Path.of(matcher.group(1))) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the tests need from npm, unless it is there. */
    private static void install() throws IOException {
        Path lock = FOLDER.resolve("package-lock.json");
        Path installed = FOLDER.resolve("node_modules/.package-lock.json");
        if (!Files.exists(installed)
                || Files.getLastModifiedTime(lock).compareTo(Files.getLastModifiedTime(installed)) > 0) {
            Command.of("npm", "ci", "--loglevel=error", "--prefix", FOLDER.toString())
                    .within(Duration.ofMinutes(3))
                    .run()
                    .orFail();
        }
    }

    /** One test each, in the order in which they ran. */
    private static List<DynamicTest> results(Command.Result run) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        boolean failed = false;
        for (String line : run.out().lines().toList()) {
            if (!line.startsWith("{")) {
                System.out.println(line);
                continue;
            }
            JsonNode result = MAPPER.readTree(line);
            if (result.has("note")) {
                System.out.println("    " + result.path("note").asText());
                continue;
            }
            String failure = result.path("failure").asText(null);
            String skip = result.path("skip").asText(null);
            System.out.printf(
                    "%-6s %5d ms  %s: %s%n",
                    failure != null ? "FAILED" : skip != null ? "skip" : "ok",
                    result.path("ms").asLong(),
                    result.path("file").asText(),
                    result.path("name").asText());
            failed |= failure != null;
            tests.add(dynamicTest(result.path("name").asText(), () -> {
                if (skip != null) {
                    abort(skip);
                }
                if (failure != null) {
                    fail(failure);
                }
            }));
        }
        if (run.status() != 0 && !failed) {
            fail("node ended with " + run.text());
        }
        return tests;
    }

    /** The instance that is looked at, its traffic, and the orders that tests give from node. */
    private static final class Product implements AutoCloseable {
        private static final int FLOWS = 60;
        private static final int PACKETS = 4_000;
        private static final int PPS_EACH_SIDE = 1_000;
        private static final int TALK_PORT = 9007;
        private static final String TALK_BYTES = "300000";
        private static final Duration TALK_LIMIT = Duration.ofSeconds(20);

        private final Namespaces net;
        private final Random seeds;
        private final HttpServer orders;
        private Instance jopil;
        private Thread sender;
        private volatile boolean sending;
        private volatile Throwable broken;
        private long sentPackets;
        private long sentBytes;

        Product(Namespaces net) throws IOException {
            this.net = net;
            long seed = Long.getLong("jopil.seed", new Random().nextLong(1, Long.MAX_VALUE));
            System.out.printf("%nseed %d (-Djopil.seed=%d repeats it)%n", seed, seed);
            seeds = new Random(seed);
            // nothing but what we send is on the wire
            for (Namespaces.Side side : List.of(net.left(), net.right())) {
                side.run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1").orFail();
                side.run("ip", "link", "set", "arp", "off", "dev", side.interfaceName())
                        .orFail();
            }
            orders = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            orders.createContext("/traffic", exchange -> answer(exchange, this::traffic));
            orders.createContext("/quiet", exchange -> answer(exchange, this::quiet));
            orders.createContext("/odd", exchange -> answer(exchange, this::odd));
            orders.createContext("/loop", exchange -> answer(exchange, this::loop));
            orders.createContext("/talk", exchange -> answer(exchange, this::talk));
            orders.createContext("/fault", exchange -> answer(exchange, this::fault));
            orders.createContext("/stop", exchange -> answer(exchange, this::stop));
            orders.createContext("/start", exchange -> answer(exchange, this::start));
            jopil = Instance.on(net.left().spec()).start();
            orders.start();
        }

        Command.Result run(List<String> words, Duration limit) {
            return Command.of(words)
                    .environment("JOPIL_URL", "http://127.0.0.1:" + jopil.port())
                    .environment("JOPIL_TOKEN", jopil.token())
                    .environment("JOPIL_LONG", Boolean.getBoolean("jopil.long") ? "1" : "")
                    .environment(
                            "JOPIL_CONTROL",
                            "http://127.0.0.1:" + orders.getAddress().getPort())
                    .within(limit)
                    .run();
        }

        private interface Order {
            Map<String, Object> carryOut() throws Exception;
        }

        private static void answer(HttpExchange exchange, Order order) throws IOException {
            int status = 200;
            byte[] body;
            try {
                body = MAPPER.writeValueAsBytes(order.carryOut());
            } catch (Exception | AssertionError e) {
                status = 500;
                body = e.toString().getBytes(UTF_8);
            }
            exchange.sendResponseHeaders(status, body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        }

        /** Short runs of mixed traffic one after the other, each from a new seed, until {@link #quiet}. */
        private synchronized Map<String, Object> traffic() {
            if (sender == null) {
                sending = true;
                sender = new Thread(this::send, "traffic");
                sender.start();
            }
            return Map.of();
        }

        private void send() {
            try {
                while (sending) {
                    String seed = Integer.toString(seeds.nextInt(1, Integer.MAX_VALUE));
                    try (Traffic.Running a = mix(net.left(), net.right(), "a", seed);
                            Traffic.Running b = mix(net.right(), net.left(), "b", seed)) {
                        for (Traffic.Running side : List.of(a, b)) {
                            Map<String, Double> numbers = side.await();
                            sentPackets += numbers.get("sent").longValue();
                            sentBytes += numbers.get("bytes").longValue();
                        }
                    }
                }
            } catch (RuntimeException | Error e) {
                broken = e;
            }
        }

        private static Traffic.Running mix(Namespaces.Side from, Namespaces.Side to, String name, String seed) {
            String mac = to.run("cat", "/sys/class/net/" + to.interfaceName() + "/address")
                    .orFail()
                    .out()
                    .strip();
            return Traffic.start(
                    from,
                    "mix",
                    from.interfaceName(),
                    name,
                    seed,
                    Integer.toString(FLOWS),
                    Integer.toString(PACKETS),
                    Integer.toString(PPS_EACH_SIDE),
                    mac);
        }

        /** Ends the traffic; what was sent since the instance's start. */
        private synchronized Map<String, Object> quiet() throws InterruptedException {
            if (sender != null) {
                sending = false;
                sender.join();
                sender = null;
            }
            if (broken != null) {
                throw new IllegalStateException("The traffic failed", broken);
            }
            return Map.of("packets", sentPackets, "bytes", sentBytes);
        }

        /** An interface whose name is hostile to a page; it goes with its namespace. */
        private synchronized Map<String, Object> odd() {
            String name = "<u>&\"'x";
            net.left()
                    .run("ip", "link", "add", name, "type", "veth", "peer", "name", "even")
                    .orFail();
            net.left().run("ip", "link", "set", name, "up").orFail();
            return Map.of("name", net.left().namespace() + "/" + name);
        }

        /** Where {@link #talk} does. */
        private Map<String, Object> loop() {
            return Map.of("name", net.left().namespace() + "/lo", "port", TALK_PORT);
        }

        /** One connection of the kernel's own, over before it answers. */
        private synchronized Map<String, Object> talk() {
            try (Traffic.Running server = connection("listen")) {
                Instance.await(TALK_LIMIT, "the server", () -> server.hasPrinted("listening"));
                try (Traffic.Running client = connection("connect")) {
                    Instance.await(
                            TALK_LIMIT, "the transfer", () -> client.hasPrinted("quiet") && server.hasPrinted("quiet"));
                }
            }
            return Map.of();
        }

        private Traffic.Running connection(String role) {
            return Traffic.startProgram(
                    net.left(), "connection", role, "127.0.0.1", Integer.toString(TALK_PORT), TALK_BYTES);
        }

        /** A counter that is wrong until the next start. */
        private synchronized Map<String, Object> fault() {
            Faults.counter(jopil, 1000);
            return Map.of();
        }

        /** Without traffic, because nobody would count it. */
        private synchronized Map<String, Object> stop() throws InterruptedException {
            quiet();
            jopil.stop();
            return Map.of();
        }

        private synchronized Map<String, Object> start() {
            jopil = Instance.on(net.left().spec())
                    .data(jopil.data())
                    .ports(jopil.port(), jopil.sshPort())
                    .start();
            sentPackets = 0;
            sentBytes = 0;
            return Map.of();
        }

        /** Ends in good order, so that nothing is left behind. */
        void finish() throws InterruptedException {
            quiet();
            jopil.stop();
        }

        @Override
        public void close() {
            orders.stop(0);
            try (Instance stopped = jopil) {
                quiet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
