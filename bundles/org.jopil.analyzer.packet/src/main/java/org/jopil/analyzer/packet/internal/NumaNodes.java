// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which NUMA node a CPU belongs to, as sysfs says (Documentation/ABI/stable/sysfs-devices-node). Immutable. */
final class NumaNodes {
    static final int UNKNOWN = -1;

    private static final Logger LOG = LoggerFactory.getLogger(NumaNodes.class);
    private static final String PREFIX = "node";

    private final Map<Integer, Integer> nodes = new HashMap<>();

    private NumaNodes() {}

    static NumaNodes ofThisMachine() {
        return in(Path.of("/sys/devices/system/node"));
    }

    /** A kernel without NUMA has no such folder: then no CPU has a node. */
    static NumaNodes in(Path folder) {
        NumaNodes found = new NumaNodes();
        if (!Files.isDirectory(folder)) {
            return found;
        }
        try (DirectoryStream<Path> nodes = Files.newDirectoryStream(folder, PREFIX + "[0-9]*")) {
            for (Path node : nodes) {
                int number = Integer.parseInt(node.getFileName().toString().substring(PREFIX.length()));
                found.add(Files.readString(node.resolve("cpulist")).strip(), number);
            }
        } catch (IOException | NumberFormatException e) {
            LOG.warn("The NUMA nodes cannot be read from {}: {}", folder, e.toString());
        }
        return found;
    }

    /** {@code 0-3,8}; empty for a node that has memory only. */
    private void add(String list, int node) {
        for (String range : list.isEmpty() ? new String[0] : list.split(",")) {
            String[] ends = range.split("-");
            int last = Integer.parseInt(ends[ends.length - 1]);
            for (int cpu = Integer.parseInt(ends[0]); cpu <= last; cpu++) {
                nodes.put(cpu, node);
            }
        }
    }

    /** {@link #UNKNOWN} if the machine does not say. */
    int of(int cpu) {
        return nodes.getOrDefault(cpu, UNKNOWN);
    }
}
