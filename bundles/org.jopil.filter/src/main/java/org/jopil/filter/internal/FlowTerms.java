// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.Equalities;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.filter.FlowTerm.Part;
import org.jopil.filter.internal.Node.End;
import org.jopil.filter.internal.Node.Operator;
import org.jopil.filter.internal.Node.Value.Scalar;

/** The equalities that a tree joins by {@code and} at its top. */
final class FlowTerms {
    private static final String PROTOCOL = "protocol";

    private final List<FlowTerm> terms = new ArrayList<>();

    private FlowTerms() {}

    static Equalities of(Node root) {
        FlowTerms found = new FlowTerms();
        boolean whole = found.take(root);
        return new Equalities(found.terms, whole);
    }

    /** Returns whether that is all it says. */
    private boolean take(Node node) {
        if (node instanceof Node.And and) {
            return take(and.left()) & take(and.right());
        } else if (node instanceof Node.Protocol protocol) {
            return protocol.number() >= 0 && Protocols.isIp(protocol.number()) && protocol(protocol.number());
        } else if (node instanceof Node.Address address) {
            return address.maskHi() == -1
                    && address.maskLo() == -1
                    && address.end() != End.BOTH
                    && add(
                            at(address.end(), Part.ADDRESS, Part.SOURCE_ADDRESS, Part.DESTINATION_ADDRESS),
                            Addresses.text(address.hi(), address.lo()));
        } else if (node instanceof Node.Port port) {
            return port.low() == port.high()
                    && port.end() != End.BOTH
                    && (port.number() < 0 || protocol(port.number()))
                    && add(
                            at(port.end(), Part.PORT, Part.SOURCE_PORT, Part.DESTINATION_PORT),
                            String.valueOf(port.low()));
        }
        return node instanceof Node.Comparison comparison
                && comparison.operator() == Operator.EQUAL
                && comparison.value() instanceof Scalar value
                && compared(comparison.field(), value.text());
    }

    private boolean compared(String field, String value) {
        Aliases.Alias alias = Aliases.of(field).orElse(new Aliases.Alias(List.of(field), null));
        if (alias.protocol() != null && !protocol(Protocols.number(alias.protocol()))) {
            return false;
        }
        Part part =
                switch (String.join(" ", alias.fields())) {
                    case PROTOCOL -> Part.PROTOCOL;
                    case "src_ip" -> Part.SOURCE_ADDRESS;
                    case "dst_ip" -> Part.DESTINATION_ADDRESS;
                    case "src_ip dst_ip" -> Part.ADDRESS;
                    case "src_port" -> Part.SOURCE_PORT;
                    case "dst_port" -> Part.DESTINATION_PORT;
                    case "src_port dst_port" -> Part.PORT;
                    default -> null;
                };
        if (part == null) {
            return false;
        }
        return switch (part) {
            case PROTOCOL -> protocol(Protocols.number(value));
            case ADDRESS, SOURCE_ADDRESS, DESTINATION_ADDRESS -> Addresses.parse(value)
                    .map(halves -> add(part, Addresses.text(halves[0], halves[1])))
                    .orElse(false);
            default -> {
                OptionalInt port = Names.port(value);
                yield port.isPresent() && add(part, String.valueOf(port.getAsInt()));
            }
        };
    }

    private boolean protocol(int number) {
        return number >= 0 && add(Part.PROTOCOL, Protocols.name(number));
    }

    private boolean add(Part part, String value) {
        return terms.add(new FlowTerm(part, value));
    }

    private static Part at(End end, Part either, Part source, Part destination) {
        return switch (end) {
            case SRC -> source;
            case DST -> destination;
            default -> either;
        };
    }
}
