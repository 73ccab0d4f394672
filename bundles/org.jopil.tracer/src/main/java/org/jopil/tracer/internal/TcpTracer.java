// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.source.Cost;
import org.jopil.api.source.CostSource;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.TcpSource;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;
import org.jopil.bpf.RingPoll;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@link TcpSource} by {@code tcp.bpf.o}. Where the kernel refuses it, the service is there and says why. */
@Component(
        service = {TcpSource.class, HandOffs.class, CostSource.class},
        immediate = true)
public final class TcpTracer implements TcpSource, HandOffs, CostSource {
    private static final Logger LOG = LoggerFactory.getLogger(TcpTracer.class);
    private static final String RESET_WITH_REASON = "jopil_tcp_reset_sent";
    private static final String RESET_PLAIN = "jopil_tcp_reset_plain";
    private static final List<String> TRACEPOINTS = List.of(
            "jopil_tcp_state",
            "jopil_tcp_retransmit",
            "jopil_tcp_synack",
            RESET_WITH_REASON,
            "jopil_tcp_reset_received",
            "jopil_tcp_segment",
            "jopil_tcp_read");
    private static final String FILES = "jopil_tcp_files";
    private static final String LIST = "jopil_tcp_list";
    private static final int CLOSED_KEPT = 1000;

    private final Privacy privacy;
    private final TcpRecords records;
    private JopilException refused;
    private Tracing tracing;
    private volatile RingAccount account;
    private RingPoll reader;

    /** By cookie, the oldest first; guarded by itself. */
    private final Map<Long, Closed> closed = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Closed> eldest) {
            return size() > CLOSED_KEPT;
        }
    };

    private long closedNumber;
    /** Under which those are there. */
    private Privacy.Level closedLevel = Privacy.Level.FULL;

    /** With the number that it was told of as. */
    private record Closed(long number, Connection connection) {}

    @Activate
    public TcpTracer(@Reference BpfLoader loader, @Reference Privacy privacy) {
        this.privacy = privacy;
        this.records = new TcpRecords(privacy);
        try {
            List<String> programs = new ArrayList<>(TRACEPOINTS);
            programs.addAll(List.of(FILES, LIST));
            tracing = Tracing.load(
                    loader,
                    "tcp.bpf.o",
                    programs,
                    List.of("jopil_tcp_state", LIST),
                    object -> object.autoload(RESET_PLAIN, false));
            BpfMap ring = tracing.object.map("tcp_closed");
            BpfMap counted = tracing.object.map("tcp_sums");
            RingAccount opened =
                    new RingAccount("closed connections", ring, Layout.TCP_RECORD_SIZE, () -> TcpSums.of(counted)
                            .book());
            account = opened;
            reader = new RingPoll("tcp-closed", ring, this::keep, opened::takeWhenDue);
            tracing.attach(TRACEPOINTS);
            if (tracing.has(FILES)) {
                tracing.object.program(FILES).iterate(null, 1, nothing -> {});
            }
        } catch (BpfException e) {
            stop();
            refused = Tracing.refusal(
                    e,
                    "JOPIL-114",
                    "TCP connections cannot be followed on this kernel",
                    "Their round-trip times, retransmits and resets are not known; flows are");
            LOG.warn("{} {}. {}", refused.code(), refused.title(), refused.detail());
        }
    }

    /** On the reader's thread. */
    private void keep(int cpu, MappedRegion data, long at, int length) {
        account.read();
        byte[] bytes = new byte[Layout.TCP_RECORD_SIZE];
        data.copy(at, bytes, 0, bytes.length);
        ByteBuffer record = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
        long held = privacy.hold();
        try {
            keep(records.connection(record, EpochClock.minusKernelMono()));
        } finally {
            privacy.release(held);
        }
    }

    private void keep(Connection connection) {
        synchronized (closed) {
            forgetOtherLevel();
            closed.remove(connection.socketCookie()); // a reset after the close goes in its place
            closed.put(connection.socketCookie(), new Closed(++closedNumber, connection));
        }
    }

    /** What was kept under another level is not shown under this one. */
    private void forgetOtherLevel() {
        if (closedLevel != privacy.level()) {
            closedLevel = privacy.level();
            closed.clear();
        }
    }

    @Override
    public synchronized void read(Consumer<Connection> visitor) {
        require();
        long epochMinusMonoNs = EpochClock.minusKernelMono();
        BpfObject object = tracing.object;
        object.program(LIST)
                .iterate(
                        object.map("tcp_sockets"),
                        Layout.TCP_RECORD_SIZE,
                        record -> visitor.accept(records.connection(record, epochMinusMonoNs)));
        List<Closed> ended = closed();
        for (int i = ended.size() - 1; i >= 0; i--) {
            visitor.accept(ended.get(i).connection);
        }
    }

    private List<Closed> closed() {
        synchronized (closed) {
            forgetOtherLevel();
            return new ArrayList<>(closed.values());
        }
    }

    @Override
    public long closed(long since, Consumer<Connection> visitor) {
        synchronized (this) {
            require();
        }
        long last = since;
        for (Closed ended : closed()) {
            if (ended.number > since) {
                visitor.accept(ended.connection);
                last = ended.number;
            }
        }
        return last;
    }

    @Override
    public synchronized long lost() {
        require();
        return TcpSums.of(tracing.object.map("tcp_sums")).lost();
    }

    @Override
    public synchronized Optional<Sums> sums() {
        return tracing == null
                ? Optional.empty()
                : Optional.of(TcpSums.of(tracing.object.map("tcp_sums")).sums());
    }

    @Override
    public List<HandOff> handOffs() {
        RingAccount reading = account;
        return reading == null ? List.of() : reading.handOffs();
    }

    @Override
    public synchronized List<Cost.Program> programs() {
        return tracing == null
                ? List.of()
                : Stream.concat(
                                tracing.cost(TRACEPOINTS, Tracing.TRACEPOINT).stream(),
                                tracing.cost(List.of(FILES, LIST), Tracing.ITERATOR).stream())
                        .toList();
    }

    @Override
    public synchronized long kernelBytes() {
        return tracing == null ? 0 : tracing.memoryBytes;
    }

    private void require() {
        if (refused != null) {
            throw refused;
        }
        if (tracing == null) {
            throw Tracing.stopping();
        }
    }

    /** Detaches and frees. */
    @Deactivate
    public void stop() {
        RingPoll reading = reader;
        if (reading != null) {
            reading.stop();
            reader = null;
        }
        if (account != null) {
            account.close();
            account = null;
        }
        synchronized (this) {
            if (tracing != null) {
                tracing.close();
                tracing = null;
            }
        }
    }
}
