// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jopil.api.event.Direction;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Replays.State;
import org.jopil.api.source.Replays.Status;
import org.jopil.bus.EventBus;
import org.jopil.decode.HeaderParser;
import org.jopil.decode.LinkType;
import org.jopil.pcap.CaptureReader;
import org.jopil.pcap.PacketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One file on its way through the pipeline, on a thread of its own, and the services that show it afterwards. */
final class FileReplay {
    private static final Logger LOG = LoggerFactory.getLogger(FileReplay.class);

    /** A quarter of what the bus keeps: from there on it wakes its subscribers. */
    private static final int MOST_PACKET_BATCHES = 16;

    private static final int MOST_PAYLOAD_BATCHES = 8;
    /** A subscriber that reads nothing for so long is left behind; what it loses is in the books. */
    private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long LOOK_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final long CLAIM_MS = 5_000;
    /** The longest wait before what was read so far is shown. */
    private static final long PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private static final long JOIN_MS = 2_000;
    private static final int NO_QUEUE = -1;

    private final long number;
    private final String name;
    private final Path deleted;
    private final double speed;
    private final EventBus bus;
    private final Analyzers analyzers;
    private final CaptureReader reader;
    private final AtomicLong readBytes;
    private final long fileBytes;

    private final FileCounters counters = new FileCounters();
    private final FileInterfaces interfaces;
    private final FileFlows flows;
    private final Rows rows;
    private final Thread thread = new Thread(this::run, "jopil-replay");

    // the thread's own
    private final LinkFrame frame = new LinkFrame();
    private final HeaderParser parser = new HeaderParser();
    private long startNs;
    private long lastSealNs;

    private volatile boolean stopped;
    private volatile boolean whole = true;

    // guarded by this
    private final Map<String, Long> skipped = new TreeMap<>();
    private final Set<String> linkTypes = new LinkedHashSet<>();
    private OptionalLong firstNs = OptionalLong.empty();
    private OptionalLong lastNs = OptionalLong.empty();
    private String end = "";

    /** Counts what is read of a file. */
    private static final class CountedInput extends FilterInputStream {
        private final AtomicLong bytes;

        CountedInput(InputStream in, AtomicLong bytes) {
            super(in);
            this.bytes = bytes;
        }

        @Override
        public int read() throws IOException {
            int value = super.read();
            bytes.addAndGet(value < 0 ? 0 : 1);
            return value;
        }

        @Override
        public int read(byte[] into, int from, int most) throws IOException {
            int read = super.read(into, from, most);
            bytes.addAndGet(Math.max(read, 0));
            return read;
        }
    }

    /**
     * Opens the file.
     *
     * @param name of the file, as it is shown
     * @param copy whether the file is deleted at the end, or if it cannot be opened
     * @throws IOException if it is no capture
     */
    FileReplay(long number, String name, Path file, boolean copy, double speed, EventBus bus, Analyzers analyzers)
            throws IOException {
        this.number = number;
        this.name = name;
        this.deleted = copy ? file : null;
        this.speed = speed;
        this.bus = bus;
        this.analyzers = analyzers;
        readBytes = new AtomicLong();
        fileBytes = Files.size(file);
        reader = CaptureReader.open(
                new CountedInput(Files.newInputStream(file), readBytes), name, CaptureReader.DEFAULT_MAX_BLOCK_BYTES);
        interfaces = new FileInterfaces(name, 0);
        flows = new FileFlows(counters, interfaces::name);
        rows = new Rows(bus);
        thread.setDaemon(true);
    }

    FileInterfaces interfaces() {
        return interfaces;
    }

    FileCounters counters() {
        return counters;
    }

    FileFlows flows() {
        return flows;
    }

    Rows rows() {
        return rows;
    }

    void start() {
        thread.start();
    }

