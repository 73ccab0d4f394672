// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jopil.api.source.Captures;
import org.jopil.bpf.EpochClock;
import org.jopil.pcap.CaptureOutput;
import org.jopil.pcap.CaptureStatistics;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread of a capture: from the rings to the output, until something ends it. */
final class RunningCapture implements Captures.Capture {
    private static final Logger LOG = LoggerFactory.getLogger(RunningCapture.class);

    /** Beyond, frames are handed on as they are, since their order is worth less than their room. */
    private static final long MOST_WAITING_BYTES = 32 << 20;

    private static final int AWAIT_MS = 20;
    private static final long FLUSH_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** A reader that has gone is noticed only by writing to it. */
    private static final long SIGN_OF_LIFE_NS = TimeUnit.SECONDS.toNanos(5);

    private static final long CLOSE_S = 10;

    private final Captures.Order order;
    private final KernelCapture kernel;
    private final CaptureOutput out;
    private final FrameWriter writer;
    private final FrameMerge merge;
    private final boolean stream;
    private final List<Captures.Source> sources;
    private final Consumer<Captures.State> ended;
    private final Thread thread;
    private final CountDownLatch done = new CountDownLatch(1);
    private final long beginNs;
    private final long untilNs;

    private volatile String stop = "";
    private volatile Captures.State state;

    // the thread's own
    private long epochMinusMonoNs = EpochClock.minusKernelMono();
    private long beyond;
    private boolean outputFailed;
    private String end = "";
    private long toldBytes;
    private long toldNs = System.nanoTime();

    /** Makes the output, which asks for the statistics at its end. */
    @FunctionalInterface
    interface OutputMaker {
        CaptureOutput make(CaptureStatistics.Source statistics) throws IOException;
    }

    /**
     * Opens the output, attaches, and begins.
     *
     * @param kernel taken over: closed at the end, or here on an error
     * @param owners whose frames they are
     * @param stream flushed whenever nothing more waits
     * @param ended told at the end, on the thread of the capture
     * @throws IOException if there can be no output
     * @throws org.jopil.bpf.BpfException if it cannot be attached
     */
    RunningCapture(
            Captures.Order order,
            KernelCapture kernel,
            OutputMaker output,
            FrameOwners owners,
            boolean stream,
            Consumer<Captures.State> ended)
            throws IOException {
        this.order = order;
        this.kernel = kernel;
        this.stream = stream;
        this.ended = ended;
        this.merge = new FrameMerge(kernel.cpus());
        this.sources = kernel.hooks().stream()
                .map(hook -> new Captures.Source(hook.place().name(), hook.filteredBy()))
                .toList();
        beginNs = EpochClock.ns(Instant.now());
        untilNs = System.nanoTime() + order.longest().toNanos();
        thread = new Thread(this::run, "jopil-capture");
        thread.setDaemon(true);
        try {
            out = output.make(this::statistics);
            try {
                writer = new FrameWriter(out, kernel.hooks(), order.snaplenBytes(), kernel.cpus(), owners);
                state = look();
                kernel.attach();
            } catch (IOException | RuntimeException e) {
                out.close();
                throw e;
            }
        } catch (IOException | RuntimeException e) {
            kernel.close();
            throw e;
        }
        thread.start();
    }

    private void run() {
        try (kernel) {
            try {
                loop();
                kernel.detach();
                if (!outputFailed) {
                    last();
                }
            } catch (IOException e) {
                fail(e);
                kernel.detach();
            }
            finish();
        } catch (RuntimeException e) {
            LOG.error("A capture on {} ended", order.interfaces(), e);
            end = "a mistake of ours; the log has the cause";
        } finally {
            state = ended(state);
            ended.accept(state);
            done.countDown();
        }
    }

