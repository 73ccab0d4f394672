// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jopil.itests.fault.Fault;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * One fault per layer, planted from outside while traffic runs: the ledger says within two seconds that something does not
 * add up, in which layer, and how much; until then it said that all adds up.
 */
class LedgerFaultsIT {
    private static final Duration PROMISE = Duration.ofSeconds(2);
    private static final String PORT = "9002";
    private static final String PPS = "2000";
    private static final String PACKETS = "120000";

    private Namespaces net;
    private Instance jopil;
    private Traffic.Running receiver;
    private Traffic.Running sender;

    @BeforeEach
    void start() {
        net = Namespaces.pair();
        jopil = Instance.on(net.right().spec()).start();
        String to = net.right().ipv4();
        receiver = Traffic.start(net.right(), "receive", to, PORT, PACKETS, "60");
        Instance.await(Duration.ofSeconds(5), "the receiver", () -> receiver.hasPrinted("ready"));
        sender = Traffic.start(net.left(), "send", to, PORT, PACKETS, PPS);
        Instance.await(
                Duration.ofSeconds(10),
                "packets on the bus",
                () -> ledger().path("events").path("delivered").asLong() > 1000);
        Instance.await(Duration.ofSeconds(5), "a balanced second", () -> {
            JsonNode seconds = ledger().path("seconds");
            return seconds.size() > 0
                    && seconds.path(seconds.size() - 1).path("delivered").asLong() > 0;
        });
        JsonNode book = ledger();
        assertEquals(0, book.path("difference").asLong(-1), book::toString);
        assertEquals(0, book.path("findings").size(), book::toString);
        assertTrue(book.path("first_unbalanced").isNull(), book::toString);
        assertEquals("up", check().path("status").asText(), () -> check().toString());
        assertEquals(0, jopil.verb("ledger").status());
    }

    @AfterEach
    void stop() {
        if (sender != null) {
            sender.close();
            receiver.close();
        }
        if (jopil != null) {
            jopil.close();
        }
        net.close();
    }

    @Test
    void shouldNameTheKernelCounter() {
        long fault = Faults.counter(jopil, 1000);
        JsonNode finding = assertFound("kernel counter", () -> fault);
        assertEquals(net.right().spec() + " ingress udp", finding.path("name").asText());
        assertEquals("packets", finding.path("unit").asText());
        // packets that come in while the table is scanned blur it; at rest it is exact
        sender.close();
        Instance.await(
                Duration.ofSeconds(5),
                "the exact amount",
                () -> finding("kernel counter").path("amount").asLong() == 1000);
    }

    @Test
    void shouldNameTheKernelCounterThatGoesBack() {
        long fault = Faults.counter(jopil, -3000);
        assertFound("kernel counter", () -> fault);
        // as long as it holds less than there were observations, that is told, too
        boolean back = false;
        for (JsonNode finding : ledger().path("findings")) {
            back |= finding.path("name").asText().equals(net.right().spec() + " ingress udp")
                    && finding.path("amount").asLong() < 0;
        }
        assertTrue(back, () -> ledger().toString());
    }

    @Test
    void shouldNameTheRing() {
        long fault = Faults.ring(jopil);
        JsonNode finding = assertFound("ring", () -> fault);
        assertTrue(finding.path("name").asText().startsWith("CPU "), finding::toString);
    }

    @Test
    void shouldNameTheBus() throws Exception {
        VirtualMachine jvm = Faults.agent(jopil, Fault.BUS);
        JsonNode finding = assertFound("bus", () -> Faults.happened(jvm));
        assertTrue(finding.path("amount").asLong() > 0, finding::toString);
        assertEquals("events", finding.path("unit").asText());
        jvm.detach();
    }

