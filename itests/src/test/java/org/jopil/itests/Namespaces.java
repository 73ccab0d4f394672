// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Two network namespaces joined by a veth pair, with addresses on both sides and offloads off, so that what one side
 * sends is packet by packet what the other receives. {@link #close} removes everything.
 */
final class Namespaces implements AutoCloseable {
    /** One end. */
    record Side(String namespace, String interfaceName, String ipv4, String ipv6) {
        /** {@code NS/IF}, as {@code jopil run -i} takes it. */
        String spec() {
            return namespace + "/" + interfaceName;
        }

        /** Runs a command in here to its end. */
        Command.Result run(String... words) {
            return command(words).run();
        }

        Command command(String... words) {
            List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
            all.addAll(List.of(words));
            return Command.of(all);
        }
    }

    private final Side left;
    private final Side right;

    private Namespaces(Side left, Side right) {
        this.left = left;
        this.right = right;
    }

    /** Offloads off: what tshark sees is what was on the wire. */
    static Namespaces pair() {
        return pair(false);
    }

    static Namespaces pair(boolean offloads) {
        String tag = "jp" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36, 36 * 36 * 36 * 36), 36);
        Namespaces made = new Namespaces(
                new Side(tag + "a", tag + "va", "10.203.7.1", "fd00:203:7::1"),
                new Side(tag + "b", tag + "vb", "10.203.7.2", "fd00:203:7::2"));
        try {
            made.create(offloads);
        } catch (RuntimeException | Error e) {
            made.close();
            throw e;
        }
        return made;
    }

    private void create(boolean offloads) {
        Command.run("ip", "netns", "add", left.namespace).orFail();
        Command.run("ip", "netns", "add", right.namespace).orFail();
        // made inside, so that neither end is ever seen by the machine's own network
        left.run(
                        "ip",
                        "link",
                        "add",
                        left.interfaceName,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        right.interfaceName,
                        "netns",
                        right.namespace)
                .orFail();
        for (Side side : List.of(left, right)) {
            side.run("sysctl", "-qw", "net.ipv6.conf." + side.interfaceName + ".accept_dad=0")
                    .orFail();
            side.run("ip", "addr", "add", side.ipv4 + "/24", "dev", side.interfaceName)
                    .orFail();
            side.run("ip", "addr", "add", side.ipv6 + "/64", "dev", side.interfaceName, "nodad")
                    .orFail();
            if (!offloads) {
                side.run(
                                "ethtool",
                                "-K",
                                side.interfaceName,
                                "tx",
                                "off",
                                "rx",
                                "off",
                                "sg",
                                "off",
                                "tso",
                                "off",
                                "gso",
                                "off",
                                "gro",
                                "off")
                        .orFail();
            }
            side.run("ip", "link", "set", "lo", "up").orFail();
            side.run("ip", "link", "set", side.interfaceName, "up").orFail();
        }
    }

    Side left() {
        return left;
    }

    Side right() {
        return right;
    }

    @Override
    public void close() {
        // the veth pair goes with either namespace
        Command.run("ip", "netns", "delete", left.namespace);
        Command.run("ip", "netns", "delete", right.namespace);
    }
}
