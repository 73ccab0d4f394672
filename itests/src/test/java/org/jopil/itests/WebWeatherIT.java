// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are slow, many, broken or hostile harm themselves only. */
class WebWeatherIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int MOST_CLIENTS = 1000;
    private static final int GOOD_CLIENTS = 50;
    private static final long DELIVERY_NS = 10_000_000_000L;
    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";

    private static Instance jopil;

    private final List<Socket> open = new ArrayList<>();

    @BeforeAll
    static void start() {
        jopil = Instance.on("lo").start();
    }

    @AfterAll
    static void stop() {
        if (jopil != null) {
            jopil.close();
        }
    }

    @AfterEach
    void closeAll() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
    }

    private Socket connect(int receiveBytes) throws IOException {
        Socket socket = new Socket();
        open.add(socket);
        if (receiveBytes > 0) {
            socket.setReceiveBufferSize(receiveBytes);
        }
        socket.setSoTimeout((int) SOON.toMillis());
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), jopil.port()));
        return socket;
    }

    private static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
    }

    /** The status of the answer to these bytes; 0 if the connection was closed without one. */
    private int status(String request) throws IOException {
        return status(connect(0), request);
    }

    private static int status(Socket socket, String request) throws IOException {
        String line;
        try {
            write(socket, request);
        } catch (IOException e) {
            // it may refuse before all is there
        }
        try {
            line = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1)).readLine();
        } catch (IOException e) {
            return 0;
        }
        return line == null ? 0 : Integer.parseInt(line.split(" ")[1]);
    }

    private String head() {
        return "Host: 127.0.0.1:" + jopil.port() + "\r\nAuthorization: Bearer " + jopil.token() + "\r\n";
    }

    /** RELIABILITY F5. */
    @Test
    void shouldRefuseRequestsThatAreNone() throws IOException {
        assertEquals(200, status("GET /api/stats HTTP/1.1\r\n" + head() + "\r\n"), "a good one");
        assertEquals(
                431,
                status("GET /api/stats HTTP/1.1\r\n" + head() + "X: " + "x".repeat(17 * 1024) + "\r\n\r\n"),
                "header");
        assertEquals(414, status("GET /" + "x".repeat(20 * 1024) + " HTTP/1.1\r\n" + head() + "\r\n"), "URI");
        assertEquals(400, status("GET /api/stats HTTP/1.1\r\n\r\n"), "no host");
        String post = "POST /api/tickets HTTP/1.1\r\n" + head() + "Content-Type: application/json\r\n";
        assertEquals(
                400,
                status(post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
                "length and chunks");
        assertEquals(400, status(post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), "two lengths");
        assertEquals(400, status("GET /api/..%2fetc/users HTTP/1.1\r\n" + head() + "\r\n"), "a way out");
        assertEquals(400, status("\0\1\2garbage\r\n\r\n"), "garbage");
        int trace = status("TRACE /api/stats HTTP/1.1\r\n" + head() + "\r\n");
        assertTrue(trace == 403 || trace == 405, "TRACE: " + trace);
        assertEquals(400, status("GET /ws HTTP/1.1\r\n" + head() + UPGRADE.replace("13", "7") + "\r\n"), "version 7");
        assertNoFault();
    }

    /** RELIABILITY F5. */
    @Test
    void shouldRefuseBodiesThatAreNoneWithTheirReason() {
        List<String> bodies = new ArrayList<>(List.of(
                "[".repeat(60_000),
                "{\"role\":".repeat(40) + "1" + "}".repeat(40),
                "{\"role\":NaN}",
                "{\"role\":1e999}",
                "{\"role\":\"admin\",\"role\":\"viewer\"}",
                "{\"role\":\"\\ud800\"}",
                "{\"role\":\"admin\"} {}",
                "{'role':'admin'}",
                "{\"role\":\"admin\",}",
                "{\"rule\":\"admin\"}",
                "[]",
                "null",
                "\"admin\"",
                "{",
                "{\"role\":[" + "1,".repeat(20_000) + "1]}"));
        for (String body : bodies) {
            Http.Response refused = jopil.post("/api/tickets", body);
            String what = body.substring(0, Math.min(40, body.length()));
            assertEquals(400, refused.status(), () -> what + ": " + refused);
            assertFalse(refused.json().path("detail").asText().isBlank(), refused::toString);
            assertFalse(refused.body().contains("\tat ") || refused.body().contains("Exception"), refused::toString);
        }
        assertEquals(
                413,
                jopil.post("/api/tickets", "{\"role\":\"" + "x".repeat(65 * 1024) + "\"}")
                        .status());
        assertNoFault();
    }

    /** Nothing that anybody sends is an error of ours. */
    private static void assertNoFault() {
        List<String> faults = jopil.log()
                .lines()
                .filter(line -> line.matches("\\S+ (ERROR|FATAL) .*"))
                .toList();
        assertEquals(List.of(), faults);
    }

    private String session() {
        String url = jopil.verb("url").orFail().out().strip();
        String cookie = jopil.anonymous()
                .get(url.substring(url.indexOf("/?ticket=")))
                .headers()
                .get("set-cookie");
        return cookie.substring(0, cookie.indexOf(';'));
    }

    /** RELIABILITY F6: a browser brings its cookie wherever the page is from that asks. */
    @Test
    void shouldTakeWebSocketsOfItsOwnPageOnly() throws IOException {
        String port = ":" + jopil.port();
        String cookie = session();
        List<String> own = List.of("http://127.0.0.1" + port, "HTTP://127.0.0.1" + port);
        List<String> foreign = List.of(
                "",
                "null",
                "http://127.0.0.1",
                "http://127.0.0.1:1",
                "https://127.0.0.1" + port,
                "ws://127.0.0.1" + port,
                "http://127.0.0.1" + port + ".evil.example",
                "http://127.0.0.1.evil.example" + port,
                "http://evil.example" + port,
                "http://evil127.0.0.1" + port,
                "http://127.0.0.1" + port + "@evil.example",
                "http://user@127.0.0.1" + port,
                "http://127.0.0.1" + port + "/",
                "http://127.0.0.1" + port + " http://evil.example",
                "http://127.0.0.2" + port,
                "http://localhost" + port,
                "http://[::1]" + port,
                "127.0.0.1" + port,
                "file://",
                "*");
        for (String origin : own) {
            assertEquals(101, upgrade("Cookie: " + cookie + "\r\nOrigin: " + origin), origin);
        }
        for (String origin : foreign) {
            assertEquals(403, upgrade("Cookie: " + cookie + "\r\nOrigin: " + origin), origin);
        }
        assertEquals(403, upgrade("Cookie: " + cookie), "no origin, but a cookie");
        assertEquals(101, upgrade("Authorization: Bearer " + jopil.token()), "no origin, but a token");
        assertEquals(401, upgrade("X: y"), "nobody");
    }

    private int upgrade(String who) throws IOException {
        return status("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" + jopil.port() + "\r\n" + who + "\r\n" + UPGRADE + "\r\n");
    }

    /** RELIABILITY F7. */
    @ParameterizedTest
    @CsvSource({
        "evil.example,421",
        "127.0.0.1.evil.example,421",
        "localhost.evil.example,421",
        "localhost,200",
        "[::1],200"
    })
    void shouldAnswerToItsOwnNamesOnly(String name, int status) {
        assertEquals(
                status,
                jopil.http()
                        .header("Host", name + ":" + jopil.port())
                        .get("/api/stats")
                        .status());
    }

    /** RELIABILITY F7: what a foreign page's form can send. */
    @ParameterizedTest
    @ValueSource(strings = {"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"})
    void shouldRefuseFormsOfOtherPages(String type) {
        String cookie = session();
        assertEquals(
                403,
                jopil.anonymous()
                        .header("Cookie", cookie)
                        .header("Origin", "http://evil.example")
                        .post("/api/interfaces/lo/detach", "{}".getBytes(UTF_8), type)
                        .status());
        assertEquals(
                403,
                jopil.anonymous()
                        .header("Cookie", cookie)
                        .post("/api/interfaces/lo/detach", "{}".getBytes(UTF_8), type)
                        .status(),
                "without a word of where it comes from");
    }

    /** RELIABILITY F9: five a minute, and nobody can lock the owner out. */
    @Test
    void shouldSlowDownWhoGuessesTokens() {
        Http.Response last = null;
        for (int attempt = 0; attempt < 6; attempt++) {
            last = jopil.anonymous()
                    .header("Origin", "http://127.0.0.1:" + jopil.port())
                    .post("/api/session", "{\"token\":\"guess" + attempt + "\"}");
            assertEquals(attempt < 5 ? 401 : 429, last.status(), last.toString());
        }
        int seconds = Integer.parseInt(last.headers().get("retry-after"));
        assertTrue(seconds > 0 && seconds <= 60, last::toString);
        jopil.get("/api/stats").expect(200);
        assertEquals(201, jopil.post("/api/tickets", "{}").status());
    }

    /** A client that tells how many statistics it got. */
    private static final class Good implements WebSocket.Listener {
        private final AtomicInteger messages = new AtomicInteger();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
            if (last) {
                messages.incrementAndGet();
            }
            from.request(1);
            return null;
        }
    }

    /** RELIABILITY F1 and F2: who does not read is cut off; the others do not notice. */
    @Test
    void shouldCutOffWhoDoesNotReadAndSpareTheOthers() throws Exception {
        List<Good> good = new ArrayList<>();
        List<WebSocket> sockets = new ArrayList<>();
        HttpClient client = HttpClient.newHttpClient();
        try {
            for (int i = 0; i < GOOD_CLIENTS; i++) {
                Good listener = new Good();
                good.add(listener);
                sockets.add(client.newWebSocketBuilder()
                        .header("Authorization", "Bearer " + jopil.token())
                        .buildAsync(URI.create("ws://127.0.0.1:" + jopil.port() + "/ws"), listener)
                        .join());
            }
            Socket deaf = connect(4096);
            assertEquals(101, status(deaf, "GET /ws HTTP/1.1\r\n" + head() + UPGRADE + "\r\n"));
            String peer = "127.0.0.1:" + deaf.getLocalPort();
            Instance.await(
                    SOON, "the deaf one to be known", () -> !clientAt(peer).isMissingNode());
            // what it asks for is answered, until its answers fill all that lies between
            Thread asks = new Thread(() -> {
                try {
                    while (true) {
                        deaf.getOutputStream().write(frame("{\"type\":\"subscribe\",\"filter\":\"((\"}"));
                    }
                } catch (IOException e) {
                    // cut off
                }
            });
            asks.start();
            int[] before = good.stream().mapToInt(g -> g.messages.get()).toArray();
            long from = System.nanoTime();
            Instance.await(Duration.ofSeconds(60), "the deaf one to be cut off", () -> clientAt(peer)
                    .isMissingNode());
            asks.join(SOON.toMillis());
            assertFalse(asks.isAlive());
            double seconds = (System.nanoTime() - from) / 1e9;
            Instance.await(
                    SOON, "the next statistics", () -> good.get(0).messages.get() > before[0]);
            System.out.printf("cut off after %.1f s%n", seconds);
            for (int i = 0; i < GOOD_CLIENTS; i++) {
                int got = good.get(i).messages.get() - before[i];
                assertTrue(got >= (int) seconds - 1, i + " got " + got + " in " + seconds + " s");
            }
            assertEquals(0, jopil.get("/api/ledger").json().path("difference").asLong(-1));
        } finally {
            sockets.forEach(WebSocket::abort);
        }
    }

    private static JsonNode clientAt(String peer) {
        for (JsonNode client : jopil.get("/api/ledger").json().path("web_clients")) {
            if (client.path("client").asText().contains(peer)) {
                return client;
            }
        }
        return MissingNode.getInstance();
    }

    /** A text frame of a client, masked with zeros (RFC 6455). */
    private static byte[] frame(String text) {
        byte[] payload = text.getBytes(UTF_8);
        byte[] frame = new byte[6 + payload.length];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) (0x80 | payload.length);
        System.arraycopy(payload, 0, frame, 6, payload.length);
        return frame;
    }

    /** RELIABILITY F3. */
    @Test
    void shouldTakeAThousandClientsAndRefuseTheNext() throws IOException {
        String request = "GET /ws HTTP/1.1\r\n" + head() + UPGRADE + "\r\n";
        Instance.await(SOON, "the clients of other tests to go", () -> clients() == 0);
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < MOST_CLIENTS; i++) {
            SocketChannel channel =
                    SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), jopil.port()));
            channels.add(channel);
            open.add(channel.socket());
            assertEquals(101, status(channel.socket(), request), "client " + i);
        }
        // the answer to a handshake is there before the client is counted
        Instance.await(SOON, "all to be counted", () -> clients() == MOST_CLIENTS);
        assertEquals(503, status(connect(0), request));
        assertEquals(MOST_CLIENTS, clients());
        long start = System.nanoTime();
        jopil.get("/api/stats").expect(200);
        System.out.printf(
                "with %d clients /api/stats takes %d ms, RSS %d MB%n",
                MOST_CLIENTS,
                (System.nanoTime() - start) / 1_000_000,
                jopil.get("/api/stats").json().path("cost").path("rss_bytes").asLong() >> 20);
        deliver(channels);
        closeAll();
        Instance.await(SOON, "all to be gone", () -> clients() == 0);
        assertEquals(101, status(connect(0), request), "room again");
    }

    /** Reads for ten seconds; every client gets the statistics of every second, and it is told how late. */
    private static void deliver(List<SocketChannel> channels) throws IOException {
        Pattern statistics =
                Pattern.compile("\"stats_update\",\"data\":\\{\"sequence\":(\\d+),\"timestamp\":\"([^\"]+)\"");
        Map<SocketChannel, Set<Long>> seen = new HashMap<>();
        List<Long> lateMs = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.allocate(256 << 10);
        try (Selector selector = Selector.open()) {
            for (SocketChannel channel : channels) {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ);
                seen.put(channel, new TreeSet<>());
            }
            long begin = System.nanoTime();
            Instant from = Instant.now();
            while (System.nanoTime() - begin < DELIVERY_NS) {
                selector.select(100);
                for (SelectionKey key : selector.selectedKeys()) {
                    SocketChannel channel = (SocketChannel) key.channel();
                    bytes.clear();
                    assertTrue(channel.read(bytes) >= 0, "a client that reads was cut off");
                    Instant now = Instant.now();
                    Matcher found = statistics.matcher(new String(bytes.array(), 0, bytes.position(), ISO_8859_1));
                    while (found.find()) {
                        Instant made = Instant.parse(found.group(2));
                        // what waited before we began to read was late by our own fault
                        if (made.isAfter(from) && seen.get(channel).add(Long.parseLong(found.group(1)))) {
                            lateMs.add(Duration.between(made, now).toMillis());
                        }
                    }
                }
                selector.selectedKeys().clear();
            }
            // the two ends may come too late or, cut in half by a read, not be recognised
            Set<Long> all = new TreeSet<>();
            seen.values().forEach(all::addAll);
            long missing = seen.values().stream()
                    .mapToLong(own -> all.size() - own.size())
                    .sum();
            lateMs.sort(null);
            System.out.printf(
                    "%d messages of %d s to %d clients, %d not seen; late: median %d ms, p99 %d ms, most %d ms;"
                            + " CPU %.0f %% of a core%n",
                    lateMs.size(),
                    all.size(),
                    channels.size(),
                    missing,
                    lateMs.get(lateMs.size() / 2),
                    lateMs.get((int) (lateMs.size() * 0.99)),
                    lateMs.get(lateMs.size() - 1),
                    jopil.get("/api/stats")
                            .json()
                            .path("cost")
                            .path("cpu_percent")
                            .asDouble());
            assertTrue(all.size() >= 8, all::toString);
            assertTrue(missing <= 2L * channels.size(), missing + " are missing");
        }
    }

    /** But for the row of those who have gone. */
    private static int clients() {
        return jopil.get("/api/ledger").json().path("web_clients").size() - 1;
    }

    /**
     * RELIABILITY F4: with Debian's slowhttptest, headers and bodies that never end. Of bodies from strangers eight are
     * read at a time; the others are refused.
     */
    @ParameterizedTest
    @CsvSource({"-H, 1000, 1000", "-B, 250, 8"})
    void shouldAnswerBesideClientsThatNeverFinish(String kind, int connections, int held) throws Exception {
        Path report = Instance.work().resolve("slow" + kind.toLowerCase(Locale.ROOT) + ".txt");
        Process slow = Command.of(
                        "slowhttptest",
                        kind,
                        "-c",
                        "" + connections,
                        "-r",
                        "200",
                        "-i",
                        "5",
                        "-l",
                        "20",
                        "-s",
                        "65000",
                        "-u",
                        "http://127.0.0.1:" + jopil.port() + "/api/session",
                        "-t",
                        kind.equals("-B") ? "POST" : "GET")
                .builder()
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(report.toFile())
                .start();
        long worst = 0;
        int asked = 0;
        try {
            while (slow.isAlive()) {
                long start = System.nanoTime();
                jopil.get("/api/stats").expect(200);
                worst = Math.max(worst, (System.nanoTime() - start) / 1_000_000);
                asked++;
                Thread.sleep(50);
            }
        } catch (UncheckedIOException e) {
            throw new AssertionError("not answered after " + asked + " answers, see " + report, e);
        } finally {
            slow.destroy();
        }
        System.out.printf(
                "slowhttptest %s, %s connections: %d answers, the slowest %d ms%n", kind, connections, asked, worst);
        assertTrue(asked > 50, "asked " + asked + " times, see " + report);
        assertEquals(held, atTheEnd(report, "connected"));
        assertEquals(connections - held, atTheEnd(report, "closed"));
        assertNoFault();
    }

    /** A number of slowhttptest's last report. */
    private static int atTheEnd(Path report, String what) throws IOException {
        Matcher matcher = Pattern.compile("(?s).*" + what + ":(?: |\\e\\[[0-9;]*m)+(\\d+)")
                .matcher(Files.readString(report));
        assertTrue(matcher.find(), "no " + what + " in " + report);
        return Integer.parseInt(matcher.group(1));
    }
}
