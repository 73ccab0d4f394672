// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Where packets go, as layers of nodes and links between them: interface, direction, network, transport, process; and from
 * an interface to what was dropped. Small ones of a layer share one node, so that a picture has at most {@link #MAX_NODES}
 * nodes and {@link #MAX_LINKS} links; nothing is left out of the sums. The order of nodes depends on their names alone.
 */
final class JourneyGraph {
    static final int MAX_NODES = 36;
    static final int MAX_LINKS = 90;

    /** Interfaces, and processes, that have a node of their own. */
    private static final int NAMED = 6;

    /** Reasons of drops that have one. */
    private static final int CAUSES = 8;

    /** Pairs of an interface and a reason that have a link of their own. */
    private static final int PAIRS = 14;

    /** The largest are weighed by this. */
    enum Metric {
        PACKETS,
        BYTES,
        /** The drops alone, by packets. */
        DROPS;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** From left to right; a drop is drawn where its stage says. */
    enum Layer {
        INTERFACE,
        DIRECTION,
        NETWORK,
        TRANSPORT,
        PROCESS,
        DROP;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A flow, or several.
     *
     * @param process null where it is not known
     */
    record Flow(
            String interfaceName,
            boolean ipv4,
            String protocol,
            String process,
            long packetsForward,
            long packetsReverse,
            long bytesForward,
            long bytesReverse) {
        long packets() {
            return packetsForward + packetsReverse;
        }

        long bytes() {
            return bytesForward + bytesReverse;
        }
    }

    /** What is left of an interface beside the flows given. */
    record Rest(String interfaceName, long packets, long bytes) {}

    /** Interface and stage are null where they are not known. */
    record Drop(String interfaceName, String stage, String reason, long packets, long bytes) {
        Cause cause() {
            return new Cause(reason, stage);
        }
    }

    /** @param stage of a drop, else null */
    record Node(String id, Layer layer, String label, String stage) {}

    /** @param filter of flows, or of drops where the target is a drop */
    record Link(String source, String target, long packets, long bytes, String filter) {}

    private record Cause(String reason, String stage) {
        String name() {
            return reason + '@' + (stage == null ? "" : stage);
        }

        String clause() {
            return Clauses.and(Clauses.equal("reason", reason), Clauses.equal("stage", stage));
        }
    }

    /** An interface as it is shown, and a cause. */
    private record Outlet(String interfaceName, Cause cause) {}

    private record Ends(Node source, Node target) {}

    private static final class Sum {
        private final String filter;
        private long packets;
        private long bytes;

        private Sum(String filter) {
            this.filter = filter;
        }
    }

    // what follows the layer in an id: a name of the kernel's follows a colon
    private static final String REST = "/rest";
    private static final String UNKNOWN = "/unknown";
    private static final String OTHER = "/other";
    private static final List<String> LAST = List.of(REST, UNKNOWN, OTHER);
    private static final List<String> TRANSPORTS = List.of("tcp", "udp", "icmp");

    private final String filter;
    private final ToLongFunction<Flow> weight;
    private final Map<String, Node> nodes = new HashMap<>();
    private final Map<Ends, Sum> sums = new LinkedHashMap<>();
    private final Names interfaces;
    private final Names processes;

    private JourneyGraph(String filter, boolean byBytes, List<Flow> flows, List<Rest> rests, List<Drop> drops) {
        this.filter = filter;
        weight = byBytes ? Flow::bytes : Flow::packets;
        Map<String, Long> seen = new HashMap<>();
        flows.forEach(flow -> seen.merge(flow.interfaceName(), weight.applyAsLong(flow), Long::sum));
        rests.forEach(rest -> seen.merge(rest.interfaceName(), byBytes ? rest.bytes() : rest.packets(), Long::sum));
        interfaces = new Names(
                Layer.INTERFACE,
                seen,
                sums(
                        drops.stream().filter(d -> d.interfaceName() != null).toList(),
                        Drop::interfaceName,
                        Drop::packets));
        processes = new Names(
                Layer.PROCESS,
                sums(flows.stream().filter(f -> f.process() != null).toList(), Flow::process, weight),
                Map.of());
        flows.forEach(flow -> {
            draw(flow, true);
            draw(flow, false);
        });
        rests.forEach(this::draw);
        draw(drops);
    }

    /** @param filter that flows and drops were asked with, empty for none */
    static JourneyGraph of(Metric metric, String filter, List<Flow> flows, List<Rest> rests, List<Drop> drops) {
        boolean alone = metric == Metric.DROPS;
        return new JourneyGraph(
                filter, metric == Metric.BYTES, alone ? List.of() : flows, alone ? List.of() : rests, drops);
    }

    /** By layer, then by name; what is folded stands last. */
    List<Node> nodes() {
        return nodes.values().stream()
                .sorted(Comparator.comparing(Node::layer)
                        .thenComparing(JourneyGraph::rank)
                        .thenComparing(Node::id))
                .toList();
    }

    /** In the order of their nodes. */
    List<Link> links() {
        List<Node> order = nodes();
        List<Link> links = new ArrayList<>();
        sums.forEach((ends, sum) ->
                links.add(new Link(ends.source().id(), ends.target().id(), sum.packets, sum.bytes, sum.filter)));
        Map<String, Integer> index = new HashMap<>();
        order.forEach(node -> index.put(node.id(), index.size()));
        links.sort(Comparator.comparing((Link link) -> index.get(link.source()))
                .thenComparing(link -> index.get(link.target())));
        return links;
    }

    private static int rank(Node node) {
        String name = node.id().substring(node.layer().text().length());
        int transport = node.layer() == Layer.TRANSPORT ? TRANSPORTS.indexOf(name.substring(1)) : 0;
        return LAST.contains(name) ? TRANSPORTS.size() + LAST.indexOf(name) : transport;
    }

    // ---- flows

    private void draw(Flow flow, boolean forward) {
        long packets = forward ? flow.packetsForward() : flow.packetsReverse();
        long bytes = forward ? flow.bytesForward() : flow.bytesReverse();
        if (packets == 0) {
            return;
        }
        Node from = interfaces.node(flow.interfaceName());
        String way = forward ? "forward" : "reverse";
        Node direction = node(Layer.DIRECTION, ':' + way, way);
        String family = flow.ipv4() ? "IPv4" : "IPv6";
        Node network = node(Layer.NETWORK, ':' + family, family);
        String name = flow.protocol().equals("icmpv6") ? "icmp" : flow.protocol();
        boolean known = TRANSPORTS.contains(name);
        Node transport =
                node(Layer.TRANSPORT, known ? ':' + name : OTHER, known ? name.toUpperCase(Locale.ROOT) : "other");
        Node process = processes.node(flow.process());

        String some = forward ? "packets_fwd > 0" : "packets_rev > 0";
        String version = "ip_version == " + (flow.ipv4() ? 4 : 6);
        String protocol =
                known ? protocolClause(name) : Clauses.none("protocol", List.of("tcp", "udp", "icmp", "icmpv6"));
        add(from, direction, packets, bytes, interfaces.clause("interface", from), some);
        add(direction, network, packets, bytes, some, version);
        add(network, transport, packets, bytes, version, protocol);
        add(transport, process, packets, bytes, protocol, processes.clause("process", process));
    }

    private static String protocolClause(String name) {
        return name.equals("icmp") ? "(protocol == icmp or protocol == icmpv6)" : Clauses.equal("protocol", name);
    }

    private void draw(Rest rest) {
        if (rest.packets() > 0) {
            Node from = interfaces.node(rest.interfaceName());
            Node to = node(Layer.DIRECTION, REST, "smaller flows");
            add(from, to, rest.packets(), rest.bytes(), interfaces.clause("interface", from));
        }
    }

    // ---- drops

    private void draw(List<Drop> drops) {
        Set<Cause> causes = largest(sums(drops, Drop::cause, Drop::packets), Comparator.comparing(Cause::name), CAUSES);
        List<Drop> named =
                drops.stream().filter(drop -> causes.contains(drop.cause())).toList();
        Comparator<Outlet> order = Comparator.comparing(Outlet::interfaceName)
                .thenComparing(outlet -> outlet.cause().name());
        Set<Outlet> outlets = largest(sums(named, this::outlet, Drop::packets), order, PAIRS);
        for (Drop drop : drops) {
            if (drop.packets() == 0) {
                continue;
            }
            Outlet outlet = outlet(drop);
            Cause cause = drop.cause();
            Node from = interfaces.node(drop.interfaceName());
            boolean own = outlets.contains(outlet);
            Node to = own
                    ? nodes.computeIfAbsent(
                            Layer.DROP.text() + ':' + cause.name(),
                            id -> new Node(id, Layer.DROP, cause.reason(), cause.stage()))
                    : node(Layer.DROP, OTHER, "other drops");
            String why = own ? cause.clause() : others(outlets, outlet.interfaceName());
            add(from, to, drop.packets(), drop.bytes(), why, interfaces.clause("interface", from));
        }
    }

    private Outlet outlet(Drop drop) {
        return new Outlet(interfaces.shown(drop.interfaceName()), drop.cause());
    }

    private static String others(Set<Outlet> outlets, String interfaceName) {
        return Clauses.and(outlets.stream()
                .filter(outlet -> outlet.interfaceName().equals(interfaceName))
                .map(outlet -> "not (" + outlet.cause().clause() + ')')
                .toArray(String[]::new));
    }

    // ---- helpers

    private static <T, K> Map<K, Long> sums(List<T> rows, Function<T, K> name, ToLongFunction<T> weight) {
        Map<K, Long> sums = new HashMap<>();
        rows.forEach(row -> sums.merge(name.apply(row), weight.applyAsLong(row), Long::sum));
        return sums;
    }

    private static <K> Set<K> largest(Map<K, Long> sums, Comparator<K> ties, int most) {
        Set<K> names = new LinkedHashSet<>();
        sums.entrySet().stream()
                .filter(entry -> entry.getValue() > 0)
                .sorted(Map.Entry.<K, Long>comparingByValue().reversed().thenComparing(Map.Entry.comparingByKey(ties)))
                .limit(most)
                .forEach(entry -> names.add(entry.getKey()));
        return names;
    }

    private Node node(Layer layer, String name, String label) {
        return nodes.computeIfAbsent(layer.text() + name, id -> new Node(id, layer, label, null));
    }

    private void add(Node source, Node target, long packets, long bytes, String... clauses) {
        Sum sum = sums.computeIfAbsent(
                new Ends(source, target), ends -> new Sum(Clauses.and(filter, Clauses.and(clauses))));
        sum.packets += packets;
        sum.bytes += bytes;
    }

    /** The names of a layer: the largest keep theirs, the others share one. */
    private final class Names {
        private final Layer layer;
        private final Set<String> kept;
        private final int folded;

        /** @param first take up to half of the room, however small they are: what drops is what one looks for */
        Names(Layer layer, Map<String, Long> seen, Map<String, Long> first) {
            this.layer = layer;
            kept = largest(first, Comparator.naturalOrder(), seen.isEmpty() ? NAMED : NAMED / 2);
            for (String name : largest(seen, Comparator.naturalOrder(), NAMED)) {
                if (kept.size() < NAMED) {
                    kept.add(name);
                }
            }
            Set<String> others = new HashSet<>(seen.keySet());
            others.addAll(first.keySet());
            others.removeAll(kept);
            folded = others.size();
        }

        /** @param name null where it is not known */
        String shown(String name) {
            if (name == null) {
                return UNKNOWN;
            }
            return kept.contains(name) ? ':' + name : OTHER;
        }

        Node node(String name) {
            String shown = shown(name);
            return JourneyGraph.this.node(
                    layer,
                    shown,
                    switch (shown) {
                        case OTHER -> "other (" + folded + ')';
                        case UNKNOWN -> layer.text() + " not known";
                        default -> name;
                    });
        }

        String clause(String field, Node node) {
            return switch (node.id().substring(layer.text().length())) {
                case OTHER -> Clauses.none(field, kept.stream().sorted().toList());
                case UNKNOWN -> Clauses.equal(field, null);
                default -> Clauses.equal(field, node.label());
            };
        }
    }
}
