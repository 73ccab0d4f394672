// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * kill -9 of the JVM while numbered packets come in, in every mode: none of them is lost, nothing stays in the kernel,
 * the next start is up at the first try, and says what it has not seen.
 */
class CrashIT {
    private static final int KILLS = Boolean.getBoolean("jopil.long") ? 10 : 4;
    private static final int PPS = 50_000;
    /** Long enough for a kill and the next start to happen in the middle of it. */
    private static final int PACKETS = 8 * PPS;

    private static final String PORT = "9001";
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    @ParameterizedTest
    @ValueSource(strings = {"native", "generic", "tcx"})
    void shouldLoseNoPacketAndComeBack(String mode) {
        List<Long> starts = new ArrayList<>();
        List<Long> releases = new ArrayList<>();
        try (Namespaces net = Namespaces.pair()) {
            // without, a veth throws away what it has just taken in when its native XDP goes, whoever takes it off
            net.right()
                    .run("ethtool", "-K", net.right().interfaceName(), "gro", "on")
                    .orFail();
            Instance jopil = Instance.on(net.right().spec()).mode(mode).start();
            try {
                String before = settled(jopil).counts();
                for (int i = 0; i < KILLS; i++) {
                    jopil = killUnderLoad(net, mode, jopil, releases, starts);
                    assertEquals(before, settled(jopil).counts(), "held after start " + i);
                }
            } finally {
                jopil.close();
            }
        }
        System.out.printf(
                "%s: %d kills at %d packets/s, %d packets each, 0 lost; gone after %s ms; up again after %s ms%n",
                mode, KILLS, PPS, PACKETS, releases, starts);
    }

    private static Instance killUnderLoad(
            Namespaces net, String mode, Instance jopil, List<Long> releases, List<Long> starts) {
        String to = net.right().ipv4();
        KernelObjects held = settled(jopil); // before the receiver, which waits for 3 s only
        long seen = packets(jopil);
        try (Traffic.Running receiver = Traffic.start(net.right(), "receive", to, PORT, "" + PACKETS, "3")) {
            Instance.await(Duration.ofSeconds(5), "the receiver", () -> receiver.hasPrinted("ready"));
            try (Traffic.Running sender = Traffic.start(net.left(), "send", to, PORT, "" + PACKETS, "" + PPS)) {
                Instance.await(Duration.ofSeconds(10), "packets to be counted", () -> packets(jopil) > seen + PPS / 2);
                Instant kill = Instant.now();
                jopil.killJvm();
                releases.add(awaitRelease(held));
                assertEquals(1, jopil.awaitEnd(Duration.ofSeconds(10)), "a killed JVM is no good end");
                Instance next = Instance.on(net.right().spec())
                        .mode(mode)
                        .data(jopil.data())
                        .start();
                try {
                    starts.add(next.startMillis());
                    Instant up = Instant.now();
                    assertEquals(PACKETS, sender.await().get("sent").intValue());
                    Map<String, Double> received = received(net, receiver);
                    assertEquals(PACKETS, received.get("distinct").intValue(), "lost");
                    assertEquals(0, received.get("duplicated").intValue(), "duplicated");
                    assertGap(next, kill, up);
                    return next;
                } catch (RuntimeException | Error e) {
                    next.killJvm();
                    throw e;
                }
            }
        }
    }

    /** When some are missing: with what the kernel counted on their way. */
    private static Map<String, Double> received(Namespaces net, Traffic.Running receiver) {
        try {
            return receiver.await();
        } catch (AssertionError e) {
            String[] counters = {"sh", "-c", "ip -s -s link; grep -h Udp: /proc/net/snmp; cat /proc/net/softnet_stat"};
            throw new AssertionError(
                    e.getMessage()
                            + net.left().run(counters).text()
                            + net.right().run(counters).text(),
                    e);
        }
    }

    private static long packets(Instance jopil) {
        return jopil.get("/api/stats").expect(200).json().path("total_packets").asLong();
    }

    /** What it holds once the probing of the start is over. */
    private static KernelObjects settled(Instance jopil) {
        KernelObjects[] last = {KernelObjects.heldBy(jopil.pid())};
        Instance.await(Duration.ofSeconds(10), "the start to settle", () -> {
            KernelObjects now = KernelObjects.heldBy(jopil.pid());
            boolean same = now.equals(last[0])
                    && now.remaining().equals(now)
                    && !now.links().isEmpty();
            last[0] = now;
            return same;
        });
        return last[0];
    }

    /** Until the kernel has none of it any more; milliseconds. */
    private static long awaitRelease(KernelObjects held) {
        long start = System.nanoTime();
        assertFalse(held.isEmpty());
        Instance.await(Duration.ofSeconds(5), "the kernel to release everything", () -> held.remaining()
                .isEmpty());
        return (System.nanoTime() - start) / 1_000_000;
    }

    private static void assertGap(Instance jopil, Instant kill, Instant up) {
        JsonNode gaps = jopil.get("/api/ledger").expect(200).json().path("gaps");
        assertEquals(1, gaps.size(), gaps::toString);
        JsonNode gap = gaps.path(0);
        assertEquals("killed", gap.path("reason").asText());
        Instant start = Instant.parse(gap.path("start").asText());
        Instant end = Instant.parse(gap.path("end").asText());
        assertTrue(!start.isAfter(kill), () -> "killed at " + kill + ": " + gap);
        assertTrue(start.isAfter(kill.minus(HEARTBEAT.multipliedBy(3))), () -> "killed at " + kill + ": " + gap);
        assertTrue(
                end.isAfter(kill) && end.isBefore(up.plus(HEARTBEAT.multipliedBy(2))),
                () -> "up at " + up + ": " + gap);
    }
}
