// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.net.IpAddress;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Namespaces by name, with their own addresses. Asked of the kernel when somebody wants them, every 5 s at most. Any
 * thread.
 */
final class LocalAddresses {
    private static final Logger LOG = LoggerFactory.getLogger(LocalAddresses.class);
    private static final Path NAMED = Path.of("/run/netns");
    private static final Path OWN = Path.of("/proc/self/ns/net");
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int LOOPBACK = 127;

    /** Not the number of a namespace. */
    static final int NO_NAMESPACE = 0;

    private static final String NAMELESS = "net:[";

    private final Map<String, Known> byName = new ConcurrentHashMap<>();
    private final Map<Integer, Set<IpAddress>> byNumber = new ConcurrentHashMap<>();

    private final Privacy privacy;

    /** @param level under which the addresses were hidden */
    private record Known(int netns, long readNs, Privacy.Level level) {}

    LocalAddresses(Privacy privacy) {
        this.privacy = privacy;
    }

    /** The namespace's inode, or {@link #NO_NAMESPACE}. */
    int netns(String name) {
        Known known = byName.get(name);
        long now = System.nanoTime();
        Privacy.Level level = privacy.level();
        if (known == null || now - known.readNs >= AGAIN_NS || known.level != level) {
            known = new Known(look(name), now, level);
            byName.put(name, known);
        }
        return known.netns;
    }

    private int look(String name) {
        if (name.startsWith(NAMELESS)) {
            return nameless(name.substring(NAMELESS.length(), name.length() - 1));
        }
        try {
            Path file = name.isEmpty() ? OWN : NAMED.resolve(name);
            int netns = ((Long) Files.getAttribute(file, "unix:ino")).intValue();
            byNumber.put(
                    netns,
                    Links.addresses(NetworkNamespace.named(name)).stream()
                            .map(address -> SocketReader.hidden(address, privacy))
                            .collect(Collectors.toUnmodifiableSet()));
            return netns;
        } catch (IOException | NetException | NetworkNamespace.NoSuchNamespaceException e) {
            LOG.debug("Addresses of namespace '{}'", name, e); // it went meanwhile
            return NO_NAMESPACE;
        }
    }

    private static int nameless(String number) {
        try {
            return Integer.parseUnsignedInt(number);
        } catch (NumberFormatException e) {
            return NO_NAMESPACE;
        }
    }

    /** Whether packets to this address stay in the namespace; false for those that have no name. */
    boolean has(int netns, IpAddress address) {
        Set<IpAddress> own = byNumber.get(netns);
        return own != null
                && (own.contains(address)
                        || Addresses.isIpv4(address.hi(), address.lo()) && (address.lo() >> 24 & 255) == LOOPBACK);
    }
}
