// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The interfaces of a namespace, asked of rtnetlink. Any thread; no privilege needed for the current namespace. */
public final class Links {
    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;
    private static final int IFLA_MASTER = 10;
    private static final int IFLA_OPERSTATE = 16;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_STATS64 = 23;
    private static final int IFLA_NUM_TX_QUEUES = 31;
    private static final int IFLA_NUM_RX_QUEUES = 32;
    private static final int IFLA_XDP = 43;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_XDP_ATTACHED = 2;
    private static final int IFLA_XDP_PROG_ID = 4;
    private static final int IFLA_XDP_DRV_PROG_ID = 5;
    private static final int IFF_UP = 1;
    private static final int IFF_LOOPBACK = 8;
    private static final int OPERSTATE_UNKNOWN = 0;
    private static final int OPERSTATE_UP = 6;

    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;

    private static final int RTA_OIF = 4;
    private static final int RTA_PRIORITY = 6;
    private static final int RTA_MULTIPATH = 9;
    private static final int RTA_TABLE = 15;
    private static final int RT_TABLE_MAIN = 254;
    private static final int RTN_UNICAST = 1;

    private static final int MAC_BYTES = 6;

    /** Where struct rtnl_link_stats64 has what was lost, bytes; the last ones came with Linux 4.6 and 5.19. */
    private static final Map<Integer, String> DROPS = new TreeMap<>(Map.ofEntries(
            Map.entry(32, "rx_errors"),
            Map.entry(40, "tx_errors"),
            Map.entry(48, "rx_dropped"),
            Map.entry(56, "tx_dropped"),
            Map.entry(72, "collisions"),
            Map.entry(80, "rx_length_errors"),
            Map.entry(88, "rx_over_errors"),
            Map.entry(96, "rx_crc_errors"),
            Map.entry(104, "rx_frame_errors"),
            Map.entry(112, "rx_fifo_errors"),
            Map.entry(120, "rx_missed_errors"),
            Map.entry(128, "tx_aborted_errors"),
            Map.entry(136, "tx_carrier_errors"),
            Map.entry(144, "tx_fifo_errors"),
            Map.entry(152, "tx_heartbeat_errors"),
            Map.entry(160, "tx_window_errors"),
            Map.entry(184, "rx_nohandler"),
            Map.entry(192, "rx_otherhost_dropped")));

    private Links() {}

    /**
     * All of them, by index.
     *
     * @throws NetException if rtnetlink cannot be asked
     * @throws NetworkNamespace.NoSuchNamespaceException if the namespace is gone
     */
    public static List<Link> list(NetworkNamespace namespace) {
        return namespace.call(Links::listHere);
    }

    public static Optional<Link> find(NetworkNamespace namespace, String name) {
        return list(namespace).stream().filter(link -> link.name().equals(name)).findFirst();
    }

    /** The interface that packets to nowhere in particular leave by: the default route of IPv4, else of IPv6. */
    public static Optional<Link> defaultRoute(NetworkNamespace namespace) {
        return namespace.call(() -> {
            Optional<Integer> index = defaultRouteIndex(LibC.AF_INET);
            if (index.isEmpty()) {
                index = defaultRouteIndex(LibC.AF_INET6);
            }
            int wanted = index.orElse(0);
            return listHere().stream().filter(link -> link.index() == wanted).findFirst();
        });
    }

    private static List<Link> listHere() {
        List<Link> links = new ArrayList<>();
        byte[] interfaceHeader = new byte[16];
        try (Rtnetlink netlink = new Rtnetlink()) {
            netlink.dump(
                    Rtnetlink.RTM_GETLINK,
                    Rtnetlink.RTM_NEWLINK,
                    interfaceHeader,
                    links::clear,
                    body -> links.add(link(body)));
        }
        try (Ethtool ethtool = new Ethtool()) {
            links.replaceAll(link -> withDriver(link, ethtool));
        }
        links.sort(Comparator.comparingInt(Link::index));
        return links;
    }