    @Test
    void shouldNameTheSubscriber() throws Exception {
        VirtualMachine jvm = Faults.agent(jopil, Fault.SUBSCRIBER);
        JsonNode finding = assertFound("subscriber", () -> Faults.happened(jvm));
        // the first to read one
        assertTrue(
                Set.of("arp", "flows", "packets").contains(finding.path("name").asText()), finding::toString);
        assertEquals(100, finding.path("amount").asLong());
        jvm.detach();
    }

    @Test
    void shouldNameTheTracer() throws IOException {
        long fault = Faults.drops(jopil, 1000);
        JsonNode finding = assertFound("tracer", () -> fault);
        assertEquals("drops, kernel", finding.path("name").asText(), finding::toString);
        assertEquals(1000, finding.path("amount").asLong(), finding::toString);
    }

    @Test
    void shouldNameTheWebClient() throws Exception {
        AtomicLong messages = new AtomicLong();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("Authorization", "Bearer " + jopil.token())
                .buildAsync(URI.create("ws://127.0.0.1:" + jopil.port() + "/ws"), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                        messages.addAndGet(last ? 1 : 0);
                        from.request(1);
                        return null;
                    }
                })
                .get(10, TimeUnit.SECONDS);
        Instance.await(Duration.ofSeconds(10), "messages", () -> messages.get() > 5);
        VirtualMachine jvm = Faults.agent(jopil, Fault.WEB);
        JsonNode finding = assertFound("web client", () -> Faults.happened(jvm));
        assertEquals(1, finding.path("amount").asLong());
        assertEquals("messages", finding.path("unit").asText());
        String client = ledger().path("web_clients").path(0).path("client").asText();
        assertEquals(client, finding.path("name").asText());
        jvm.detach();
        socket.abort();
    }

    private JsonNode ledger() {
        return jopil.get("/api/ledger").expect(200).json();
    }

    /** The largest. */
    private JsonNode finding(String layer) {
        JsonNode finding = ledger().path("findings").path(0);
        assertEquals(layer, finding.path("layer").asText(), finding::toString);
        return finding;
    }

    private JsonNode check() {
        for (JsonNode check : jopil.get("/api/health").json().path("checks")) {
            if (check.path("name").asText().equals("ledger")) {
                return check;
            }
        }
        throw new AssertionError("no check of the ledger");
    }

    /** Everybody who shows the ledger names the layer, health within the promise; the finding. */
    private JsonNode assertFound(String layer, LongSupplier faultMillis) {
        ForeignLoad load = ForeignLoad.start();
        long[] toldMillis = new long[1];
        JsonNode[] check = new JsonNode[1];
        Instance.await(Duration.ofSeconds(15), "health to tell", () -> {
            check[0] = check();
            toldMillis[0] = System.currentTimeMillis();
            return check[0].path("status").asText().equals("degraded");
        });
        double share = load.share();
        long millis = toldMillis[0] - faultMillis.getAsLong();
        System.out.printf(
                "%s: told after %d ms (%.0f %% of the machine taken by others): %s%n",
                layer, millis, 100 * share, check[0].path("message").asText());
        assertTrue(check[0].path("message").asText().startsWith(layer + " "), check[0]::toString);

        Command.Result verb = jopil.verb("ledger");
        assertEquals(1, verb.status(), verb.text());
        assertTrue(verb.out().startsWith(layer + " "), verb.text());
        JsonNode finding = finding(layer);
        JsonNode book = ledger();
        assertTrue(!book.path("first_unbalanced").isNull(), book::toString);
        // the counts book is of the last look at the flow table, at most a second ago
        Instance.await(
                Duration.ofSeconds(3),
                "the difference",
                () -> ledger().path("difference").asLong() != 0);
        Instance.await(Duration.ofSeconds(3), "the live statistics to tell", () -> jopil.get("/api/stats")
                .json()
                .path("ledger")
                .path("findings")
                .path(0)
                .path("layer")
                .asText()
                .equals(layer));
        assertTrue(millis <= ForeignLoad.stretched(PROMISE, share), layer + " told after " + millis + " ms");
        return finding;
    }
}