    /** Ends the reading; idempotent. */
    void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.getState() == Thread.State.NEW) {
            closeFile();
        }
    }

    private void closeFile() {
        try {
            reader.close();
            if (deleted != null) {
                Files.deleteIfExists(deleted);
            }
        } catch (IOException e) {
            LOG.warn("The capture {} could not be closed", name, e);
        }
    }

    private void run() {
        String why;
        try {
            flows.awaitClaim(CLAIM_MS);
            startNs = System.nanoTime();
            why = read();
            seal();
        } catch (InterruptedException e) {
            why = "it was stopped";
        } catch (RuntimeException e) {
            LOG.error("The replay of {} ended", name, e);
            why = "a mistake of ours; the log has the cause";
        } finally {
            closeFile();
        }
        synchronized (this) {
            end = why;
        }
        LOG.info(
                "Replay {} of {} ended: {}. {} packets, {} bytes",
                number,
                name,
                why,
                counters.packets(),
                counters.bytes());
    }

    private boolean isStopped() {
        return stopped;
    }

    /** Until the end of the file; says why it is the end. */
    private String read() throws InterruptedException {
        try {
            while (!stopped) {
                if (!reader.next()) {
                    return "every packet was read";
                }
                packet();
            }
            return "it was stopped";
        } catch (IOException e) {
            whole = false;
            return "the file could not be read on: " + e.getMessage();
        }
    }

    private void packet() throws InterruptedException {
        String reason = frame.take(reader);
        int frameBytes = reader.lengthBytes() - frame.headerBytes();
        if (reason.isEmpty() && frameBytes < 0) {
            reason = "shorter than the header of its link";
        }
        if (!reason.isEmpty()) {
            skip(reason);
            return;
        }
        long timestampNs = reader.timestampNs();
        pace(timestampNs);
        if (flows.isNext(timestampNs)) {
            seal();
        }
        note(timestampNs);
        int id = interfaces.id(reader.interfaceNumber(), reader.interfaceName());
        Direction direction = frame.isEgress() ? Direction.EGRESS : Direction.INGRESS;
        parser.parse(frame.data(), frame.from(), frame.captured(), frameBytes, frame.isLayer3(), false);
        counters.add(id, direction, parser.protocol(), frameBytes);
        if (parser.isIp()) {
            FlowKey flow = FlowKey.of(id, direction, parser);
            flows.add(flow, timestampNs, frameBytes, parser.tcpFlags());
            rows.payload(flow, timestampNs, frame, parser);
        }
        parser.followTunnel();
        PacketOptions options = reader.options();
        rows.packet(id, timestampNs, frame, frameBytes, options.hasQueue() ? options.queue() : NO_QUEUE, parser);
        if (rows.isFarAhead(MOST_PACKET_BATCHES, MOST_PAYLOAD_BATCHES)) {
            catchUp();
        }
    }

    private synchronized void skip(String reason) {
        skipped.merge(reason, 1L, Long::sum);
        noteLink();
    }

    private synchronized void note(long timestampNs) {
        firstNs = OptionalLong.of(Math.min(firstNs.orElse(timestampNs), timestampNs));
        lastNs = OptionalLong.of(Math.max(lastNs.orElse(timestampNs), timestampNs));
        noteLink();
    }

    private void noteLink() {
        int number = reader.linkType();
        linkTypes.add(LinkType.of(number).map(LinkType::name).orElseGet(() -> "LINKTYPE_" + number));
    }

    /** What a flow speaks must be known before it may end: its payloads are read before it is scanned. */
    private void seal() throws InterruptedException {
        rows.publish();
        catchUp();
        flows.seal(bus::wake, this::isStopped);
        lastSealNs = System.nanoTime();
    }

    /** Waits until the packet is due; what came before it is shown meanwhile. */
    private void pace(long timestampNs) throws InterruptedException {
        if (speed == 0) {
            return;
        }
        long from;
        synchronized (this) {
            from = firstNs.orElse(timestampNs);
        }
        long dueNs = startNs + (long) ((timestampNs - from) / speed);
        for (long left = dueNs - System.nanoTime(); left > 0 && !stopped; left = dueNs - System.nanoTime()) {
            if (left > PAUSE_NS || System.nanoTime() - lastSealNs > PAUSE_NS) {
                seal();
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(left, PAUSE_NS));
        }
    }

    /** Waits until every subscriber of the bus has read what is there. */
    private void catchUp() throws InterruptedException {
        bus.wake();
        long before = pending();
        long movedNs = System.nanoTime();
        for (long left = before; left > 0 && !stopped; left = pending()) {
            long now = System.nanoTime();
            if (left != before) {
                before = left;
                movedNs = now;
            } else if (now - movedNs > STUCK_NS) {
                LOG.warn("An analyzer has not read for 10 s: the replay goes on without it");
                break;
            }
            TimeUnit.NANOSECONDS.sleep(LOOK_NS);
        }
        rows.caughtUp();
    }

    private long pending() {
        return analyzers.list().stream()
                .filter(analyzer -> analyzer.state().equals("running"))
                .mapToLong(Analyzers.Status::pending)
                .sum();
    }

    /** Whether nothing was found wrong with the file so far. */
    boolean isWhole() {
        return whole;
    }

    synchronized Status status() {
        return new Status(
                end.isEmpty() ? State.RUNNING : State.ENDED,
                number,
                name,
                speed,
                new ArrayList<>(linkTypes),
                interfaces.names(),
                counters.packets(),
                counters.bytes(),
                skipped,
                firstNs,
                lastNs,
                Math.min(readBytes.get(), fileBytes),
                fileBytes,
                end);
    }
}