    /**
     * Every address of the namespace's interfaces; of 127.0.0.0/8 those that were set.
     *
     * @throws NetException if rtnetlink cannot be asked
     * @throws NetworkNamespace.NoSuchNamespaceException if the namespace is gone
     */
    public static Set<IpAddress> addresses(NetworkNamespace namespace) {
        return namespace.call(() -> {
            Set<IpAddress> addresses = new HashSet<>();
            try (Rtnetlink netlink = new Rtnetlink()) {
                netlink.dump(
                        Rtnetlink.RTM_GETADDR, Rtnetlink.RTM_NEWADDR, new byte[8], addresses::clear, body -> address(
                                        body)
                                .ifPresent(addresses::add));
            }
            return addresses;
        });
    }

    /** The peer's stands in IFA_ADDRESS where ours is in IFA_LOCAL. */
    private static Optional<IpAddress> address(ByteBuffer body) {
        body.position(8);
        IpAddress[] found = new IpAddress[IFA_LOCAL + 1];
        Rtnetlink.attributes(body, (type, value) -> {
            if (type == IFA_ADDRESS || type == IFA_LOCAL) {
                found[type] = IpAddress.of(value);
            }
        });
        return Optional.ofNullable(found[IFA_LOCAL] != null ? found[IFA_LOCAL] : found[IFA_ADDRESS]);
    }

    private static Link link(ByteBuffer body) {
        int type = body.getShort(2) & 0xFFFF;
        int index = body.getInt(4);
        int flags = body.getInt(8);
        body.position(16);
        Attributes found = new Attributes();
        Rtnetlink.attributes(body, found);
        boolean loopback = (flags & IFF_LOOPBACK) != 0;
        boolean running = found.operstate == OPERSTATE_UP || found.operstate == OPERSTATE_UNKNOWN;
        return new Link(
                index,
                found.name,
                type,
                found.mtu,
                (flags & IFF_UP) != 0,
                running,
                loopback,
                found.kind,
                found.kind,
                found.mac,
                found.rxQueues,
                found.txQueues,
                found.master,
                found.xdpProgramId,
                found.xdpMode,
                found.rxPackets,
                found.rxBytes,
                found.txPackets,
                found.txBytes,
                found.drops);
    }

    private static Map<String, Long> drops(ByteBuffer stats) {
        Map<String, Long> drops = new LinkedHashMap<>();
        DROPS.forEach((at, name) -> {
            if (at + Long.BYTES <= stats.limit()) {
                drops.put(name, stats.getLong(at));
            }
        });
        return Collections.unmodifiableMap(drops);
    }

    private static final class Attributes implements Rtnetlink.AttributeHandler {
        private String name = "";
        private int mtu;
        private int master;
        private int operstate;
        private String kind = "";
        private String mac = "";
        private int rxQueues;
        private int txQueues;
        private int xdpMode;
        private int xdpProgramId;
        private long rxPackets = -1;
        private long rxBytes = -1;
        private long txPackets = -1;
        private long txBytes = -1;
        private Map<String, Long> drops = Map.of();

        @Override
        public void attribute(int type, ByteBuffer value) {
            switch (type) {
                case IFLA_ADDRESS -> mac = mac(value);
                case IFLA_IFNAME -> name = text(value);
                case IFLA_MTU -> mtu = value.getInt(0);
                case IFLA_MASTER -> master = value.getInt(0);
                case IFLA_OPERSTATE -> operstate = value.get(0);
                case IFLA_LINKINFO -> Rtnetlink.attributes(value, (inner, v) -> {
                    if (inner == IFLA_INFO_KIND) {
                        kind = text(v);
                    }
                });
                case IFLA_NUM_TX_QUEUES -> txQueues = value.getInt(0);
                case IFLA_NUM_RX_QUEUES -> rxQueues = value.getInt(0);
                case IFLA_STATS64 -> {
                    rxPackets = value.getLong(0);
                    txPackets = value.getLong(8);
                    rxBytes = value.getLong(16);
                    txBytes = value.getLong(24);
                    drops = drops(value);
                }
                case IFLA_XDP -> Rtnetlink.attributes(value, (inner, v) -> {
                    if (inner == IFLA_XDP_ATTACHED) {
                        xdpMode = v.get(0);
                    } else if (inner == IFLA_XDP_PROG_ID || inner == IFLA_XDP_DRV_PROG_ID && xdpProgramId == 0) {
                        xdpProgramId = v.getInt(0);
                    }
                });
                default -> {
                    // of no use here
                }
            }
        }
    }

