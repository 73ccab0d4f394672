// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The causes of {@code drop-causes.tsv}, each made so many times, all mixed and beside good traffic. */
final class DropCauses {
    static final int GOOD_PORT = 9000;
    /** In a row. */
    private static final int LOOKS = 10;

    private static final int FULL_PORT = 9002;
    private static final int BAD_PORT = 9003;
    private static final int LISTEN_PORT = 9020;

    private static final int ETHERNET = 14;
    private static final int IP = 20;
    private static final int TCP = 20;
    private static final int UDP = 8;

    /** The receivers are there before the oracle, and it takes a while to be attached. */
    private static final String IDLE_SECONDS = "30";

    /** One line of the table; {@code counter} is empty for none, {@code reason} where no tracepoint tells it. */
    record Cause(
            String name,
            String reason,
            String symbol,
            String stage,
            String hook,
            String advice,
            String counter,
            String from,
            String packet) {
        boolean isTold() {
            return !reason.isEmpty();
        }

        /** Of one packet, from the Ethernet header on; what this host itself sends has none yet at its hooks. */
        long bytes() {
            if (packet.equals("overflow")) {
                return ETHERNET + IP + TCP;
            }
            String[] words = packet.split(" ");
            int transport = words[2].equals("6") ? TCP : UDP;
            return (from.equals("right") ? 0 : ETHERNET) + IP + transport + Integer.parseInt(words[7]);
        }

        /** Whether the kernel's own names mean this one; {@code where} is a hook of netfilter or empty. */
        boolean isMeant(String why, String function, String where) {
            return fits(reason, why) && fits(symbol, function) && (stage.equals("netfilter") ? hook : "").equals(where);
        }
    }

    /** {@code *} stands for anything, {@code |} for or. */
    static boolean fits(String pattern, String name) {
        return name.matches(pattern.replace(".", "\\.").replace("*", ".*"));
    }

