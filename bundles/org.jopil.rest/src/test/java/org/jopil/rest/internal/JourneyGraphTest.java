// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jopil.rest.internal.JourneyGraph.Drop;
import org.jopil.rest.internal.JourneyGraph.Flow;
import org.jopil.rest.internal.JourneyGraph.Layer;
import org.jopil.rest.internal.JourneyGraph.Link;
import org.jopil.rest.internal.JourneyGraph.Metric;
import org.jopil.rest.internal.JourneyGraph.Node;
import org.jopil.rest.internal.JourneyGraph.Rest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JourneyGraphTest {
    private static final Flow WEB = new Flow("eth0", true, "tcp", "nginx[812]", 3, 2, 300, 2000);
    private static final Flow PING = new Flow("eth0", false, "icmpv6", null, 1, 0, 90, 0);

    private static JourneyGraph graph(List<Flow> flows, List<Drop> drops) {
        return JourneyGraph.of(Metric.PACKETS, "", flows, List.of(), drops);
    }

    private static List<String> texts(JourneyGraph graph) {
        return graph.links().stream()
                .map(link -> link.source() + " > " + link.target() + " " + link.packets() + " " + link.bytes() + " | "
                        + link.filter())
                .toList();
    }

    @Test
    void shouldLeadEachDirectionOfAFlowFromItsInterfaceToItsProcess() {
        assertEquals(
                List.of(
                        "interface:eth0 > direction:forward 4 390 | interface == eth0 and packets_fwd > 0",
                        "interface:eth0 > direction:reverse 2 2000 | interface == eth0 and packets_rev > 0",
                        "direction:forward > network:IPv4 3 300 | packets_fwd > 0 and ip_version == 4",
                        "direction:forward > network:IPv6 1 90 | packets_fwd > 0 and ip_version == 6",
                        "direction:reverse > network:IPv4 2 2000 | packets_rev > 0 and ip_version == 4",
                        "network:IPv4 > transport:tcp 5 2300 | ip_version == 4 and protocol == tcp",
                        "network:IPv6 > transport:icmp 1 90 | ip_version == 6 and (protocol == icmp or protocol == icmpv6)",
                        "transport:tcp > process:nginx[812] 5 2300 | protocol == tcp and process == \"nginx[812]\"",
                        "transport:icmp > process/unknown 1 90 | (protocol == icmp or protocol == icmpv6) and not process ~"
                                + " \".\""),
                texts(graph(List.of(WEB, PING), List.of())));
    }

    @Test
    void shouldPutTheQuestionBeforeEveryFilter() {
        JourneyGraph graph = JourneyGraph.of(Metric.BYTES, "tcp", List.of(WEB), List.of(), List.of());

        graph.links().forEach(link -> assertTrue(link.filter().startsWith("tcp and "), link.filter()));
    }

    @Test
    void shouldHangDropsAtTheirInterfaceWithTheirStage() {
        JourneyGraph graph = graph(
                List.of(WEB),
                List.of(
                        new Drop("eth0", "transport", "NO_SOCKET", 7, 700),
                        new Drop("eth0", "transport", "NO_SOCKET", 1, 100),
                        new Drop(null, null, "NOT_SPECIFIED", 2, 20)));

        assertTrue(texts(graph)
                .containsAll(List.of(
                        "interface:eth0 > drop:NO_SOCKET@transport 8 800 | reason == NO_SOCKET and stage == transport and"
                                + " interface == eth0",
                        "interface/unknown > drop:NOT_SPECIFIED@ 2 20 | reason == NOT_SPECIFIED and not stage ~ \".\" and"
                                + " not interface ~ \".\"")));
        assertTrue(graph.nodes().contains(new Node("drop:NO_SOCKET@transport", Layer.DROP, "NO_SOCKET", "transport")));
        assertTrue(graph.nodes().contains(new Node("interface/unknown", Layer.INTERFACE, "interface not known", null)));
    }

    @Test
    void shouldShowDropsAloneWhenTheyAreAskedFor() {
        JourneyGraph graph = JourneyGraph.of(
                Metric.DROPS,
                "",
                List.of(WEB),
                List.of(new Rest("eth0", 4, 4)),
                List.of(new Drop("eth0", "ip", "IP_RPFILTER", 3, 30)));

        assertEquals(1, graph.links().size());
        assertEquals(2, graph.nodes().size());
    }

    @Test
    void shouldOrderByNamesSoThatNothingMovesWhenCountsDo() {
        List<Flow> flows = new ArrayList<>();
        for (String name : List.of("vb", "eth0", "va")) {
            for (String protocol : List.of("gre", "udp", "icmp", "tcp")) {
                flows.add(new Flow(name, true, protocol, null, 1 + flows.size(), 1, 1, 1));
            }
        }
        List<Node> first = graph(flows, List.of()).nodes();
        Collections.shuffle(flows, new Random(1));

        assertEquals(first, graph(flows, List.of()).nodes());
        assertEquals(
                List.of(
                        "eth0",
                        "va",
                        "vb",
                        "forward",
                        "reverse",
                        "IPv4",
                        "TCP",
                        "UDP",
                        "ICMP",
                        "other",
                        "process not known"),
                first.stream().map(Node::label).toList());
    }

    @Test
    void shouldFoldTheTailWithAFilterOfItsOwn() {
        List<Flow> flows = new ArrayList<>();
        for (int n = 0; n < 43; n++) {
            flows.add(new Flow("eth0", true, "tcp", "p" + n, 100 - n, 0, 1, 0));
        }
        JourneyGraph graph = graph(flows, List.of());

        Node other = graph.nodes().stream()
                .filter(node -> node.id().equals("process/other"))
                .findFirst()
                .orElseThrow();
        assertEquals("other (37)", other.label());
        assertEquals(
                "protocol == tcp and process != p0 and process != p1 and process != p2 and process != p3 and process != p4"
                        + " and process != p5",
                graph.links().stream()
                        .filter(link -> link.target().equals(other.id()))
                        .findFirst()
                        .orElseThrow()
                        .filter());
    }

    @Test
    void shouldKeepAnInterfaceThatDropsInSight() {
        List<Flow> flows = new ArrayList<>();
        for (int n = 0; n < 20; n++) {
            flows.add(new Flow("busy" + n, true, "udp", null, 1_000_000, 0, 1, 0));
        }
        JourneyGraph graph = graph(flows, List.of(new Drop("quiet", "ip", "IP_RPFILTER", 1, 60)));

        assertTrue(graph.nodes().stream().anyMatch(node -> node.id().equals("interface:quiet")));
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void shouldStayWithinItsBoundsAndLoseNothing(Metric metric) {
        Random random = new Random(7);
        List<Flow> flows = new ArrayList<>();
        List<Rest> rests = new ArrayList<>();
        List<Drop> drops = new ArrayList<>();
        String[] protocols = {"tcp", "udp", "icmp", "icmpv6", "gre", "sctp"};
        for (int i = 0; i < 30; i++) {
            String name = "veth" + i;
            rests.add(new Rest(name, 1 + random.nextInt(100), 5));
            for (int p = 0; p < 40; p++) {
                flows.add(new Flow(
                        name,
                        random.nextBoolean(),
                        protocols[random.nextInt(6)],
                        p == 0 ? null : "p " + p,
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000),
                        1 + random.nextInt(1000)));
            }
            for (int r = 0; r < 20; r++) {
                drops.add(new Drop(
                        i == 0 ? null : name, r == 0 ? null : "ip", "REASON_" + r, 1 + random.nextInt(100), 1));
            }
        }
        JourneyGraph graph = JourneyGraph.of(metric, "", flows, rests, drops);

        assertTrue(graph.nodes().size() <= JourneyGraph.MAX_NODES, graph.nodes().size() + " nodes");
        assertTrue(graph.links().size() <= JourneyGraph.MAX_LINKS, graph.links().size() + " links");
        Set<String> ids = graph.nodes().stream().map(Node::id).collect(Collectors.toSet());
        Set<String> used = new HashSet<>();
        graph.links().forEach(link -> {
            used.add(link.source());
            used.add(link.target());
        });
        assertEquals(ids, used);
        long dropped = drops.stream().mapToLong(Drop::packets).sum();
        assertEquals(dropped, sum(graph, link -> link.target().startsWith("drop")));
        if (metric != Metric.DROPS) {
            long all = flows.stream().mapToLong(Flow::packets).sum();
            long rest = rests.stream().mapToLong(Rest::packets).sum();
            assertEquals(all + rest, sum(graph, link -> link.target().startsWith("direction")));
            for (String layer : List.of("network", "transport", "process")) {
                assertEquals(all, sum(graph, link -> link.target().startsWith(layer)), layer);
            }
        }
    }

    private static long sum(JourneyGraph graph, java.util.function.Predicate<Link> wanted) {
        return graph.links().stream().filter(wanted).mapToLong(Link::packets).sum();
    }
}
