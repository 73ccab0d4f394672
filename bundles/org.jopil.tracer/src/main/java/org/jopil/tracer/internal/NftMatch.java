// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jopil.api.JopilException;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.filter.FlowTerm.Part;

/** A flow in the words of nft: alternatives, each the begin of a rule. */
final class NftMatch {
    private static final Set<String> WIDE = Set.of("tcp", "udp");
    private static final String WITH_PORTS = "meta l4proto { tcp, udp, udplite, sctp, dccp }";

    private NftMatch() {}

    /** @throws JopilException if the flow is too wide */
    static List<String> of(List<FlowTerm> flow) {
        if (flow.stream().allMatch(term -> term.part() == Part.PROTOCOL && WIDE.contains(term.value()))) {
            throw tooWide();
        }
        Optional<String> protocol = flow.stream()
                .filter(term -> term.part() == Part.PROTOCOL)
                .map(FlowTerm::value)
                .findFirst();
        boolean ports = flow.stream().anyMatch(term -> term.part().name().endsWith("PORT"));
        List<String> rules = new ArrayList<>();
        rules.add(protocol.map(name -> "meta l4proto " + number(name)).orElse(ports ? WITH_PORTS : ""));
        for (FlowTerm term : flow) {
            List<String> longer = new ArrayList<>();
            for (String rule : rules) {
                for (String one : alternatives(term)) {
                    longer.add((rule + " " + one).strip());
                }
            }
            rules = longer;
        }
        return rules;
    }

    private static List<String> alternatives(FlowTerm term) {
        String ip = term.value().indexOf(':') < 0 ? "ip" : "ip6";
        return switch (term.part()) {
            case PROTOCOL -> List.of("");
            case ADDRESS -> List.of(ip + " saddr " + term.value(), ip + " daddr " + term.value());
            case SOURCE_ADDRESS -> List.of(ip + " saddr " + term.value());
            case DESTINATION_ADDRESS -> List.of(ip + " daddr " + term.value());
            case PORT -> List.of("th sport " + term.value(), "th dport " + term.value());
            case SOURCE_PORT -> List.of("th sport " + term.value());
            case DESTINATION_PORT -> List.of("th dport " + term.value());
        };
    }

    /** Names differ between lists of protocols, numbers do not. */
    private static int number(String protocol) {
        return Protocols.number(protocol);
    }

    static JopilException tooWide() {
        return new JopilException(
                "JOPIL-400",
                400,
                "The filter names no single flow",
                "A rule trace marks packets in the kernel, so it takes only equalities joined by 'and': an address, a port,"
                        + " a protocol; of tcp and udp with an address or port. As: 'udp and dst port 53 and host 10.0.0.1'.");
    }
}
