// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jopil.api.analyzer.AnalyzerProperties;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * What the watched interfaces themselves lost, by their own counters. Beside the kernel's drops, never added to them: it
 * frees many of the same packets, and the counters are parts of each other.
 */
@Component(service = {Poller.class, ReportSource.class})
@AnalyzerProperties(name = "device-drops", latency_ms = 5000)
public final class DeviceDrops implements Poller, ReportSource {
    private static final Column[] COLUMNS = {
        column("interface", Type.TEXT, "Watched interface"),
        detail("namespace", Type.TEXT, "Network namespace, null for the one JOPIL runs in"),
        column("counter", Type.TEXT, "Name of the counter: the kernel's (if_link.h), or the driver's (ethtool -S)"),
        detail("source", Type.TEXT, "Who counts: kernel or driver"),
        column("packets", Type.PACKETS, "Since JOPIL first saw the interface; in the device's unit, mostly frames"),
        column("last_seen", Type.TIME, "Last look, at most 5 s apart, that found more of them"),
        column("advice", Type.TEXT, "What it means"),
        detail("command", Type.TEXT, "What to look at next")
    };

    /** Interfaces that went are remembered as long as there are not more than this. */
    private static final int MOST_DEVICES = 2000;

    /** An interface, with what its counters had when they were read and what they grew by. */
    private static final class Device {
        private InterfaceStatus status;
        private Map<String, Long> counters;
        private final Map<String, Long> lost = new LinkedHashMap<>();
        private final Map<String, Long> lastSeenNs = new HashMap<>();

        private Device(InterfaceStatus first, Map<String, Long> values) {
            status = first;
            counters = values;
        }

        private void take(InterfaceStatus now, Map<String, Long> values, long nowNs) {
            boolean another = now.index() != status.index();
            values.forEach((name, value) -> {
                long before = another ? 0 : counters.getOrDefault(name, value); // a new counter is no loss
                long more = value < before ? value : value - before; // its driver began anew
                if (more > 0) {
                    lost.merge(name, more, Long::sum);
                    lastSeenNs.put(name, nowNs);
                }
            });
            status = now;
            counters = values;
        }
    }

    private final Map<String, Device> devices = new LinkedHashMap<>();
    private volatile Interfaces interfaces;

    /** The sensor comes last and goes first. */
    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    void setInterfaces(Interfaces service) {
        interfaces = service;
    }

    void unsetInterfaces(Interfaces service) {
        if (interfaces == service) {
            interfaces = null;
        }
    }

    @Override
    public void poll() {
        Interfaces present = interfaces;
        if (present == null) {
            return;
        }
        Instant now = Instant.now();
        long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        Set<String> there = new HashSet<>();
        for (InterfaceStatus status : present.list()) {
            if (!status.devicePackets().dropped().isEmpty()) {
                there.add(status.name());
                Device device = devices.get(status.name());
                Map<String, Long> values = counters(present, status);
                if (device == null) {
                    devices.put(status.name(), new Device(status, values));
                } else {
                    device.take(status, values, nowNs);
                }
            }
        }
        forget(there);
    }

    /** A driver that repeats a counter of the kernel's under its name counts the same. */
    private static Map<String, Long> counters(Interfaces present, InterfaceStatus status) {
        Map<String, Long> values = new LinkedHashMap<>(status.devicePackets().dropped());
        if (status.attached()) {
            present.driverDrops(status.name()).forEach(values::putIfAbsent);
        }
        return values;
    }

    private void forget(Set<String> there) {
        devices.entrySet()
                .removeIf(device -> !there.contains(device.getKey())
                        && device.getValue().lost.isEmpty());
        List<String> gone =
                devices.keySet().stream().filter(name -> !there.contains(name)).toList();
        gone.stream().limit(Math.max(0, devices.size() - MOST_DEVICES)).forEach(devices::remove);
    }

    @Override
    public Report report(Query query) throws FilterException {
        poll();
        Report.Builder report = Report.of(query.sort().isPresent() ? query : query.withSort("-packets"), COLUMNS);
        devices.values().stream()
                .filter(device -> device.status.id() != 0)
                .forEach(device -> device.lost.forEach((name, packets) -> report.row(
                        device.status.name(),
                        DropCounts.orNull(device.status.namespace()),
                        name,
                        device.status.devicePackets().dropped().containsKey(name) ? "kernel" : "driver",
                        packets,
                        device.lastSeenNs.get(name),
                        DeviceCounter.named(name).map(c -> c.sentence).orElse(null),
                        command(device.status))));
        return report.build();
    }

    /** Drivers of hardware and veth tell more by ethtool. */
    private static String command(InterfaceStatus status) {
        String name = status.name().substring(status.name().indexOf('/') + 1);
        String inside = status.namespace().isEmpty() ? "" : "ip netns exec " + status.namespace() + " ";
        boolean tellsMore = status.kind().isEmpty()
                ? !status.driver().isEmpty()
                : status.kind().equals("veth");
        return inside + (tellsMore ? "ethtool -S " : "ip -s -s link show dev ") + name;
    }
}