    private void loop() throws IOException {
        long flushedNs = System.nanoTime();
        long lookedNs = flushedNs;
        while (end.isEmpty()) {
            // before the drain: what was older than this then has been in a ring
            long horizonNs = EpochClock.ns(Instant.now()) - epochMinusMonoNs - FrameMerge.SETTLED_NS;
            boolean all = kernel.drain(merge, MOST_WAITING_BYTES);
            emit(all ? horizonNs : Long.MAX_VALUE);
            long now = System.nanoTime();
            if (stream) {
                tellReader(now);
            } else if (now - flushedNs > FLUSH_NS) {
                out.flush();
                flushedNs = now;
            }
            if (now - lookedNs > LOOK_NS) {
                lookedNs = now;
                state = look();
                epochMinusMonoNs = EpochClock.followed(epochMinusMonoNs);
                if (kernel.isSevered()) {
                    end = "the interface has gone, or somebody detached the programs";
                }
            }
            if (end.isEmpty()) {
                end = now >= untilNs ? "its time was over" : stop;
            }
            if (end.isEmpty() && all) {
                kernel.await(AWAIT_MS);
            }
        }
    }

    private void tellReader(long now) throws IOException {
        if (now - toldNs > SIGN_OF_LIFE_NS) {
            out.statistics();
        }
        out.flush();
        if (out.writtenBytes() != toldBytes) {
            toldBytes = out.writtenBytes();
            toldNs = now;
        }
    }

    private void emit(long untilMonoNs) throws IOException {
        FailingSink sink = new FailingSink();
        merge.emit(untilMonoNs, sink);
        if (sink.failure != null) {
            throw sink.failure;
        }
        if (isEnough()) {
            end = "it has as many frames as were wanted";
        }
    }

    private boolean isEnough() {
        return writer.accepted() >= order.mostFrames();
    }

    /** What came before the programs were detached. */
    private void last() throws IOException {
        drainAll();
        emit(Long.MAX_VALUE);
        out.flush();
    }

    private void drainAll() {
        boolean all;
        do {
            all = kernel.drain(merge, Long.MAX_VALUE);
        } while (!all);
    }

    private void finish() {
        drainAll();
        beyond = merge.discard();
        try {
            out.close();
        } catch (IOException e) {
            fail(e);
        }
        state = look();
    }

    private void fail(IOException e) {
        if (!outputFailed) {
            outputFailed = true;
            end = stream ? "its reader has gone (" + e.getMessage() + ")" : "the output failed: " + e.getMessage();
        }
    }

    private final class FailingSink implements FrameMerge.Sink {
        private IOException failure;

        @Override
        public boolean frame(int cpu, CpuFrames oldest) {
            if (failure != null || isEnough()) {
                return false;
            }
            try {
                writer.write(cpu, oldest, epochMinusMonoNs);
            } catch (IOException e) {
                failure = e;
            }
            return true;
        }
    }

    private CaptureStatistics statistics(int interfaceId) {
        CaptureHook.Book book =
                kernel.hooks().get(FrameWriter.hook(interfaceId)).book(FrameWriter.direction(interfaceId));
        return new CaptureStatistics(
                beginNs,
                EpochClock.ns(Instant.now()),
                book.seen(),
                book.matched(),
                book.ringFull(),
                writer.accepted(interfaceId));
    }

    private Captures.State look() {
        CaptureHook.Book book = kernel.book();
        long written = out.writtenPackets();
        return new Captures.State(
                true,
                "",
                sources,
                book.seen(),
                book.matched() - writer.rejected(),
                written,
                book.ringFull(),
                book.undecidedRingFull(),
                outputFailed ? writer.accepted() - written : 0,
                beyond,
                out.writtenBytes());
    }

    private Captures.State ended(Captures.State last) {
        return new Captures.State(
                false,
                end,
                last.sources(),
                last.seen(),
                last.matched(),
                last.written(),
                last.ringFull(),
                last.undecidedRingFull(),
                last.notWritten(),
                last.beyond(),
                last.writtenBytes());
    }

    @Override
    public Captures.State state() {
        return state;
    }

    @Override
    public Captures.State await(Duration longest) throws InterruptedException {
        if (!done.await(longest.toNanos(), TimeUnit.NANOSECONDS)) {
            LOG.trace("The capture on {} goes on", order.interfaces());
        }
        return state;
    }

    /** Ends it for this reason. */
    void end(String why) {
        if (stop.isEmpty()) {
            stop = why;
        }
        if (done.getCount() > 0) {
            kernel.wake();
        }
        try {
            if (!done.await(CLOSE_S, TimeUnit.SECONDS)) {
                LOG.warn("A capture on {} waits for its output; it detaches when it goes on", order.interfaces());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end("it was stopped");
    }
}
