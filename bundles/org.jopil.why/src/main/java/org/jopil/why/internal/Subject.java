// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;

/**
 * What was asked about, and how each report names it.
 *
 * @param kind of thing
 * @param name as people say it: {@code port 8080}
 * @param question as it was asked, without blanks around it
 * @param clauses filter by report; a report that is not among them cannot tell one such thing from another
 * @param ports ports that it is or has, empty if it has none of its own
 */
record Subject(Kind kind, String name, String question, Map<String, String> clauses, List<Long> ports) {
    static final String FLOWS = "flows";
    static final String DROP_EVENTS = "drop-events";
    static final String TCP = "tcp";
    static final String LATENCY = "latency";
    static final String JOURNEYS = "journeys";

    /** Ports of a process that are looked at: more make filters that nobody reads. */
    static final int MOST_PORTS = 6;

    private static final int HIGHEST_PORT = 65_535;
    private static final Pattern PORT = Pattern.compile("(?:port\\s+|:)?(\\d{1,5})");
    private static final Pattern ENDPOINT = Pattern.compile("\\[?([0-9A-Fa-f.:]+?)]?:(\\d{1,5})");
    private static final Pattern PROCESS = Pattern.compile(".+\\[\\d+]");

    enum Kind {
        PORT,
        ADDRESS,
        ENDPOINT,
        PROCESS,
        INTERFACE,
        NAMESPACE,
        FILTER
    }

    /**
     * Reads a question.
     *
     * @param interfaces names that are interfaces
     * @param namespaces names that are network namespaces
     * @param processes names of processes with sockets, as {@code name[pid]}, and the local ports of each
     */
    static Subject of(
            String asked,
            Collection<String> interfaces,
            Collection<String> namespaces,
            Map<String, List<Long>> processes) {
        String question = asked.strip();
        if (question.isEmpty()) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "Why what?",
                    "Ask about a port (8080), an address (10.0.0.9), both (10.0.0.9:80), a process (nginx), an interface"
                            + " (eth0), a network namespace or a filter ('tcp and port 443').");
        }
        Matcher port = PORT.matcher(question);
        if (port.matches() && Long.parseLong(port.group(1)) <= HIGHEST_PORT) {
            return port(question, Long.parseLong(port.group(1)));
        }
        if (isAddress(question)) {
            return address(question);
        }
        Matcher endpoint = ENDPOINT.matcher(question);
        if (endpoint.matches() && isAddress(endpoint.group(1)) && Long.parseLong(endpoint.group(2)) <= HIGHEST_PORT) {
            return endpoint(question, endpoint.group(1), Long.parseLong(endpoint.group(2)));
        }
        if (interfaces.contains(question)) {
            return watched(question);
        }
        if (namespaces.contains(question)) {
            return namespace(question);
        }
        List<String> named = processes.keySet().stream()
                .filter(process -> process.equals(question) || process.startsWith(question + "["))
                .toList();
        if (!named.isEmpty() || PROCESS.matcher(question).matches()) {
            return process(
                    question,
                    named.stream()
                            .flatMap(process -> processes.get(process).stream())
                            .distinct()
                            .limit(MOST_PORTS)
                            .toList());
        }
        return new Subject(
                Kind.FILTER,
                "'" + question + "'",
                question,
                Map.of(FLOWS, question, DROP_EVENTS, question, TCP, question, LATENCY, question, JOURNEYS, question),
                List.of());
    }

    private static boolean isAddress(String text) {
        int slash = text.indexOf('/');
        boolean prefix = slash > 0 && text.substring(slash + 1).matches("\\d{1,3}");
        return Addresses.parse(prefix ? text.substring(0, slash) : text).isPresent();
    }

    private static Subject port(String question, long port) {
        return new Subject(
                Kind.PORT,
                "port " + port,
                question,
                Map.of(
                        FLOWS, either("src_port", "dst_port", port),
                        DROP_EVENTS, either("src_port", "dst_port", port),
                        TCP, either("local_port", "remote_port", port),
                        LATENCY, "port == " + port,
                        JOURNEYS, either("src_port", "dst_port", port)),
                List.of(port));
    }

    private static Subject address(String address) {
        return new Subject(
                Kind.ADDRESS,
                address,
                address,
                Map.of(
                        FLOWS, either("src_ip", "dst_ip", address),
                        DROP_EVENTS, either("src_ip", "dst_ip", address),
                        TCP, either("local_ip", "remote_ip", address),
                        JOURNEYS, either("src_ip", "dst_ip", address)),
                List.of());
    }

    private static Subject endpoint(String question, String address, long port) {
        String either = "(src_ip == " + address + " and src_port == " + port + ") or (dst_ip == " + address
                + " and dst_port == " + port + ")";
        return new Subject(
                Kind.ENDPOINT,
                question,
                question,
                Map.of(
                        FLOWS, either,
                        DROP_EVENTS, either,
                        TCP,
                                "(local_ip == " + address + " and local_port == " + port + ") or (remote_ip == "
                                        + address + " and remote_port == " + port
                                        + ") or (state == listen and local_port"
                                        + " == " + port + ")",
                        LATENCY, "port == " + port,
                        JOURNEYS, either),
                List.of(port));
    }

    private static Subject watched(String name) {
        String clause = "interface == " + Words.value(name);
        return new Subject(
                Kind.INTERFACE,
                name,
                name,
                Map.of(FLOWS, clause, DROP_EVENTS, clause, LATENCY, clause, JOURNEYS, clause),
                List.of());
    }

    private static Subject namespace(String name) {
        String clause = "namespace == " + Words.value(name);
        return new Subject(
                Kind.NAMESPACE,
                name,
                name,
                Map.of(FLOWS, clause, DROP_EVENTS, clause, TCP, clause, LATENCY, clause, JOURNEYS, clause),
                List.of());
    }

    private static Subject process(String question, List<Long> ports) {
        boolean one = PROCESS.matcher(question).matches();
        String clause = one
                ? "process == " + Words.value(question)
                : "process ~ "
                        + Words.value(
                                "^" + Pattern.compile("\\W").matcher(question).replaceAll("\\\\$0") + "\\[");
        String packets = Stream.concat(
                        Stream.of(clause), ports.stream().map(port -> either("src_port", "dst_port", port)))
                .collect(Collectors.joining(" or "));
        // by port: stages before the socket have no process
        String queues = ports.isEmpty()
                ? clause
                : ports.stream().map(port -> "port == " + port).collect(Collectors.joining(" or "));
        return new Subject(
                Kind.PROCESS,
                question,
                question,
                Map.of(FLOWS, packets, DROP_EVENTS, packets, TCP, clause, LATENCY, queues, JOURNEYS, clause),
                ports);
    }

    private static String either(String one, String other, Object value) {
        return one + " == " + value + " or " + other + " == " + value;
    }

    Optional<String> clause(String report) {
        return Optional.ofNullable(clauses.get(report));
    }

    /** The report's filter for it and more. */
    String clause(String report, String and) {
        return Words.all(clauses.getOrDefault(report, ""), and);
    }
}