    /** A tunnel's link address is an IP address, that of lo is zero: neither is a MAC address. */
    private static String mac(ByteBuffer value) {
        byte[] bytes = new byte[value.limit()];
        value.get(0, bytes);
        boolean isMac = bytes.length == MAC_BYTES && !Arrays.equals(bytes, new byte[MAC_BYTES]);
        return isMac ? HexFormat.ofDelimiter(":").formatHex(bytes) : "";
    }

    private static String text(ByteBuffer value) {
        int length = 0;
        while (length < value.limit() && value.get(length) != 0) {
            length++;
        }
        byte[] bytes = new byte[length];
        value.get(0, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** ethtool takes the kernel's rtnl lock: it is asked only about hardware, of which there is little. */
    private static Link withDriver(Link l, Ethtool ethtool) {
        if (!l.kind().isEmpty() || l.loopback()) {
            return l;
        }
        return new Link(
                l.index(),
                l.name(),
                l.type(),
                l.mtu(),
                l.up(),
                l.running(),
                l.loopback(),
                l.kind(),
                ethtool.driver(l.name()).map(Ethtool.Driver::name).orElse(""),
                l.mac(),
                l.rxQueues(),
                l.txQueues(),
                l.masterIndex(),
                l.xdpProgramId(),
                l.xdpMode(),
                l.rxPackets(),
                l.rxBytes(),
                l.txPackets(),
                l.txBytes(),
                l.drops());
    }

    private static Optional<Integer> defaultRouteIndex(int family) {
        byte[] routeHeader = new byte[12];
        routeHeader[0] = (byte) family;
        int[] best = {0};
        long[] bestMetric = {Long.MAX_VALUE};
        try (Rtnetlink netlink = new Rtnetlink()) {
            netlink.dump(
                    Rtnetlink.RTM_GETROUTE,
                    Rtnetlink.RTM_NEWROUTE,
                    routeHeader,
                    () -> {
                        best[0] = 0;
                        bestMetric[0] = Long.MAX_VALUE;
                    },
                    body -> {
                        Route route = route(body);
                        if (route.isDefault && route.index > 0 && route.metric < bestMetric[0]) {
                            bestMetric[0] = route.metric;
                            best[0] = route.index;
                        }
                    });
        }
        return best[0] > 0 ? Optional.of(best[0]) : Optional.empty();
    }

    private static Route route(ByteBuffer body) {
        Route route = new Route();
        int destinationBits = body.get(1);
        route.table = body.get(4) & 255;
        int type = body.get(7);
        body.position(12);
        Rtnetlink.attributes(body, route);
        route.isDefault = destinationBits == 0 && type == RTN_UNICAST && route.table == RT_TABLE_MAIN;
        return route;
    }

    private static final class Route implements Rtnetlink.AttributeHandler {
        private boolean isDefault;
        private int table;
        private int index;
        private long metric;

        @Override
        public void attribute(int type, ByteBuffer value) {
            switch (type) {
                case RTA_OIF -> index = value.getInt(0);
                case RTA_PRIORITY -> metric = value.getInt(0) & 0xFFFF_FFFFL;
                case RTA_TABLE -> table = value.getInt(0);
                case RTA_MULTIPATH -> index = value.getInt(4); // the first hop's
                default -> {
                    // of no use here
                }
            }
        }
    }
}
