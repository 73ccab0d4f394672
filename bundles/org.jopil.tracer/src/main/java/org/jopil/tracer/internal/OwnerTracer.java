// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jopil.api.source.Owners;
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
@Component(service = Owners.class, immediate = true)
public final class OwnerTracer implements Owners {
    private static final Logger LOG = LoggerFactory.getLogger(OwnerTracer.class);
    private static final List<String> TRACEPOINTS =
            List.of("jopil_owner_state", "jopil_owner_send", "jopil_owner_receive");
    private static final String CREATE = "jopil_owner_create";
    private static final String FILES = "jopil_owner_files";
    private static final String LIST = "jopil_owner_list";
    private static final int HOLDER_BYTES = 24;
    /** A socket that went to another process without a word goes to it after two passes. */
    private static final long PASS_SECONDS = 30;

    private final ScheduledExecutorService passes = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "jopil-owners");
        thread.setDaemon(true);
        return thread;
    });

    private Tracing tracing;

    @Activate
    public OwnerTracer(@Reference BpfLoader loader) {
        try {
            tracing = Tracing.load(
                    loader,
                    "owner.bpf.o",
                    List.of("jopil_owner_state", "jopil_owner_send", "jopil_owner_receive", CREATE, FILES),
                    List.of(),
                    object -> object.autoload(LIST, false));
            tracing.attach(TRACEPOINTS);
            attachCreate();
        } catch (BpfException e) {
            stop();
            LOG.warn("Processes of sockets are not known: {}", e.getMessage());
            return;
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

    /** An entry that the kernel is giving to another socket has one cookie or the other at its ends. */
    private static Optional<Owner> owner(byte[] value, long cookie) {
        ByteBuffer owner = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        if (owner.getLong(Layout.SOCKET_OWNER_COOKIE_OFFSET) != cookie
                || owner.getLong(Layout.SOCKET_OWNER_CHECK_OFFSET) != cookie) {
            return Optional.empty();
        }
        int end = 0;
        while (end < Layout.SOCKET_OWNER_COMM_LENGTH && value[Layout.SOCKET_OWNER_COMM_OFFSET + end] != 0) {
            end++;
        }
        return Optional.of(new Owner(
                owner.getInt(Layout.SOCKET_OWNER_TGID_OFFSET),
                new String(value, Layout.SOCKET_OWNER_COMM_OFFSET, end, StandardCharsets.UTF_8),
                owner.getInt(Layout.SOCKET_OWNER_UID_OFFSET),
                owner.getLong(Layout.SOCKET_OWNER_CGROUP_OFFSET)));
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
