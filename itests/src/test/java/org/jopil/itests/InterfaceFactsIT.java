// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What is told of an interface and of who uses an address behind it, by a whole instance. */
class InterfaceFactsIT {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String STRANGER = "02:00:00:00:00:99";

    @Test
    void shouldTellFactsAndFlagAnAddressThatTwoClaim() {
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.right().spec()).start()) {
            JsonNode facts = row(jopil, "/api/interfaces", "name", net.right().spec());
            assertEquals("ether", facts.path("link_type").asText(), facts::toString);
            assertEquals(macOf(net.right()), facts.path("mac").asText());
            assertTrue(facts.path("mac_vendor").isNull(), "set by software");
            assertEquals(10_000, facts.path("speed_mbps").asInt());
            assertEquals(0, facts.path("device_losses").path("rx_crc_errors").asInt(-1));
            Set<String> offloads = new TreeSet<>();
            facts.path("offloads").forEach(name -> offloads.add(name.asText()));
            assertFalse(offloads.contains("tcp-segmentation-offload"), "the pair is made without");
            assertTrue(offloads.contains("rx-vlan-offload"), offloads::toString);

            String honest = macOf(net.left());
            askByArp(net);
            Instance.await(
                    LIMIT,
                    "the first claim",
                    () -> claim(jopil, net).path("mac").asText().equals(honest));
            assertFalse(claim(jopil, net).path("conflict").asBoolean(true));
            net.left()
                    .run("ip", "link", "set", net.left().interfaceName(), "address", STRANGER)
                    .orFail();
            askByArp(net);
            Instance.await(LIMIT, "the conflict", () -> claim(jopil, net)
                    .path("conflict")
                    .asBoolean());
            assertEquals(STRANGER, claim(jopil, net).path("mac").asText());
            assertEquals(honest, claim(jopil, net).path("other_mac").asText());

            JsonNode packet =
                    row(jopil, "/api/packets", "interface", net.right().spec());
            assertEquals(net.right().namespace(), packet.path("namespace").asText(), packet::toString);
        }
    }

    private static void askByArp(Namespaces net) {
        net.left().run("ip", "neigh", "flush", "all").orFail();
        net.left().run("ping", "-q", "-c", "1", "-W", "1", net.right().ipv4());
    }

    private static JsonNode claim(Instance jopil, Namespaces net) {
        for (JsonNode row : jopil.get("/api/reports/arp").expect(200).json().path("rows")) {
            if (row.path("ip").asText().equals(net.left().ipv4())) {
                return row;
            }
        }
        return MissingNode.getInstance();
    }

    private static JsonNode row(Instance jopil, String path, String key, String value) {
        for (JsonNode row : jopil.get(path).expect(200).json()) {
            if (row.path(key).asText().equals(value)) {
                return row;
            }
        }
        throw new AssertionError(path + " has no " + value);
    }

    private static String macOf(Namespaces.Side side) {
        return side.run("cat", "/sys/class/net/" + side.interfaceName() + "/address")
                .orFail()
                .out()
                .strip();
    }
}
