// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.Demands;

/** Finds what a filter demands for certain: what is joined by {@code and} at the top. */
final class Demanding {
    private final Set<String> addresses = new LinkedHashSet<>();
    private final Set<Integer> ports = new LinkedHashSet<>();
    private int protocol;

    Demands of(Node root) {
        look(root);
        return new Demands(protocol, addresses.stream().toList(), ports.stream().toList());
    }

    private void look(Node node) {
        if (node instanceof Node.And and) {
            look(and.left());
            look(and.right());
        } else if (node instanceof Node.Protocol one) {
            protocol(one.number());
        } else if (node instanceof Node.Address address && address.maskHi() == -1L && address.maskLo() == -1L) {
            addresses.add(Addresses.text(address.hi(), address.lo()));
        } else if (node instanceof Node.Port port) {
            protocol(port.number());
            if (port.low() == port.high()) {
                port(port.low());
            }
        } else if (node instanceof Node.Comparison comparison) {
            equality(comparison);
        }
    }

    private void protocol(int number) {
        if (number > 0) {
            protocol = number;
        }
    }

    private void port(int number) {
        if (number > 0) {
            ports.add(number);
        }
    }

    private void equality(Node.Comparison comparison) {
        if (comparison.operator() != Node.Operator.EQUAL || !(comparison.value() instanceof Node.Value.Scalar value)) {
            return;
        }
        Aliases.Alias alias = Aliases.of(comparison.field()).orElse(null);
        if (alias != null && alias.protocol() != null) {
            protocol(Protocols.number(alias.protocol()));
        }
        // of an alias for two fields either may match
        switch (alias == null ? comparison.field() : alias.fields().get(0)) {
            case "protocol" -> protocol(Protocols.number(value.text()));
            case "src_ip", "dst_ip" -> Addresses.parse(value.text())
                    .ifPresent(halves -> addresses.add(Addresses.text(halves[0], halves[1])));
            case "src_port", "dst_port" -> Names.port(value.text()).ifPresent(this::port);
            default -> {}
        }
    }
}
