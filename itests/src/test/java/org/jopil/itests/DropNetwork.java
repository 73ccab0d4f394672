// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Three network namespaces in a row: a sender on the left, a host with every fault in the middle, which is a router and
 * a server, and another host far behind it. All drops that matter happen in the middle. IPv6 is off, so that nothing is
 * on the wire but what was sent.
 */
final class DropNetwork implements AutoCloseable {
    private static final int BACKLOG = 2;

    private final Namespaces near = Namespaces.pair();
    private final Namespaces.Side behind;
    private final Namespaces.Side far;

    private DropNetwork() {
        String tag =
                near.left().namespace().substring(0, near.left().namespace().length() - 1);
        behind = new Namespaces.Side(near.right().namespace(), tag + "vc", "10.203.8.1", "");
        far = new Namespaces.Side(tag + "c", tag + "vd", "10.203.8.2", "");
    }

    static DropNetwork create() {
        DropNetwork made = new DropNetwork();
        try {
            made.connect();
            made.breakThings();
        } catch (RuntimeException | Error e) {
            made.close();
            throw e;
        }
        return made;
    }

    private void connect() {
        Command.run("ip", "netns", "add", far.namespace()).orFail();
        far.run("ip", "link", "set", "lo", "up").orFail();
        behind.run(
                        "ip",
                        "link",
                        "add",
                        behind.interfaceName(),
                        "type",
                        "veth",
                        "peer",
                        "name",
                        far.interfaceName(),
                        "netns",
                        far.namespace())
                .orFail();
        for (Namespaces.Side side : List.of(left(), victim(), far)) {
            sysctl(side, "net.ipv6.conf.all.disable_ipv6=1");
        }
        for (Namespaces.Side side : List.of(behind, far)) {
            side.run("ip", "addr", "add", side.ipv4() + "/24", "dev", side.interfaceName())
                    .orFail();
            side.run("ethtool", "-K", side.interfaceName(), "tx", "off", "sg", "off", "gro", "off")
                    .orFail();
            side.run("ip", "link", "set", side.interfaceName(), "up").orFail();
        }
        sysctl(victim(), "net.ipv4.ip_forward=1");
        left().run("ip", "route", "add", "default", "via", victim().ipv4()).orFail();
        far.run("ip", "route", "add", "default", "via", behind.ipv4()).orFail();
        // nobody's, see `drops overflow`
        victim().run("ip", "route", "add", "10.203.9.0/24", "via", left().ipv4())
                .orFail();
    }

    private void breakThings() {
        Path resources = Path.of(System.getProperty("jopil.root"), "itests/src/test/resources");
        victim().run("nft", "-f", resources.resolve("drop-causes.nft").toString())
                .orFail();
        sysctl(victim(), "net.ipv4.conf." + victim().interfaceName() + ".rp_filter=1");
        behind.run("ip", "link", "set", behind.interfaceName(), "mtu", "1000").orFail();
        // a queue for all that wait for an address, and an end to their waiting
        String neighbours = "net.ipv4.neigh." + behind.interfaceName();
        sysctl(victim(), neighbours + ".unres_qlen_bytes=16000000");
        sysctl(victim(), neighbours + ".retrans_time_ms=100");
        sysctl(victim(), neighbours + ".mcast_solicit=1");
        behind.run(
                        "ip",
                        "link",
                        "set",
                        behind.interfaceName(),
                        "xdpdrv",
                        "obj",
                        Traffic.object("dropping"),
                        "sec",
                        "xdp")
                .orFail();
    }

    private static void sysctl(Namespaces.Side side, String assignment) {
        side.run("sysctl", "-qw", assignment).orFail();
    }

    Namespaces.Side left() {
        return near.left();
    }

    /** The middle, by its interface towards the left. */
    Namespaces.Side victim() {
        return near.right();
    }

    Namespaces.Side side(String name) {
        return switch (name) {
            case "left" -> left();
            case "right" -> victim();
            case "far" -> far;
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** The number that the kernel knows the victim by. */
    long inode() {
        return Long.parseLong(Command.run("stat", "-Lc", "%i", "/run/netns/" + victim().namespace())
                .orFail()
                .out()
                .strip());
    }

    Traffic.Running fullSocket(int port) {
        return Traffic.startProgram(victim(), "drops", "full", victim().ipv4(), "" + port);
    }

    Traffic.Running listener(int port) {
        return Traffic.startProgram(victim(), "drops", "listen", victim().ipv4(), "" + port, "" + BACKLOG);
    }

    /** Fills the listener's queue, then sends so many last ACKs. */
    Traffic.Running overflow(int port, long count, long pps) {
        return Traffic.startProgram(
                left(),
                "drops",
                "overflow",
                left().interfaceName(),
                "10.203.9.9",
                victim().ipv4(),
                "" + port,
                "" + BACKLOG,
                "" + count,
                "" + pps);
    }

    /** Nobody waits any longer for an address that does not answer. */
    boolean isWithoutWaiting() {
        return !behind.run("ip", "neigh", "show", "dev", behind.interfaceName())
                .orFail()
                .out()
                .contains("INCOMPLETE");
    }

    /** What the victim counts itself: {@code Udp:NoPorts}, {@code nft:input}, {@code nic:xdp_drops}, … */
    Map<String, Long> counters() {
        Map<String, Long> counters = new HashMap<>();
        List<String> lines = victim().run("cat", "/proc/net/snmp", "/proc/net/netstat")
                .orFail()
                .out()
                .lines()
                .toList();
        for (int i = 0; i + 1 < lines.size(); i += 2) {
            String[] names = lines.get(i).split(" ");
            String[] values = lines.get(i + 1).split(" ");
            for (int n = 1; n < names.length; n++) {
                counters.put(names[0] + names[n], Long.parseLong(values[n]));
            }
        }
        String rules = victim().run("nft", "-j", "list", "counters").orFail().out();
        new Http.Response(200, Map.of(), rules).json().path("nftables").forEach(object -> {
            if (object.has("counter")) {
                counters.put(
                        "nft:" + object.path("counter").path("name").asText(),
                        object.path("counter").path("packets").asLong());
            }
        });
        behind.run("ethtool", "-S", behind.interfaceName())
                .orFail()
                .out()
                .lines()
                .forEach(line -> {
                    if (line.contains("_xdp_drops:")) {
                        counters.merge("nic:xdp_drops", Long.parseLong(line.replaceFirst(".*: ", "")), Long::sum);
                    }
                });
        return counters;
    }

    @Override
    public void close() {
        Command.run("ip", "netns", "delete", far.namespace());
        near.close();
    }
}
