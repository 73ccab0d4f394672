// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Two network namespaces of our own; nothing of the machine's own network is touched. Every measurement has a veth pair of
 * its own between them, so that nothing of an earlier one is counted in it. {@link #close} removes everything.
 */
final class Topology implements AutoCloseable {
    static final String SENDER = "jopil-bench-load";
    static final String WATCHED = "jopil-bench-watch";

    /** A cable: what goes in at {@code sender} comes out at {@code watched}, each in its namespace. */
    static final class Wire implements AutoCloseable {
        private final int number;

        private Wire(int number) {
            this.number = number;
        }

        String sender() {
            return "s" + number;
        }

        String watched() {
            return "w" + number;
        }

        /** The watched end as {@code jopil run -i} takes it. */
        String spec() {
            return WATCHED + "/" + watched();
        }

        @Override
        public void close() {
            ip("-n", WATCHED, "link", "del", watched());
        }
    }

    private int wires;

    /** @throws IllegalStateException if the namespaces are there already, or cannot be made */
    Topology() {
        ip("netns", "add", SENDER).orFail();
        ip("netns", "add", WATCHED).orFail();
        for (String namespace : List.of(SENDER, WATCHED)) {
            // without IPv6's own chatter every packet is one of the load's
            Commands.run(
                            Duration.ofSeconds(20),
                            inside(namespace, List.of("sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1")))
                    .orFail();
            ip("-n", namespace, "link", "set", "lo", "up").orFail();
        }
    }

    /** A new veth pair, up, with GRO on at both ends: that gives a veth the NAPI that takes redirected frames. */
    Wire wire() {
        Wire wire = new Wire(++wires);
        ip("-n", SENDER, "link", "add", wire.sender(), "type", "veth", "peer", "name", wire.watched(), "netns", WATCHED)
                .orFail();
        // both before either is up: a veth takes redirected frames only if its NAPI was there when it came up
        gro(SENDER, wire.sender());
        gro(WATCHED, wire.watched());
        ip("-n", SENDER, "link", "set", wire.sender(), "up").orFail();
        ip("-n", WATCHED, "link", "set", wire.watched(), "up").orFail();
        boolean carrier = Commands.await(
                Duration.ofSeconds(5),
                () -> ip("-n", WATCHED, "link", "show", wire.watched()).out().contains("LOWER_UP"));
        if (!carrier) {
            throw new IllegalStateException("no carrier on " + wire.spec());
        }
        return wire;
    }

    private static void gro(String namespace, String device) {
        Commands.run(Duration.ofSeconds(20), inside(namespace, List.of("ethtool", "-K", device, "gro", "on")))
                .orFail();
    }

    /** These words, run in a namespace; the process is the program itself. */
    static List<String> inside(String namespace, List<String> words) {
        List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + namespace));
        all.addAll(words);
        return all;
    }

    @Override
    public void close() {
        ip("netns", "del", SENDER);
        ip("netns", "del", WATCHED);
    }

    private static Commands.Result ip(String... words) {
        List<String> all = new ArrayList<>(List.of("ip"));
        all.addAll(List.of(words));
        return Commands.run(Duration.ofSeconds(20), all);
    }
}
