// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.LibbpfLibrary;
import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetException;
import org.jopil.bpf.net.NetworkNamespace;
import org.jopil.bpf.net.TcFilters;

/**
 * What a killed instance can leave: its filters on clsact, on kernels without tcx. All else is a bpf_link, and those die
 * with their process. A filter is left over if its program is ours by name and no process that we can see has it open.
 */
public final class Leftovers {
    private static final Path NAMESPACES = Path.of("/run/netns");
    private static final Path PROCESSES = Path.of("/proc");
    private static final String OURS = "jopil_";

    /**
     * One filter.
     *
     * @param namespace name of the network namespace, empty for the one that this process runs in
     * @param program name and id as libbpf wrote them, {@code jopil_ingress:[42]}
     */
    public record Leftover(String namespace, String interfaceName, boolean ingress, String program) {
        @Override
        public String toString() {
            return (namespace.isEmpty() ? "" : namespace + "/") + interfaceName + " clsact "
                    + (ingress ? "ingress" : "egress") + ": " + program;
        }
    }

    private record Found(Leftover leftover, NetworkNamespace owner, TcFilters.TcFilter filter) {}

    private Leftovers() {}

    /** What there is, in this process's network namespace and in the named ones. Any thread; needs root to see all. */
    public static List<Leftover> find() {
        return found().stream().map(Found::leftover).toList();
    }

    /** Removes it; returns what was removed. An instance that runs keeps its filters. */
    public static List<Leftover> remove() {
        List<Leftover> removed = new ArrayList<>();
        for (Found found : found()) {
            if (remove(found)) {
                removed.add(found.leftover());
            }
        }
        return removed;
    }

    private static boolean remove(Found found) {
        try {
            return found.owner().call(() -> ClsactLink.detach(LibbpfLibrary.get(), found.filter()));
        } catch (NetworkNamespace.NoSuchNamespaceException e) {
            return true;
        }
    }

    private static List<Found> found() {
        List<Found> found = new ArrayList<>();
        search(NetworkNamespace.current(), "", found);
        if (Files.isDirectory(NAMESPACES)) {
            for (Path file : children(NAMESPACES)) {
                String name = file.getFileName().toString();
                try {
                    search(NetworkNamespace.named(name), name, found);
                } catch (NetworkNamespace.NoSuchNamespaceException e) {
                    // deleted meanwhile, and its filters with it
                } catch (NetException e) {
                    // a file without a namespace: one that is being made or deleted
                    if (e.errnoNumber() != Errno.EINVAL) {
                        throw e;
                    }
                }
            }
        }
        if (!found.isEmpty()) {
            Set<Integer> open = openPrograms();
            found.removeIf(f -> open.contains(f.filter().programId()));
        }
        return found;
    }

    private static void search(NetworkNamespace namespace, String name, List<Found> found) {
        List<Link> links = Links.list(namespace);
        namespace.call(() -> {
            for (Link link : links) {
                for (TcFilters.TcFilter filter : TcFilters.list(link.index())) {
                    if (filter.name().startsWith(OURS)) {
                        found.add(new Found(
                                new Leftover(name, link.name(), filter.ingress(), filter.name()), namespace, filter));
                    }
                }
            }
            return null;
        });
    }

    /** Ids of the programs that some process holds. */
    private static Set<Integer> openPrograms() {
        Set<Integer> ids = new HashSet<>();
        for (Path process : children(PROCESSES)) {
            if (Character.isDigit(process.getFileName().toString().charAt(0))) {
                for (Path fd : children(process.resolve("fdinfo"))) {
                    addProgram(fd, ids);
                }
            }
        }
        return ids;
    }

    private static void addProgram(Path fdinfo, Set<Integer> ids) {
        try {
            for (String line : Files.readAllLines(fdinfo)) {
                if (line.startsWith("prog_id:")) {
                    ids.add(Integer.parseInt(line.substring("prog_id:".length()).strip()));
                }
            }
        } catch (IOException e) {
            // closed meanwhile
        }
    }

    /** Empty for a folder that is gone or not ours to read: processes end while we look. */
    private static List<Path> children(Path folder) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(folder)) {
            stream.forEach(paths::add);
        } catch (IOException | DirectoryIteratorException e) {
            return paths;
        }
        return paths;
    }
}
