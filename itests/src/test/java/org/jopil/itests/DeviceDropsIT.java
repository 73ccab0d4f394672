// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What happens below the stack: frames that the device loses, and softirqs. */
class DeviceDropsIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final int FRAMES = 20;

    @Test
    void shouldShowWhatTheDeviceLost() throws IOException {
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.right().spec()).start()) {
            assertTrue(
                    jopil.get("/api/drops").expect(200).json().path("devices").isEmpty());
            sendToAnotherHost(net);
            Instance.await(LIMIT, "the device's counter", () -> lost(jopil, net) == FRAMES);
        }
    }

    private static void sendToAnotherHost(Namespaces net) {
        net.left()
                .run(
                        "ip",
                        "neigh",
                        "replace",
                        net.right().ipv4(),
                        "lladdr",
                        "02:00:00:00:00:99",
                        "nud",
                        "permanent",
                        "dev",
                        net.left().interfaceName())
                .orFail();
        net.left()
                .run(
                        "ping",
                        "-q",
                        "-c",
                        "" + FRAMES,
                        "-i",
                        "0.01",
                        "-W",
                        "1",
                        net.right().ipv4());
    }

    private static long lost(Instance jopil, Namespaces net) {
        for (JsonNode row : jopil.get("/api/drops").expect(200).json().path("devices")) {
            if (row.path("counter").asText().equals("rx_otherhost_dropped")
                    && row.path("interface").asText().equals(net.right().spec())) {
                return row.path("packets").asLong();
            }
        }
        return 0;
    }

    @Test
    void shouldMeasureSoftirqsWhereItIsAskedFor() throws IOException {
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.right().spec()).start()) {
            JsonNode first = cpus(jopil).get(0);
            assertEquals(0, first.path("backlog_dropped").asLong(), first::toString);
            assertTrue(first.path("squeezed").isNumber(), first::toString);
            assertTrue(first.path("rx_delay_p99_ns").isNull(), first::toString);
            assertTrue(first.path("softirqs_missing").asText().contains("measure = true"), first::toString);

            Path file = jopil.data().resolve("etc/org.jopil.tracer.softirq.cfg");
            Path fresh = Files.writeString(jopil.data().resolve("etc/new.tmp"), "measure = true\n");
            Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            Instance.await(
                    LIMIT,
                    "the programs",
                    () -> cpus(jopil).get(0).path("softirqs_missing").isNull());
            net.left()
                    .run("ping", "-q", "-c", "200", "-i", "0.002", net.right().ipv4())
                    .orFail();
            long runs = 0;
            for (JsonNode cpu : cpus(jopil)) {
                assertFalse(
                        cpu.path("rx_delay_max_ns").asLong()
                                < cpu.path("rx_delay_p99_ns").asLong(),
                        cpu::toString);
                runs += cpu.path("rx_runs").asLong();
            }
            assertTrue(runs >= 200, "runs " + runs);
        }
    }

    private static JsonNode cpus(Instance jopil) {
        return jopil.get("/api/cpus").expect(200).json();
    }
}
