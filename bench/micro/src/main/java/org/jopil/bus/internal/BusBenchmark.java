// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.SleepingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import com.lmax.disruptor.util.DaemonThreadFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.bench.CpuTime;
import org.jopil.bus.PacketColumns;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What it costs to tell an event to 1, 4 and 8 subscribers: from a record of 64 bytes to three fields read and added up by
 * each. The writer waits for the slowest, so that everybody gets everything; what counts is the CPU time of all threads.
 * One operation = one event to all subscribers.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BusBenchmark {
    private static final int EVENTS = 1 << 20;
    private static final int BATCHES = Streams.PACKET_BATCHES;
    private static final int ROOM = BATCHES * PacketColumns.CAPACITY;
    private static final long WAIT_NS = 200_000;
    private static final long LATENCY_MS = 10;

    /** The subscribers, whatever tells them. */
    @State(Scope.Benchmark)
    public abstract static class Told {
        @Param({"1", "4", "8"})
        int subscribers;

        final List<Subscriber> all = new ArrayList<>();

        void subscribe() {
            for (int i = 0; i < subscribers; i++) {
                all.add(new Subscriber());
            }
        }

        long begin() {
            CpuTime.begin();
            return all.get(0).events();
        }

        /** Until each has read so many. */
        void await(long events) {
            for (Subscriber subscriber : all) {
                while (subscriber.events() < events) {
                    LockSupport.parkNanos(WAIT_NS);
                }
            }
        }

        long end(long events) {
            await(events);
            CpuTime.end(EVENTS);
            return all.stream().mapToLong(Subscriber::sum).sum();
        }
    }

    /** The product: pooled batches of columns, a cursor and a thread for each. */
    public static class Bus extends Told {
        private final Streams streams = new Streams();
        final BatchRing<PacketColumns> ring = streams.packets;
        private final List<AnalyzerThread> threads = new ArrayList<>();

        @Setup
        public void start() {
            subscribe();
            for (Subscriber subscriber : all) {
                AnalyzerThread thread = new AnalyzerThread(
                        new AnalyzerThread.Identity("bench", "bench", "1", 0, Set.of(PacketAnalyzer.class.getName())),
                        LATENCY_MS,
                        () -> subscriber,
                        streams,
                        Optional.empty(),
                        left -> {});
                thread.start();
                threads.add(thread);
            }
            while (threads.stream().anyMatch(thread -> thread.accounts().isEmpty())) {
                LockSupport.parkNanos(WAIT_NS);
            }
        }

        @TearDown
        public void stop() {
            threads.forEach(thread -> thread.stop(false));
            threads.forEach(thread -> thread.awaitEnd(2000));
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long columns(Bus bus) {
        long before = bus.begin();
        for (int at = 0; at < EVENTS; at += PacketColumns.CAPACITY) {
            bus.await(before + at - ROOM / 2);
            PacketColumns batch = bus.ring.filling();
            fill(batch, at);
            bus.ring.publish();
        }
        return bus.end(before + EVENTS);
    }

    private static void fill(PacketColumns batch, int at) {
        for (int row = 0; row < PacketColumns.CAPACITY; row++) {
            Source.read(at + row, batch, row);
        }
        batch.size = PacketColumns.CAPACITY;
    }

    /** An entry per event, a handler and a thread for each. */
    public static class Entries extends Told {
        private Disruptor<Source.Entry> disruptor;
        RingBuffer<Source.Entry> ring;

        @Setup
        public void start() {
            subscribe();
            disruptor = new Disruptor<>(
                    Source.Entry::new,
                    ROOM,
                    DaemonThreadFactory.INSTANCE,
                    ProducerType.SINGLE,
                    new SleepingWaitStrategy());
            disruptor.handleEventsWith(all.toArray(Subscriber[]::new));
            ring = disruptor.start();
        }

        @TearDown
        public void stop() {
            disruptor.shutdown();
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long disruptor(Entries entries) {
        long before = entries.begin();
        RingBuffer<Source.Entry> ring = entries.ring;
        for (int event = 0; event < EVENTS; event++) {
            long sequence = ring.next();
            Source.read(event, ring.get(sequence));
            ring.publish(sequence);
        }
        return entries.end(before + EVENTS);
    }

    /** EventAdmin's shape with an event per batch. */
    public static class BatchEvents extends Told {
        final ArrayBlockingQueue<PacketColumns> free = new ArrayBlockingQueue<>(BATCHES);
        Dispatcher<PacketColumns> dispatcher;

        @Setup
        public void start() {
            subscribe();
            for (int i = 0; i < BATCHES; i++) {
                free.add(new PacketColumns());
            }
            dispatcher = new Dispatcher<>(BATCHES, batch -> {
                all.forEach(subscriber -> subscriber.onPackets(batch));
                free.add(batch);
            });
        }

        @TearDown
        public void stop() {
            dispatcher.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long eventPerBatch(BatchEvents events) throws InterruptedException {
        long before = events.begin();
        for (int at = 0; at < EVENTS; at += PacketColumns.CAPACITY) {
            PacketColumns batch = events.free.take();
            fill(batch, at);
            events.dispatcher.post(batch);
        }
        return events.end(before + EVENTS);
    }

    /** EventAdmin's shape with an event per packet. */
    public static class PacketEvents extends Told {
        Dispatcher<Map<String, Object>> dispatcher;

        @Setup
        public void start() {
            subscribe();
            dispatcher = new Dispatcher<>(ROOM, event -> all.forEach(subscriber -> subscriber.onEvent(event)));
        }

        @TearDown
        public void stop() {
            dispatcher.close();
        }
    }

    @Benchmark
    @OperationsPerInvocation(EVENTS)
    public long eventPerPacket(PacketEvents events) throws InterruptedException {
        long before = events.begin();
        for (int event = 0; event < EVENTS; event++) {
            events.dispatcher.post(Source.read(event));
        }
        return events.end(before + EVENTS);
    }
}