    /**
     * What happened in one run.
     *
     * @param sent packets by cause
     * @param kernel what bpftrace has counted in the victim's namespace
     * @param missed how many bpftrace may have left out, on the whole machine
     * @param counters what the victim has counted, see {@link DropNetwork#counters}
     */
    record Run(
            Map<String, Long> sent,
            Map<DropOracle.Place, Long> kernel,
            long missed,
            Map<String, Long> counters,
            long goodSent,
            long goodReceived) {
        long kernel(Cause cause) {
            return kernel.entrySet().stream()
                    .filter(drop -> isMeant(cause, drop.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }

        /** Whether bpftrace has counted so many of it, as far as it can tell. */
        boolean isKernel(Cause cause, long packets) {
            long counted = kernel(cause);
            return counted <= packets && counted >= packets - missed;
        }

        /** What was dropped and is none of the causes: there must be nothing. */
        Map<DropOracle.Place, Long> others() {
            Map<DropOracle.Place, Long> others = new HashMap<>(kernel);
            others.keySet().removeIf(place -> table().stream().anyMatch(cause -> isMeant(cause, place)));
            // the namespaces' own last words by IPv6, which is turned off as soon as they are made
            others.keySet().removeIf(place -> place.reason().equals("IPV6DISABLED"));
            return others;
        }

        private static boolean isMeant(Cause cause, DropOracle.Place place) {
            return cause.isMeant(place.reason(), place.symbol(), place.hook());
        }
    }

    private DropCauses() {}

    static List<Cause> table() {
        try {
            return Files.readAllLines(Path.of("src/test/resources/drop-causes.tsv")).stream()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.replaceAll("(?<=\t)-(?=\t)", "").split("\t"))
                    .map(w -> new Cause(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All causes, {@code each} times within about {@code seconds}, beside {@code goodPps} of good UDP. */
    static Run run(DropNetwork net, long each, int seconds, int goodPps) {
        Namespaces.Side victim = net.victim();
        long good = (long) goodPps * seconds;
        try (Traffic.Running full = net.fullSocket(FULL_PORT);
                Traffic.Running listener = net.listener(LISTEN_PORT);
                Traffic.Running receiver =
                        Traffic.start(victim, "receive", victim.ipv4(), "" + GOOD_PORT, "" + good, IDLE_SECONDS);
                Traffic.Running badReceiver =
                        Traffic.start(victim, "receive", victim.ipv4(), "" + BAD_PORT, "1", IDLE_SECONDS);
                DropOracle oracle = DropOracle.start()) {
            for (Traffic.Running socket : List.of(full, listener, receiver, badReceiver)) {
                Instance.await(Duration.ofSeconds(5), "the sockets", () -> socket.hasPrinted("ready"));
            }
            Map<String, Long> before = net.counters();
            Map<String, Long> sent = new LinkedHashMap<>();
            try (Traffic.Running sender =
                            Traffic.start(net.left(), "send", victim.ipv4(), "" + GOOD_PORT, "" + good, "" + goodPps);
                    Traffic.Running overflow = net.overflow(LISTEN_PORT, each, each / seconds)) {
                // a SYN that comes before the queue is full is answered
                Instance.await(Duration.ofSeconds(5), "the queue to be full", () -> isFull(net));
                List<Traffic.Running> senders = new ArrayList<>();
                try {
                    for (String from : List.of("left", "right", "far")) {
                        senders.add(send(net, from, each, seconds));
                    }
                    senders.forEach(s -> s.await().forEach((cause, count) -> sent.put(cause, count.longValue())));
                } finally {
                    senders.forEach(Traffic.Running::close);
                }
                sent.put("accept-queue-ack", overflow.await().get("ack").longValue());
                sender.await();
            }
            // one good datagram ends who has nothing but bad ones before it
            Traffic.start(net.left(), "send", victim.ipv4(), "" + BAD_PORT, "1", "1")
                    .await();
            badReceiver.await();
            double received = receiver.await().get("distinct");
            // a busy machine handles in a while what was sent last; the neighbour's packets are not the last ones of a
            // round
            Instance.await(Duration.ofSeconds(20), "the host's own counts", () -> isCounted(net, before, each));
            // the neighbour is called failed before its packets are dropped, one after the other
            AtomicInteger looks = new AtomicInteger();
            Instance.await(
                    Duration.ofSeconds(10),
                    "the neighbour's queue to be empty",
                    () -> looks.updateAndGet(n -> net.isWithoutWaiting() ? n + 1 : 0) >= LOOKS);
            long missed = oracle.missed();
            Map<DropOracle.Place, Long> kernel = oracle.stop();
            kernel.keySet().removeIf(place -> place.namespace() != net.inode());
            Map<String, Long> counters = net.counters();
            counters.replaceAll((name, count) -> count - before.getOrDefault(name, 0L));
            return new Run(sent, kernel, missed, counters, good, (long) received);
        }
    }

    private static boolean isCounted(DropNetwork net, Map<String, Long> before, long each) {
        Map<String, Long> now = net.counters();
        return table().stream()
                .map(Cause::counter)
                .filter(counter -> !counter.isEmpty())
                .allMatch(counter -> now.getOrDefault(counter, 0L) - before.getOrDefault(counter, 0L) >= each);
    }

    private static boolean isFull(DropNetwork net) {
        return net.victim()
                .run("ss", "-Hltn", "sport = :" + LISTEN_PORT)
                .orFail()
                .out()
                .matches("LISTEN\\s+3\\s+2\\s(?s:.*)");
    }

    private static Traffic.Running send(DropNetwork net, String from, long each, int seconds) {
        List<String> plan = table().stream()
                .filter(cause -> cause.from.equals(from) && !cause.packet.equals("overflow"))
                .map(cause -> cause.name + " " + cause.packet + " " + each + "\n")
                .toList();
        try {
            Path file = Files.createTempFile(Instance.work(), "plan", ".txt");
            Files.writeString(file, String.join("", plan));
            long pps = Math.max(1, plan.size() * each / seconds);
            return Traffic.startProgram(net.side(from), "drops", "send", file.toString(), "" + pps);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
