// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.List;
import org.jopil.application.Application;

/** One line of a rule file. */
public final class Rule {
    /**
     * @param within whether {@code bytes} may begin anywhere in the first {@code offset} bytes, not at {@code offset}
     */
    record Clause(boolean within, int offset, byte[] bytes) {
        boolean matches(Bytes packet) {
            if (!within) {
                return standsAt(packet, offset);
            }
            int last = Math.min(offset, packet.length()) - bytes.length;
            for (int at = 0; at <= last; at++) {
                if (standsAt(packet, at)) {
                    return true;
                }
            }
            return false;
        }

        private boolean standsAt(Bytes packet, int at) {
            if (!packet.has(at, bytes.length)) {
                return false;
            }
            for (int i = 0; i < bytes.length; i++) {
                if (packet.u8(at + i) != (bytes[i] & 0xFF)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Both ends included. */
    record Ports(int first, int last) {
        boolean contains(int port) {
            return port >= first && port <= last;
        }
    }

    private final Application application;
    private final boolean tcp;
    private final boolean onlyOnPorts;
    private final List<Ports> ports;
    private final int payloadBytes;
    private final List<Clause> clauses;

    /**
     * @param ports empty if none were given
     * @param payloadBytes of the packet, -1 for any
     */
    Rule(
            Application application,
            boolean tcp,
            boolean onlyOnPorts,
            List<Ports> ports,
            int payloadBytes,
            List<Clause> clauses) {
        this.application = application;
        this.tcp = tcp;
        this.onlyOnPorts = onlyOnPorts;
        this.ports = List.copyOf(ports);
        this.payloadBytes = payloadBytes;
        this.clauses = List.copyOf(clauses);
    }

    public Application application() {
        return application;
    }

    boolean matches(boolean overTcp, Bytes packet, Findings findings) {
        if (overTcp != tcp
                || (payloadBytes >= 0 && payloadBytes != findings.payloadBytes)
                || (onlyOnPorts && !hasPort(findings.serverPort) && !hasPort(findings.clientPort))) {
            return false;
        }
        for (int i = 0; i < clauses.size(); i++) {
            if (!clauses.get(i).matches(packet)) {
                return false;
            }
        }
        return true;
    }

    boolean isUnusual(int port) {
        return !ports.isEmpty() && !hasPort(port);
    }

    private boolean hasPort(int port) {
        for (int i = 0; i < ports.size(); i++) {
            if (ports.get(i).contains(port)) {
                return true;
            }
        }
        return false;
    }
}
