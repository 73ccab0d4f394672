// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.source.InterfaceFacts;
import org.jopil.bpf.Privileged;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What we tell is what {@code ethtool} and {@code ip} tell. */
@Timeout(60)
class LinkFactsKernelTest {
    private static final Set<String> OFFLOADS = Set.of(
            "rx-checksumming",
            "tx-checksumming",
            "tcp-segmentation-offload",
            "generic-segmentation-offload",
            "generic-receive-offload",
            "large-receive-offload",
            "rx-vlan-offload",
            "tx-vlan-offload");

    private final String name = "nic" + ProcessHandle.current().pid();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);

    @BeforeEach
    void addDevices() throws IOException {
        Privileged.require();
        Privileged.run("ip", "netns", "add", name);
        Privileged.run(
                "ip",
                "-n",
                name,
                "link",
                "add",
                "va",
                "numrxqueues",
                "4",
                "numtxqueues",
                "4",
                "type",
                "veth",
                "peer",
                "name",
                "vb");
        Privileged.run("ip", "-n", name, "link", "add", "name", "br", "type", "bridge");
        Privileged.run("ip", "-n", name, "tuntap", "add", "tun0", "mode", "tun");
    }

    @AfterEach
    void deleteNamespace() throws IOException {
        Privileged.run("ip", "netns", "del", name);
    }

    private String tool(String... command) throws Exception {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", name));
        inside.addAll(List.of(command));
        Process process = new ProcessBuilder(inside).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return text;
    }

    private InterfaceFacts facts(String device) {
        return LinkFacts.read(namespace)
                .get(Links.find(namespace, device).orElseThrow().index());
    }

    private static Optional<String> line(String text, String key) {
        Matcher found = Pattern.compile("(?m)^\\s*" + Pattern.quote(key) + ":[ \\t]*(\\S.*?)\\s*$")
                .matcher(text);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    private static Optional<String> json(String text, String key) {
        Matcher found = Pattern.compile("\"" + key + "\":\"?([^\",}]*)").matcher(text);
        return found.find() ? Optional.of(found.group(1)) : Optional.empty();
    }

    @Test
    void shouldTellWhatTheToolsTell() throws Exception {
        for (String device : List.of("lo", "va", "vb", "br", "tun0")) {
            InterfaceFacts facts = facts(device);
            String driver = tool("ethtool", "-i", device);
            assertEquals(line(driver, "version"), facts.driverVersion(), device);
            assertEquals(line(driver, "bus-info"), facts.bus(), device);
            String link = tool("ip", "-d", "-j", "link", "show", "dev", device);
            assertEquals(json(link, "link_type"), facts.linkType(), device);
            Optional<String> mac = json(link, "address").filter(text -> !text.equals("00:00:00:00:00:00"));
            assertEquals(mac, facts.mac(), device);
            assertEquals(json(link, "num_rx_queues").map(Integer::valueOf), facts.rxQueuesMost(), device);
            assertEquals(json(link, "num_tx_queues").map(Integer::valueOf), facts.txQueuesMost(), device);
            assertEquals(
                    offloads(tool("ethtool", "-k", device)),
                    Set.copyOf(facts.offloads().orElseThrow()),
                    device);
            String settings = tool("ethtool", device);
            assertEquals(
                    line(settings, "Speed")
                            .filter(text -> text.endsWith("Mb/s"))
                            .map(text -> Integer.valueOf(text.replace("Mb/s", ""))),
                    facts.speedMbps(),
                    device);
            assertEquals(
                    line(settings, "Duplex")
                            .filter(text -> !text.startsWith("Unknown"))
                            .map(String::toLowerCase),
                    facts.duplex(),
                    device);
            assertEquals(Optional.empty(), facts.numaNode(), "virtual devices are on no bus");
        }
        assertEquals(Optional.of(10_000), facts("va").speedMbps());
        assertEquals(Optional.of("none"), facts("tun0").linkType());
        assertEquals(Optional.empty(), facts("lo").mac());
        assertEquals(Optional.of(4), facts("va").rxQueuesMost());
    }

    private static Set<String> offloads(String text) {
        Set<String> on = new HashSet<>();
        for (String offload : OFFLOADS) {
            if (line(text, offload).orElseThrow().startsWith("on")) {
                on.add(offload);
            }
        }
        return on;
    }

    @Test
    void shouldSeeWhatIsChanged() throws Exception {
        assertTrue(facts("va").offloads().orElseThrow().contains("generic-segmentation-offload"));
        tool("ethtool", "-K", "va", "gso", "off", "gro", "on");
        List<String> offloads = facts("va").offloads().orElseThrow();
        assertFalse(offloads.contains("generic-segmentation-offload"), offloads::toString);
        assertTrue(offloads.contains("generic-receive-offload"), offloads::toString);
        for (int queues : new int[] {3, 1}) {
            tool("ethtool", "-L", "va", "rx", String.valueOf(queues), "tx", "2");
            String current = tool("ethtool", "-l", "va").split("Current hardware settings:")[1];
            assertEquals(line(current, "RX").map(Integer::valueOf), facts("va").rxQueues());
            assertEquals(line(current, "TX").map(Integer::valueOf), facts("va").txQueues());
            assertEquals(Optional.of(queues), facts("va").rxQueues());
        }
        assertEquals(Optional.empty(), facts("br").rxQueues(), "its driver does not tell");
    }

    @Test
    void shouldReadTheDriversCountersOfLosses() throws Exception {
        Map<String, Long> drops = LinkFacts.driverDrops(namespace, "va");
        Set<String> expected = new HashSet<>();
        Arrays.stream(tool("ethtool", "-S", "va").split("\n"))
                .map(line -> line.strip().split(":")[0])
                .filter(counter -> counter.contains("drop") || counter.contains("err"))
                .forEach(expected::add);
        assertTrue(expected.contains("rx_queue_0_drops"), expected::toString);
        assertEquals(expected, drops.keySet());
        assertEquals(Map.of(), LinkFacts.driverDrops(namespace, "lo"));
        assertEquals(Map.of(), LinkFacts.driverDrops(namespace, "no-such"));
    }

    @Test
    void shouldLeaveNoFileOpen() throws IOException {
        LinkFacts.read(namespace);
        long open = Privileged.openFiles();
        for (int i = 0; i < 10; i++) {
            LinkFacts.read(namespace);
            LinkFacts.driverDrops(namespace, "va");
        }
        assertEquals(open, Privileged.openFiles());
    }
}
