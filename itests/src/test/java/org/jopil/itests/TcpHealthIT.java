// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * How a connection does is what its own socket says: field by field with TCP_INFO, while it lives and at its end, beside
 * {@code ss}, and with tshark's analysis of what the sender's side put on the wire.
 */
class TcpHealthIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int TRIES = 3;
    private static final String PORT = "9007";
    private static final String BYTES = "2000000";
    /** Under their names in /api/tcp; what is null there is told apart. */
    private static final List<String> FIELDS = List.of(
            "srtt_us",
            "rttvar_us",
            "min_rtt_us",
            "retransmits",
            "out_of_order",
            "duplicates",
            "cwnd",
            "mss",
            "bytes_acked",
            "bytes_received",
            "segments_out",
            "segments_in");

    private static final double NO_SSTHRESH = Integer.MAX_VALUE;
    private static final Pattern SS_RTT = Pattern.compile("\\brtt:([0-9.]+)/");
    private static final double SRTT_SHARE = 0.1;
    private static final double SRTT_US = 100;

    private final Namespaces net = Namespaces.pair();
    private Instance jopil;
    private Traffic.Running server;
    private Traffic.Running client;

    @AfterEach
    void stop() {
        for (Traffic.Running running : new Traffic.Running[] {client, server}) {
            if (running != null) {
                running.close();
            }
        }
        if (jopil != null) {
            jopil.close();
        }
        net.close();
    }

    private void talk() {
        talk((side, words) -> Traffic.startProgram(side, "connection", words));
    }

    private void talk(BiFunction<Namespaces.Side, String[], Traffic.Running> start) {
        String to = net.right().ipv4();
        server = start.apply(net.right(), new String[] {"listen", to, PORT, BYTES});
        Instance.await(LIMIT, "the server", () -> server.hasPrinted("listening"));
        client = start.apply(net.left(), new String[] {"connect", to, PORT, BYTES});
        Instance.await(LIMIT, "the transfer", () -> client.hasPrinted("quiet") && server.hasPrinted("quiet"));
    }

    /** The same, as one side's interface sees it. */
    private Path talkCaptured(Namespaces.Side side) throws IOException {
        return captured(side, this::talk);
    }

    private Path captured(Namespaces.Side side, Runnable talk) throws IOException {
        Path capture = Instance.work().resolve("tcp-health.pcap");
        Process tcpdump = capture(side, capture);
        try {
            talk.run();
            awaitCaptured(tcpdump, client.numbers());
        } finally {
            end(tcpdump);
        }
        return capture;
    }

    /** Of this test's connection. */
    private JsonNode row(Namespaces.Side side, String state) {
        String port = "" + client.numbers().get("port").intValue();
        for (JsonNode row : jopil.get("/api/tcp?limit=100000").expect(200).json()) {
            String remote = row.path("remote_port").asText();
            String local = row.path("local_port").asText();
            boolean ours = local.equals(PORT) && remote.equals(port) || local.equals(port) && remote.equals(PORT);
            if (ours
                    && row.path("namespace").asText().equals(side.namespace())
                    && row.path("state").asText().equals(state)) {
                return row;
            }
        }
        return MissingNode.getInstance();
    }

    private static void assertEqual(Map<String, Double> info, String prefix, JsonNode row) {
        for (String field : FIELDS) {
            assertEquals(info.get(prefix + field).longValue(), row.path(field).asLong(-1), () -> field + " of " + row);
        }
        double ssthresh = info.get(prefix + "ssthresh");
        assertEquals(
                ssthresh == NO_SSTHRESH ? 0 : ssthresh, row.path("ssthresh").asDouble(), row::toString);
    }

    private void assertBothEqual() {
        assertEqual(client.numbers(), "", row(net.left(), "established"));
        assertEqual(server.numbers(), "", row(net.right(), "established"));
        double ours = row(net.left(), "established").path("srtt_us").asDouble();
        Matcher rtt = SS_RTT.matcher(
                net.left().run("ss", "-tinH", "dport", "=", ":" + PORT).orFail().out());
        assertTrue(rtt.find());
        double theirs = 1000 * Double.parseDouble(rtt.group(1));
        assertTrue(Math.abs(ours - theirs) <= Math.max(SRTT_US, SRTT_SHARE * theirs), ours + " us, ss says " + theirs);
    }

    @Test
    void shouldEqualTcpInfoAndTsharkWithLoss() throws IOException {
        loseEvery(50);
        jopil = Instance.on(net.right().spec()).start();
        long before =
                jopil.get("/api/stats").json().path("tcp").path("retransmits").asLong(-1);
        assertTrue(before >= 0);
        Path capture = talkCaptured(net.left());
        assertBothEqual();
        JsonNode sender = row(net.left(), "established");
        long again = sender.path("retransmits").asLong();
        assertTrue(again >= 20, sender::toString);
        assertEquals(again, retransmitsByTshark(capture), "tshark's count");
        long kinds = 0;
        for (String kind : List.of("timeout", "fast", "probe", "syn", "syn_ack", "earlier")) {
            kinds += sender.path("retransmits_" + kind).asLong();
        }
        assertEquals(again, kinds, sender::toString);
        assertEquals(0, sender.path("retransmits_earlier").asLong());
        assertTrue(row(net.right(), "established").path("out_of_order").asLong() > 0);
        assertEquals("us", sender.path("opened_by").asText());
        assertTrue(sender.path("handshake_us").asLong() > 0, sender::toString);
        Instance.await(
                LIMIT,
                "the sum",
                () -> jopil.get("/api/stats")
                                .json()
                                .path("tcp")
                                .path("retransmits")
                                .asLong()
                        >= before + again);
        assertProcesses();
        assertFlow(sender, row(net.right(), "established"), capture);
        assertEnd();
        assertFlowEnded(again);
        server.close();
        jopil.ssh("bundle:stop org.jopil.tracer").orFail();
        assertSegments(talkInOrder());
    }

    /** In the receiver's hands: the sender's side has sent it. */
    private void loseEvery(int packets) {
        net.right().run("nft", "add", "table", "ip", "t").orFail();
        net.right()
                .run("nft", "add", "chain", "ip", "t", "in", "{ type filter hook prerouting priority 0; }")
                .orFail();
        net.right()
                .run(
                        "nft",
                        "add rule ip t in tcp dport " + PORT + " tcp flags & (syn|fin|rst) == 0 numgen inc mod "
                                + packets + " 7 drop")
                .orFail();
    }

    private static Path captureLog() {
        return Instance.work().resolve("tcp-health.txt");
    }

    /** Every segment of the connection. */
    private static void awaitCaptured(Process tcpdump, Map<String, Double> info) {
        long segments = (long) (info.get("segments_out") + info.get("segments_in"));
        Instance.await(LIMIT, segments + " segments", () -> {
            Command.run("kill", "-USR1", "" + tcpdump.pid()).orFail(); // prints its counts
            try {
                return Files.readString(captureLog()).contains(segments + " packets captured");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Process capture(Namespaces.Side side, Path file) throws IOException {
        Path said = captureLog();
        Files.deleteIfExists(said);
        Process tcpdump = side.command(
                        "tcpdump", "-i", side.interfaceName(), "-s", "128", "-U", "-w", file.toString(), "tcp")
                .builder()
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile())
                .start();
        Instance.await(LIMIT, "tcpdump", () -> said.toFile().length() > 0);
        return tcpdump;
    }

    private static void end(Process process) {
        process.destroy();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** It calls one that comes sooner than a round trip after the newest segment out of order: nothing is, at the sender. */
    private static long retransmitsByTshark(Path capture) {
        return Command.run(
                        "tshark",
                        "-n",
                        "-r",
                        capture.toString(),
                        "-Y",
                        "tcp.dstport == " + PORT + " && (tcp.analysis.retransmission || tcp.analysis.out_of_order)")
                .orFail()
                .out()
                .lines()
                .count();
    }

    /** Of the connection, and of its flow, which is watched at the receiver. */
    private void assertProcesses() {
        assertEquals("connection[" + client.process().pid() + "]", process(row(net.left(), "established")));
        String receiver = "connection[" + server.process().pid() + "]";
        assertEquals(receiver, process(row(net.right(), "established")));
        Instance.await(LIMIT, "the flow's process", () -> flow().path("process")
                .asText()
                .equals(receiver));
    }

    /** The flow, watched at the receiver, has what both sockets say. */
    private void assertFlow(JsonNode sender, JsonNode receiver, Path capture) {
        JsonNode flow = flow();
        assertEquals("kernel", flow.path("tcp_source").asText(), flow::toString);
        assertEquals(sender.path("retransmits"), flow.path("retransmitted_fwd"), flow::toString);
        assertEquals(receiver.path("retransmits"), flow.path("retransmitted_rev"), flow::toString);
        assertEquals(receiver.path("out_of_order"), flow.path("out_of_order_fwd"), flow::toString);
        assertEquals(sender.path("out_of_order"), flow.path("out_of_order_rev"), flow::toString);
        assertEquals(sender.path("duplicates"), flow.path("duplicates_fwd"), flow::toString);
        assertEquals(0, flow.path("resets_fwd").asLong(-1), flow::toString);
        assertEquals(sender.path("handshake_us"), flow.path("handshake_us"), flow::toString);
        double theirs = 1_000_000 * Double.parseDouble(handshakeByTshark(capture));
        assertTrue(Math.abs(flow.path("handshake_us").asDouble() - theirs) < 1000, () -> flow + ", tshark " + theirs);
    }

    private static String handshakeByTshark(Path capture) {
        return Command.run(
                        "tshark",
                        "-n",
                        "-r",
                        capture.toString(),
                        "-Y",
                        "tcp.dstport == " + PORT + " && tcp.analysis.initial_rtt",
                        "-T",
                        "fields",
                        "-e",
                        "tcp.analysis.initial_rtt",
                        "-c",
                        "20")
                .orFail()
                .out()
                .lines()
                .findFirst()
                .orElseThrow();
    }

    private void assertFlowEnded(long retransmitted) {
        Instance.await(
                LIMIT, "the flow's end", () -> flow().path("state").asText().equals("ended"));
        JsonNode flow = flow();
        assertEquals(retransmitted, flow.path("retransmitted_fwd").asLong(-1), flow::toString);
        assertEquals(1, flow.path("resets_fwd").asLong(-1), flow::toString);
        assertEquals(0, flow.path("resets_rev").asLong(-1), flow::toString);
    }

    /**
     * On one processor: of segments that two have seen the order is not known, and then nothing is said. A timer of the
     * connection may run on the other one all the same.
     */
    private Path talkInOrder() throws IOException {
        for (int tries = 0; tries < TRIES; tries++) {
            Path capture = captured(
                    net.right(), () -> talk((side, words) -> Traffic.startProgramOn(0, side, "connection", words)));
            Instance.await(LIMIT, "the flow", () -> !flow().isMissingNode());
            if (isInOrder()) {
                return capture;
            }
            System.out.println("not in order: " + flow());
            client.close();
            server.close();
        }
        throw new AssertionError("never in order");
    }

    private boolean isInOrder() {
        long until = System.nanoTime() + LIMIT.toNanos() / 4;
        while (System.nanoTime() < until) {
            if (flow().path("tcp_source").asText().equals("segments")) {
                return true;
            }
            LockSupport.parkNanos(100_000_000);
        }
        return false;
    }

    /** Without the sockets' word: as of a flow that is only forwarded. */
    private void assertSegments(Path capture) {
        long again = retransmitsByTshark(capture);
        assertTrue(again >= 20, "by tshark: " + again);
        JsonNode flow = flow();
        assertEquals(
                again,
                flow.path("retransmitted_fwd").asLong()
                        + flow.path("out_of_order_fwd").asLong(),
                flow::toString);
        double theirs = 1_000_000 * Double.parseDouble(handshakeByTshark(capture));
        assertTrue(Math.abs(flow.path("handshake_us").asDouble() - theirs) < 1000, () -> flow + ", tshark " + theirs);
    }

    private JsonNode flow() {
        String filter = "tcp%20port%20" + client.numbers().get("port").intValue();
        return jopil.get("/api/flows?filter=" + filter).json().path(0);
    }

    private static String process(JsonNode row) {
        return row.path("process").asText();
    }

    /** With a reset, which is a segment more. */
    private void assertEnd() {
        client.process().destroy();
        Map<String, Double> last = client.await();
        Instance.await(LIMIT, "its end", () -> !row(net.left(), "closed").isMissingNode());
        JsonNode closed = row(net.left(), "closed");
        last.merge("end.segments_out", 1.0, Double::sum);
        assertEqual(last, "end.", closed);
        assertEquals(1, closed.path("resets").asLong(), closed::toString);
        Instance.await(
                LIMIT, "the other's end", () -> !row(net.right(), "closed").isMissingNode());
        assertEquals(1, row(net.right(), "closed").path("resets").asLong());
    }

    /** What a segment was overtaken by comes in behind a hole: as often as by the sequence numbers that tshark reads. */
    @Test
    void shouldEqualTcpInfoAndTsharkWithReordering() throws IOException {
        overtakeEvery(20);
        jopil = Instance.on(net.right().spec()).start();
        Path capture = talkCaptured(net.right());
        assertBothEqual();
        Arrivals arrivals = Arrivals.of(capture);
        long outOfOrder = row(net.right(), "established").path("out_of_order").asLong();
        long again = row(net.left(), "established").path("retransmits").asLong();
        System.out.printf("%d out of order, %d sent again; by tshark %s%n", outOfOrder, again, arrivals);
        assertTrue(outOfOrder > 100, "out of order: " + outOfOrder);
        assertEquals(arrivals.behindHole, outOfOrder, "tshark's sequence numbers");
        assertEquals(arrivals.repeated, again, "nothing was lost: what came twice was sent again");
    }

    /** One segment in so many goes a slow way to the wire. */
    private void overtakeEvery(int packets) {
        Namespaces.Side left = net.left();
        // a segment on the wire is one of TCP's
        left.run("ethtool", "-K", left.interfaceName(), "tso", "off", "gso", "off")
                .orFail();
        left.run("tc", "qdisc", "add", "dev", left.interfaceName(), "root", "handle", "1:", "htb", "default", "10")
                .orFail();
        for (String band :
                List.of("1:10 htb rate 10gbit quantum 60000", "1:20 htb rate 20mbit burst 2k quantum 60000")) {
            left.run(("tc class add dev " + left.interfaceName() + " parent 1: classid " + band).split(" "))
                    .orFail();
        }
        left.run("nft", "add table ip t; add chain ip t out { type filter hook postrouting priority 0; }")
                .orFail();
        left.run(
                        "nft",
                        "add rule ip t out tcp dport " + PORT + " tcp flags & (syn|fin|rst) == 0 numgen inc mod "
                                + packets + " 7 meta priority set 1:20")
                .orFail();
    }

    /** Segments with data as they arrived. */
    private record Arrivals(long behindHole, long repeated) {
        static Arrivals of(Path capture) {
            List<long[]> segments = Command.run(
                            "tshark",
                            "-n",
                            "-r",
                            capture.toString(),
                            "-o",
                            "tcp.relative_sequence_numbers:FALSE",
                            "-Y",
                            "tcp.dstport == " + PORT + " && tcp.len > 0",
                            "-T",
                            "fields",
                            "-e",
                            "tcp.seq",
                            "-e",
                            "tcp.len")
                    .orFail()
                    .out()
                    .lines()
                    .map(line -> line.split("\t"))
                    .map(words -> new long[] {Long.parseLong(words[0]), Long.parseLong(words[1])})
                    .toList();
            int next = (int) segments.get(0)[0]; // the first is never held back
            Map<Integer, Integer> waiting = new HashMap<>(); // end by sequence
            Set<Integer> seen = new HashSet<>();
            long behindHole = 0;
            long repeated = 0;
            for (long[] segment : segments) {
                int sequence = (int) segment[0];
                int end = sequence + (int) segment[1];
                repeated += seen.add(sequence) ? 0 : 1;
                if (sequence - next > 0) {
                    behindHole++;
                    waiting.merge(sequence, end, (a, b) -> a - b > 0 ? a : b);
                } else if (end - next > 0) {
                    next = end;
                    while (waiting.containsKey(next)) {
                        next = waiting.remove(next);
                    }
                }
            }
            return new Arrivals(behindHole, repeated);
        }
    }

    @Test
    void shouldKnowConnectionsThatAreOlder() {
        talk();
        jopil = Instance.on(net.right().spec()).start();
        Instance.await(
                LIMIT, "the connection", () -> !row(net.left(), "established").isMissingNode());
        assertBothEqual();
        JsonNode older = row(net.left(), "established");
        assertTrue(
                older.path("opened_by").isNull() && older.path("handshake_us").isNull(), older::toString);
        Instance.await(LIMIT, "its process", () -> process(row(net.left(), "established"))
                .equals("connection[" + client.process().pid() + "]"));
        assertEnd();
    }
}
