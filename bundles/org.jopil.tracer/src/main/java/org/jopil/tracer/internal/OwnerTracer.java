// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.Owners;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.Layout;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link Owners} by {@code owner.bpf.o}. Where the kernel refuses it, nobody is known. */
@Component(
        service = {Owners.class, CostSource.class},
        immediate = true)
public final class OwnerTracer implements Owners, CostSource {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerTracer.class);
    private static final List<String> TRACEPOINTS =
            List.of("jopil_owner_state", "jopil_owner_send", "jopil_owner_receive");
    private static final String CREATE = "jopil_owner_create";
    private static final String FILES = "jopil_owner_files";
    private static final List<String> ITERATORS = List.of(FILES, SocketReader.LIST, SocketReader.RECENT);
    private static final int HOLDER_BYTES = 24;
    /** A socket that went to another process without a word goes to it after two passes. */
    private static final long PASS_SECONDS = 30;
    /** Between two lists of all sockets, less what clocks of those who ask may differ. */
    private static final long LIST_NS = 900_000_000;
    /** Listing takes one part of so many of a CPU at most. */
    private static final long LIST_SHARE = 50;

    private final ScheduledExecutorService passes = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "jopil-owners");
        thread.setDaemon(true);
        return thread;
    });

    private final Privacy privacy;
    private final LocalAddresses addresses;
    private final SocketReader sockets;
    private Tracing tracing;
    /** Null: sockets cannot be listed. */
    private volatile SocketTable table;

    private volatile long listNs = System.nanoTime();
    /** Under which addresses the table has them. */
    private volatile Privacy.Level listLevel = Privacy.Level.FULL;

    @Activate
    public OwnerTracer(@Reference BpfLoader loader, @Reference Privacy privacy) {
        this.privacy = privacy;
        this.addresses = new LocalAddresses(privacy);
        this.sockets = new SocketReader(addresses, privacy);
        try {
            tracing = Tracing.load(
                    loader,
                    "owner.bpf.o",
                    Stream.of(TRACEPOINTS, List.of(CREATE), ITERATORS)
                            .flatMap(List::stream)
                            .toList(),
                    List.of(),
                    object -> {});
            tracing.attach(TRACEPOINTS);
            attachCreate();
        } catch (BpfException e) {
            stop();
            LOG.warn("Processes of sockets are not known: {}", e.getMessage());
            return;
        }
        if (tracing.has(SocketReader.LIST) && tracing.has(SocketReader.RECENT)) {
            table = new SocketTable(addresses::has);
        }
        if (tracing.has(FILES)) {
            passes.scheduleWithFixedDelay(this::pass, 0, PASS_SECONDS, TimeUnit.SECONDS);
        }
    }

    /** Where there is no unified hierarchy a socket is known from its first connect, listen, send or read on. */
    private void attachCreate() {
        if (!tracing.has(CREATE)) {
            return;
        }
        try {
            Optional<Path> root = cgroups();
            if (root.isPresent()) {
                tracing.add(tracing.object.program(CREATE).attachCgroup(root.get()));
            }
        } catch (BpfException | IOException e) {
            LOG.info("Sockets nobody has used yet are not known: {}", e.getMessage());
        }
    }

    private static Optional<Path> cgroups() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/mounts"))) {
            String[] words = line.split(" ");
            if (words[2].equals("cgroup2")) {
                return Optional.of(Path.of(words[1]));
            }
        }
        return Optional.empty();
    }

    private synchronized void pass() {
        if (tracing == null) {
            return;
        }
        try {
            tracing.object.program(FILES).iterate(null, HOLDER_BYTES, holder -> {});
        } catch (BpfException e) {
            LOG.warn("Looking who holds which socket", e);
        }
    }

    @Override
    public synchronized Optional<Owner> of(long socketCookie) {
        if (tracing == null || socketCookie == 0) {
            return Optional.empty();
        }
        byte[] key = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(socketCookie)
                .array();
        return tracing.object.map("owners").lookup(key).flatMap(value -> owner(value, socketCookie));
    }

    @Override
    public Optional<Owner> receiver(
            String namespace,
            int ipProtocol,
            long srcHi,
            long srcLo,
            int srcPort,
            long dstHi,
            long dstLo,
            int dstPort) {
        SocketTable listed = table();
        if (listed == null || srcPort == 0 || dstPort == 0) {
            return Optional.empty();
        }
        int netns = addresses.netns(namespace);
        return netns == LocalAddresses.NO_NAMESPACE
                ? Optional.empty()
                : listed.receiver(netns, ipProtocol, srcHi, srcLo, srcPort, dstHi, dstLo, dstPort);
    }

    @Override
    public Optional<List<Listener>> listeners(String namespace, int ipProtocol, int port) {
        SocketTable listed = table();
        return listed == null
                ? Optional.empty()
                : Optional.of(listed.listeners(addresses.netns(namespace), ipProtocol, port));
    }

    private SocketTable table() {
        if (table != null && (System.nanoTime() - listNs >= 0 || listLevel != privacy.level())) {
            list();
        }
        return table;
    }

    private synchronized void list() {
        long begin = System.nanoTime();
        if (tracing == null || begin - listNs < 0 && listLevel == privacy.level()) {
            return;
        }
        listLevel = privacy.level();
        try {
            table = sockets.read(tracing.object);
        } catch (BpfException e) {
            LOG.warn("Listing the sockets", e);
        }
        long took = System.nanoTime() - begin;
        listNs = begin + Math.max(LIST_NS, LIST_SHARE * took);
    }

    /** An entry that the kernel is giving to another socket has one cookie or the other at its ends. */
    private static Optional<Owner> owner(byte[] value, long cookie) {
        ByteBuffer owner = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        if (owner.getLong(Layout.SOCKET_OWNER_COOKIE_OFFSET) != cookie
                || owner.getLong(Layout.SOCKET_OWNER_CHECK_OFFSET) != cookie) {
            return Optional.empty();
        }
        return Optional.of(SocketReader.decode(owner));
    }

    @Override
    public synchronized List<Cost.Program> programs() {
        return tracing == null
                ? List.of()
                : Stream.of(
                                tracing.cost(TRACEPOINTS, Tracing.TRACEPOINT),
                                tracing.cost(List.of(CREATE), Tracing.CGROUP),
                                tracing.cost(ITERATORS, Tracing.ITERATOR))
                        .flatMap(List::stream)
                        .toList();
    }

    @Override
    public synchronized long kernelBytes() {
        return tracing == null ? 0 : tracing.memoryBytes;
    }

    /** Detaches and frees. */
    @Deactivate
    public void stop() {
        passes.shutdown();
        synchronized (this) {
            if (tracing != null) {
                tracing.close();
                tracing = null;
            }
        }
    }
}
