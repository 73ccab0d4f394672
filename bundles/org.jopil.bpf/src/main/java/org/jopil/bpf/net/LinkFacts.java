// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jopil.api.source.InterfaceFacts;

/** What rtnetlink, the drivers and sysfs tell of the interfaces of a namespace. Any thread. */
public final class LinkFacts {
    /** As lib/ll_types.c of iproute2 names the ARPHRD_ numbers of linux/if_arp.h. */
    private static final Map<Integer, String> TYPES = Map.ofEntries(
            Map.entry(1, "ether"),
            Map.entry(32, "infiniband"),
            Map.entry(280, "can"),
            Map.entry(512, "ppp"),
            Map.entry(519, "rawip"),
            Map.entry(768, "ipip"),
            Map.entry(769, "tunnel6"),
            Map.entry(772, "loopback"),
            Map.entry(776, "sit"),
            Map.entry(778, "gre"),
            Map.entry(803, "ieee802.11/radiotap"),
            Map.entry(823, "gre6"),
            Map.entry(65534, "none"));

    private static final Pattern LOSS = Pattern.compile("drop|discard|miss|err", Pattern.CASE_INSENSITIVE);
    private static final Path PCI_DEVICES = Path.of("/sys/bus/pci/devices");

    private LinkFacts() {}

    /**
     * Of all, by index.
     *
     * @throws NetException if they cannot be asked for
     * @throws NetworkNamespace.NoSuchNamespaceException if the namespace is gone
     */
    public static Map<Integer, InterfaceFacts> read(NetworkNamespace namespace) {
        return namespace.call(() -> {
            Map<Integer, InterfaceFacts> facts = new HashMap<>();
            try (Ethtool ethtool = new Ethtool()) {
                for (Link link : Links.list(NetworkNamespace.current())) {
                    facts.put(link.index(), facts(link, ethtool));
                }
            }
            return facts;
        });
    }

    /**
     * The driver's own counters of losses, by its names.
     *
     * @throws NetException if there is no socket to ask by
     * @throws NetworkNamespace.NoSuchNamespaceException if the namespace is gone
     */
    public static Map<String, Long> driverDrops(NetworkNamespace namespace, String device) {
        return namespace.call(() -> {
            try (Ethtool ethtool = new Ethtool()) {
                Map<String, Long> drops = new LinkedHashMap<>(ethtool.counters(device));
                drops.keySet().removeIf(name -> !LOSS.matcher(name).find());
                return drops;
            }
        });
    }

    private static InterfaceFacts facts(Link link, Ethtool ethtool) {
        Optional<Ethtool.Driver> driver = ethtool.driver(link.name());
        Ethtool.Speed speed = ethtool.speed(link.name());
        Optional<Ethtool.Channels> channels = ethtool.channels(link.name());
        Optional<String> bus = driver.map(Ethtool.Driver::bus).filter(text -> !text.isEmpty());
        return new InterfaceFacts(
                Optional.of(TYPES.getOrDefault(link.type(), "[" + link.type() + "]")),
                Optional.of(link.mac()).filter(mac -> !mac.isEmpty()),
                driver.map(Ethtool.Driver::version).filter(text -> !text.isEmpty()),
                bus,
                speed.mbps(),
                speed.duplex(),
                ethtool.offloads(link.name()),
                channels.map(Ethtool.Channels::rx),
                channels.map(Ethtool.Channels::tx),
                Optional.of(link.rxQueues()).filter(queues -> queues > 0),
                Optional.of(link.txQueues()).filter(queues -> queues > 0),
                bus.flatMap(LinkFacts::numaNode));
    }

    /** By the bus address, because /sys/class/net is that of another namespace; -1 is the kernel's word for unknown. */
    private static Optional<Integer> numaNode(String bus) {
        if (bus.contains("/")) {
            return Optional.empty();
        }
        try {
            String text = Files.readString(PCI_DEVICES.resolve(bus).resolve("numa_node"));
            return Optional.of(Integer.parseInt(text.strip())).filter(node -> node >= 0);
        } catch (IOException | NumberFormatException notOnPci) {
            return Optional.empty();
        }
    }
}
