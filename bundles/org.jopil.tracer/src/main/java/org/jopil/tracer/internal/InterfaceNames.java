// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Namespaces and interfaces by their numbers. A name that was seen once stays, since a drop is told of long after its
 * interface has gone. One thread at a time.
 */
final class InterfaceNames {
    private static final Logger LOG = LoggerFactory.getLogger(InterfaceNames.class);
    private static final Path NAMED = Path.of("/run/netns");
    private static final Path OWN = Path.of("/proc/self/ns/net");
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(5);

    /** An interface of a namespace, by its inode. */
    private record Id(int netns, int ifindex) {}

    private final Map<Integer, String> namespaces = new HashMap<>();
    private final Map<Id, String> names = new HashMap<>();
    private long lookedNs = System.nanoTime() - AGAIN_NS;

    /** Looks once if there is a new one; what stays unknown is looked for again every 5 s. */
    void prepare(Collection<DropNames.Key> keys) {
        if (keys.stream().anyMatch(key -> !knows(key.netns(), key.ifindex()))) {
            lookAgain();
        }
    }

    boolean knows(int netns, int ifindex) {
        return netns == 0
                || namespaces.containsKey(netns) && (ifindex == 0 || names.containsKey(new Id(netns, ifindex)));
    }

    /** As {@link #namespace}, and looks for a new one. */
    String namespaceOf(int netns) {
        if (!knows(netns, 0)) {
            lookAgain();
        }
        return namespace(netns);
    }

    /** Looks at once if it is not known. */
    void prepare(int netns, int ifindex) {
        if (!knows(netns, ifindex)) {
            look();
        }
    }

    /** Looks if the last time was 5 s ago. */
    void lookAgain() {
        long now = System.nanoTime();
        if (now - lookedNs >= AGAIN_NS) {
            lookedNs = now;
            look();
        }
    }

    private void look() {
        try {
            take(NetworkNamespace.current(), inode(OWN));
            if (Files.isDirectory(NAMED)) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(NAMED)) {
                    for (Path file : files) {
                        take(NetworkNamespace.named(file.getFileName().toString()), inode(file));
                    }
                }
            }
        } catch (IOException e) {
            LOG.debug("Network namespaces", e);
        }
    }

    private static int inode(Path file) throws IOException {
        return ((Long) Files.getAttribute(file, "unix:ino")).intValue();
    }

    /** The first name of a namespace is the one that is shown: JOPIL's own may have another in /run/netns. */
    private void take(NetworkNamespace namespace, int inode) {
        String known = namespaces.putIfAbsent(inode, namespace.name());
        if (known != null && !known.equals(namespace.name())) {
            return;
        }
        try {
            for (Link link : Links.list(namespace)) {
                names.put(new Id(inode, link.index()), qualified(namespace.name(), link.name()));
            }
        } catch (NetException | NetworkNamespace.NoSuchNamespaceException e) {
            LOG.debug("Interfaces of {}", namespace, e); // it went meanwhile
        }
    }

    private static String qualified(String namespace, String name) {
        return namespace.isEmpty() ? name : namespace + "/" + name;
    }

    /** Empty for JOPIL's own, and where the kernel did not tell. */
    String namespace(int netns) {
        String name = namespaces.get(netns);
        return name != null ? name : netns == 0 ? "" : "net:[" + Integer.toUnsignedString(netns) + "]";
    }

    /** Empty if there was none. */
    String name(int netns, int ifindex) {
        if (ifindex == 0) {
            return "";
        }
        String name = names.get(new Id(netns, ifindex));
        return name != null ? name : qualified(namespace(netns), "if" + ifindex);
    }
}
