// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jopil.api.source.Why.Level;

/**
 * A verdict and when it is given.
 *
 * @param id stable: tests, scripts and the page know it
 * @param condition the finding if it holds
 */
record Rule(String id, Level level, Function<Facts, Optional<Finding>> condition) {
    /**
     * All of them, the first that holds is the verdict and the next ones are named beside it. Who decides about a packet (a firewall, a
     * route) comes before who is slow, and both before what only looks odd.
     */
    static final List<Rule> TABLE = List.of(
            new Rule("firewall", Level.BAD, DropFindings::firewall),
            new Rule("rp-filter", Level.BAD, DropFindings.by(Advice.RP_FILTER)),
            new Rule("no-route", Level.BAD, DropFindings.by(Advice.NO_ROUTE)),
            new Rule("ttl", Level.BAD, DropFindings.by(Advice.TTL)),
            new Rule("neighbour", Level.BAD, DropFindings.by(Advice.NEIGHBOUR)),
            new Rule("mtu", Level.BAD, DropFindings.by(Advice.MTU)),
            new Rule("udp-port-closed", Level.BAD, DropFindings::udpPortClosed),
            new Rule("accept-queue-full", Level.BAD, TcpFindings::acceptQueueFull),
            new Rule("tcp-port-closed", Level.BAD, TcpFindings::portClosed),
            new Rule("udp-buffer-full", Level.BAD, DropFindings::udpBufferFull),
            new Rule("slow-reader", Level.BAD, LatencyFindings::slowReader),
            new Rule("slow-reader", Level.BAD, TcpFindings::closedWindow),
            new Rule("retransmits", Level.WARN, TcpFindings::retransmits),
            new Rule("dropped", Level.WARN, DropFindings::others),
            new Rule("slow-stage", Level.WARN, LatencyFindings::slowStage),
            new Rule("unanswered", Level.WARN, TcpFindings::unanswered),
            new Rule("resets", Level.WARN, TcpFindings::resets),
            new Rule("fine", Level.OK, QuietFindings::fine),
            new Rule("not-seen", Level.UNKNOWN, QuietFindings::notSeen));
}
