// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.jopil.api.report.Column.column;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.apache.felix.framework.FrameworkFactory;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.DropListener;
import org.jopil.api.analyzer.FlowListener;
import org.jopil.api.analyzer.JourneyListener;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.analyzer.StateCarrier;
import org.jopil.api.event.DropBatch;
import org.jopil.api.event.FlowBatch;
import org.jopil.api.event.JourneyEnd;
import org.jopil.api.event.JourneyHook;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.DropSource;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Ledger;
import org.jopil.bus.DropColumns;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.PacketColumns;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.launch.Framework;

/** The bus on the service registry of a real framework. */
class BroadcastEventBusTest {
    @TempDir
    Path cache;

    private Framework framework;
    private BroadcastEventBus bus;

    @BeforeEach
    void start() throws Exception {
        framework = new FrameworkFactory().newFramework(Map.of(Constants.FRAMEWORK_STORAGE, cache.toString()));
        framework.start();
        bus = new BroadcastEventBus(framework.getBundleContext(), new NothingHidden(), null);
    }

    @AfterEach
    void stop() throws Exception {
        bus.deactivate();
        framework.stop();
        framework.waitForStop(5000);
    }

    private ServiceRegistration<?> register(Object service, String name, Class<?>... roles) {
        return register(service, name, 10, roles);
    }

    private ServiceRegistration<?> register(Object service, String name, long latencyMs, Class<?>... roles) {
        String[] names = new String[roles.length];
        for (int i = 0; i < roles.length; i++) {
            names[i] = roles[i].getName();
        }
        return framework
                .getBundleContext()
                .registerService(
                        names, service, new Hashtable<>(Map.of("jopil.name", name, "jopil.latency.ms", latencyMs)));
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "waited 10 s for: " + what);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    private void publish(int rows) {
        PacketColumns columns = bus.packets().columns();
        for (int row = 0; row < rows; row++) {
            columns.timestampNs[row] = row;
        }
        columns.size = rows;
        bus.packets().publish();
    }

    private Analyzers.Status status(String name) {
        return bus.list().stream()
                .filter(s -> s.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static Report number(long value) {
        return Report.of(column("value", Column.Type.NUMBER, "a number"))
                .row(value)
                .build();
    }

    /** Every role at once; remembers the threads. */
    private static class Everything implements PacketAnalyzer, FlowListener, Poller, ReportSource, StateCarrier {
        final Set<String> threads = ConcurrentHashMap.newKeySet();
        final AtomicLong rows = new AtomicLong();
        final AtomicLong lost = new AtomicLong();
        final AtomicInteger ticks = new AtomicInteger();
        final AtomicInteger polls = new AtomicInteger();

        private void seen() {
            threads.add(Thread.currentThread().getName());
        }

        @Override
        public void onPackets(PacketBatch batch) {
            seen();
            rows.addAndGet(batch.size());
            lost.addAndGet(batch.lostBefore());
            if (batch.size() == 0) {
                ticks.incrementAndGet();
            }
        }

        @Override
        public void onFlows(FlowBatch batch) {
            seen();
        }

        @Override
        public void poll() {
            seen();
            polls.incrementAndGet();
        }

        @Override
        public Report report(Query query) {
            seen();
            return number(rows.get());
        }

        @Override
        public int stateVersion() {
            return 7;
        }

        @Override
        public void saveState(DataOutput out) throws IOException {
            seen();
            out.writeLong(rows.get());
        }

        @Override
        public boolean restoreState(int version, DataInput in) throws IOException {
            seen();
            rows.set(in.readLong());
            return version == 7;
        }
    }

    private static final Class<?>[] ALL_ROLES = {
        PacketAnalyzer.class, FlowListener.class, Poller.class, ReportSource.class, StateCarrier.class
    };

    @Test
    void shouldCallEverythingOnTheAnalyzersOneThread() throws Exception {
        Everything analyzer = new Everything();
        Set<String> gotOn = ConcurrentHashMap.newKeySet();
        ServiceRegistration<?> registration = register(
                new ServiceFactory<Object>() {
                    @Override
                    public Object getService(Bundle bundle, ServiceRegistration<Object> r) {
                        gotOn.add(Thread.currentThread().getName());
                        return analyzer;
                    }

                    @Override
                    public void ungetService(Bundle bundle, ServiceRegistration<Object> r, Object service) {}
                },
                "all",
                ALL_ROLES);
        await("polls", () -> analyzer.polls.get() > 2);
        publish(5);
        await("rows", () -> analyzer.rows.get() == 5);
        assertEquals(5L, bus.ask("all", Query.first(1)).rows().get(0)[0]);
        int polls = analyzer.polls.get();
        registration.unregister();
        assertTrue(analyzer.polls.get() > polls, "a last poll");
        assertEquals(Set.of("jopil-all"), analyzer.threads);
        assertEquals(Set.of("jopil-all"), gotOn);
    }

    @Test
    void shouldAccountForEveryRowOfEverySubscriber() throws Exception {
        Everything first = new Everything();
        CountDownLatch release = new CountDownLatch(1);
        register(first, "first", PacketAnalyzer.class);
        register((PacketAnalyzer) batch -> release.await(), "held", PacketAnalyzer.class);
        await("both", () -> bus.subscribers().size() == 2);
        long published = 0;
        for (int i = 0; i < 300; i++) {
            publish(i + 1);
            published += i + 1;
            for (Ledger.Subscriber account : bus.subscribers()) {
                assertEquals(0, account.difference(), account.toString());
            }
        }
        long all = published;
        assertEquals(all, bus.deliveredPackets());
        await("first to have read", () -> first.rows.get() + first.lost.get() == all);
        release.countDown();
        await("nothing pending", () -> bus.subscribers().stream().allMatch(s -> s.pending() == 0));
        for (Ledger.Subscriber account : bus.subscribers()) {
            assertEquals(all, account.delivered());
            assertEquals(0, account.difference());
        }
        assertTrue(status("held").lost() > 0, "the held one was lapped");
    }

    @Test
    void shouldTickOnceASecondWithoutTraffic() throws Exception {
        Everything analyzer = new Everything();
        long start = System.nanoTime();
        register(analyzer, "quiet", 100, PacketAnalyzer.class);
        long shortest = Long.MAX_VALUE;
        long before = start;
        for (int tick = 1; tick <= 3; tick++) {
            int ticks = tick;
            await("tick " + tick, () -> analyzer.ticks.get() >= ticks);
            long now = System.nanoTime();
            shortest = Math.min(shortest, now - before);
            before = now;
        }
        long ms = TimeUnit.NANOSECONDS.toMillis(before - start);
        assertTrue(ms >= 3000, ms + " ms for three ticks");
        assertTrue(shortest < 1_500_000_000L, shortest + " ns between two ticks at least");
    }

    @Test
    void shouldQuarantineAfterFiveErrorsAndLeaveTheOthersAlone() throws Exception {
        Everything good = new Everything();
        register(good, "good", PacketAnalyzer.class);
        Object bad = new Everything() {
            @Override
            public void onPackets(PacketBatch batch) {
                throw new NoClassDefFoundError("plugin/Missing");
            }
        };
        register(bad, "bad", PacketAnalyzer.class, ReportSource.class);
        await("both", () -> bus.subscribers().size() == 2);
        for (int i = 0; i < 8; i++) {
            publish(10);
        }
        await("quarantine", () -> status("bad").state().equals("quarantined"));
        await("the good one", () -> good.rows.get() == 80);
        assertEquals(5, status("bad").errors());
        assertEquals("running", status("good").state());
        JopilException refused = assertThrows(JopilException.class, () -> bus.ask("bad", Query.first(1)));
        assertEquals("JOPIL-160", refused.code());
        assertEquals(HealthCheck.Status.DEGRADED, bus.check().status());
        await("its account closed", () -> {
            Ledger.Subscriber before = account("bad");
            publish(10);
            return before.processed() == 50 && account("bad").equals(before);
        });
        assertEquals(0, account("bad").difference());
        await("the good one", () -> good.rows.get() == bus.deliveredPackets());
    }

    @Test
    void shouldCallAQuarantinedAnalyzerForNoOtherStream() throws Exception {
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        Drops analyzer = new Drops(FREE) {
            @Override
            public void onPackets(PacketBatch batch) {
                entered.countDown();
                try {
                    release.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new IllegalStateException("always");
            }
        };
        ServiceRegistration<?> registration = register(analyzer, "bad", PacketAnalyzer.class, DropListener.class);
        await("it runs", () -> accounts().size() == 2);
        for (int i = 0; i < 5; i++) {
            publish(1);
        }
        assertTrue(entered.await(5, TimeUnit.SECONDS));
        publishDrops(1);
        release.countDown();
        await("quarantine", () -> status("bad").state().equals("quarantined"));
        registration.unregister(); // waits for the end of its thread
        assertEquals(0, analyzer.rows.get());
        assertEquals(new Ledger.Subscriber("bad/drops (gone)", 1, 0, 0, 1), account("bad/drops (gone)"));
    }

    private Ledger.Subscriber account(String name) {
        return bus.subscribers().stream()
                .filter(account -> account.name().equals(name))
                .findFirst()
                .orElse(new Ledger.Subscriber(name, 0, 0, 0, 0));
    }

    @Test
    void shouldKeepTheAccountsOfThoseWhoAreGone() throws Exception {
        for (int life = 1; life <= 2; life++) {
            Everything analyzer = new Everything();
            var registration = register(analyzer, "guest", PacketAnalyzer.class);
            await("it runs", () -> bus.subscribers().stream()
                    .anyMatch(s -> s.name().equals("guest")));
            publish(10);
            await("its rows", () -> analyzer.rows.get() == 10);
            registration.unregister();
            Ledger.Subscriber gone = account("guest (gone)");
            assertEquals(new Ledger.Subscriber("guest (gone)", 10 * life, 10 * life, 0, 0), gone);
        }
    }

    @Test
    void shouldGiveTheLastAnswerWhenTheAnalyzerIsBusy() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch held = new CountDownLatch(1);
        Object analyzer = new Everything() {
            @Override
            public void onPackets(PacketBatch batch) {
                if (batch.size() > 0) {
                    held.countDown();
                    await(release);
                }
            }

            private void await(CountDownLatch latch) {
                try {
                    latch.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        };
        register(analyzer, "busy", PacketAnalyzer.class, ReportSource.class);
        await("it runs", () -> bus.subscribers().size() == 1);
        Report last = bus.ask("busy", Query.first(3));
        publish(1);
        assertTrue(held.await(5, TimeUnit.SECONDS));
        assertSame(last, bus.ask("busy", Query.first(3)));
        JopilException none = assertThrows(JopilException.class, () -> bus.ask("busy", Query.first(4)));
        assertEquals("JOPIL-161", none.code());
        release.countDown();
        assertNotSame(last, bus.ask("busy", Query.first(3)));
    }

    @Test
    void shouldHandStateAndPlaceToTheSuccessor() throws Exception {
        Everything first = new Everything();
        ServiceRegistration<?> registration = register(first, "carrier", ALL_ROLES);
        await("it runs", () -> bus.subscribers().size() == 2);
        publish(100);
        await("rows", () -> first.rows.get() == 100);
        registration.unregister();
        for (int i = 0; i < 20; i++) {
            publish(10); // while nobody is there
        }
        Everything second = new Everything();
        register(second, "carrier", ALL_ROLES);
        await("it caught up", () -> second.rows.get() == 300);
        assertEquals(0, second.lost.get());
        await("its account", () -> status("carrier").events() == 300);
    }

    @Test
    void shouldTellTheSuccessorTheExactGap() throws Exception {
        Everything first = new Everything();
        ServiceRegistration<?> registration = register(first, "carrier", ALL_ROLES);
        await("it runs", () -> bus.subscribers().size() == 2);
        registration.unregister();
        for (int i = 0; i < 200; i++) {
            publish(10); // more than the ring holds
        }
        Everything second = new Everything();
        register(second, "carrier", ALL_ROLES);
        await("it caught up", () -> second.rows.get() + second.lost.get() == 2000);
        assertTrue(second.lost.get() > 0);
    }

    @Test
    void shouldLeaveAStuckAnalyzerBehind() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(1);
        ServiceRegistration<?> registration = register(
                (PacketAnalyzer) batch -> {
                    entered.countDown();
                    while (true) {
                        try {
                            never.await();
                            return;
                        } catch (InterruptedException e) {
                            // deaf
                        }
                    }
                },
                "deaf",
                PacketAnalyzer.class);
        await("it runs", () -> bus.subscribers().size() == 1);
        publish(1);
        assertTrue(entered.await(5, TimeUnit.SECONDS));
        long start = System.nanoTime();
        registration.unregister();
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertTrue(ms < 5000, "unbinding took " + ms + " ms");
        assertEquals("stuck", status("deaf").state());
        for (int i = 0; i < 500; i++) {
            publish(1); // it holds a batch, nobody waits
        }
        never.countDown();
        await("its end", () -> bus.list().isEmpty());
    }

    @Test
    void shouldNotWaitForAnAnalyzerThatHangsAtItsStart() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        long start = System.nanoTime();
        register(
                new ServiceFactory<Object>() {
                    @Override
                    public Object getService(Bundle bundle, ServiceRegistration<Object> r) {
                        try {
                            release.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        return new Everything();
                    }

                    @Override
                    public void ungetService(Bundle bundle, ServiceRegistration<Object> r, Object service) {}
                },
                "slow-start",
                PacketAnalyzer.class);
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5));
        assertEquals("starting", status("slow-start").state());
        release.countDown();
        await("running", () -> status("slow-start").state().equals("running"));
    }

    @Test
    void shouldRunOneOfTwoWithTheSameNameAndThenTheOther() throws Exception {
        Everything first = new Everything();
        Everything second = new Everything();
        ServiceRegistration<?> registration = register(first, "twin", Poller.class);
        register(second, "twin", Poller.class);
        await("the first", () -> first.polls.get() > 1);
        assertEquals(1, bus.list().size());
        assertEquals(0, second.polls.get());
        registration.unregister();
        await("the second", () -> second.polls.get() > 1);
    }

    @Test
    void shouldAnswerMistakesOfTheAskerAsSuch() throws Exception {
        Object analyzer = new Everything() {
            @Override
            public Report report(Query query) {
                if (query.limit() == 1) {
                    throw Report.unknownSort("nope", List.of());
                }
                throw sneaky(new FilterException("No field 'nope'.", 0, "a field", List.of("bytes")));
            }
        };
        register(analyzer, "asked", ReportSource.class);
        await("it runs", () -> status("asked").state().equals("running"));
        assertEquals(
                "JOPIL-133",
                assertThrows(JopilException.class, () -> bus.ask("asked", Query.first(1)))
                        .code());
        JopilException mistake = assertThrows(JopilException.class, () -> bus.ask("asked", Query.first(2)));
        assertEquals("JOPIL-131", mistake.code());
        assertTrue(mistake.detail().contains("bytes"));
        JopilException unknown = assertThrows(JopilException.class, () -> bus.ask("nobody", Query.first(2)));
        assertEquals("JOPIL-404", unknown.code());
        assertTrue(unknown.detail().contains("asked"));
        assertEquals(0, status("asked").errors());
    }

    @SuppressWarnings("unchecked")
    private static <E extends Exception> RuntimeException sneaky(Exception e) throws E {
        throw (E) e;
    }

    @Test
    void shouldDeliverTheLastBatchesAndPollOnceMoreWhenItStops() throws Exception {
        Everything analyzer = new Everything();
        register(analyzer, "last", 60_000, ALL_ROLES); // no other poll meanwhile
        await("it runs", () -> bus.subscribers().size() == 2 && analyzer.polls.get() == 1);
        for (int i = 0; i < 10; i++) {
            publish(10);
        }
        bus.deactivate();
        assertEquals(100, analyzer.rows.get());
        assertEquals(2, analyzer.polls.get());
        assertTrue(bus.list().isEmpty());
        assertFalse(bus.names().contains("last"));
    }

    @Test
    void shouldWakeAnAnalyzerBeforeItIsLapped() throws Exception {
        Everything analyzer = new Everything();
        register(analyzer, "sleepy", 1000, PacketAnalyzer.class);
        await("it runs", () -> bus.subscribers().size() == 1);
        long start = System.nanoTime();
        for (int round = 0; round < 10; round++) {
            long before = analyzer.rows.get();
            for (int i = 0; i < 20; i++) {
                publish(10);
            }
            await("rows", () -> analyzer.rows.get() >= before + 160);
        }
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(5), "it slept its latency out ten times");
    }

    private void publishDrops(int rows) {
        bus.drops().columns().size = rows;
        bus.drops().publish();
    }

    private List<String> accounts() {
        return bus.subscribers().stream().map(Ledger.Subscriber::name).toList();
    }

    /** Counts rows and losses; waits in its first call with rows until it is let go. */
    private static class Drops implements DropListener, PacketAnalyzer, StateCarrier {
        final AtomicLong rows = new AtomicLong();
        final AtomicLong lost = new AtomicLong();
        final AtomicLong lastSequence = new AtomicLong(-1);
        final AtomicInteger ticks = new AtomicInteger();
        final CountDownLatch release;

        Drops(CountDownLatch release) {
            this.release = release;
        }

        @Override
        public void onDrops(DropBatch batch) throws InterruptedException {
            lastSequence.set(batch.firstSequence() + batch.size() - 1);
            lost.addAndGet(batch.lostBefore());
            rows.addAndGet(batch.size());
            if (batch.size() == 0) {
                ticks.incrementAndGet();
            } else {
                release.await();
            }
        }

        @Override
        public void onPackets(PacketBatch batch) {}

        @Override
        public int stateVersion() {
            return 1;
        }

        @Override
        public void saveState(DataOutput out) {}

        @Override
        public boolean restoreState(int version, DataInput in) {
            return true;
        }
    }

    private static final CountDownLatch FREE = new CountDownLatch(0);

    @Test
    void shouldDeliverFollowedPacketsAsTheyWereWritten() throws Exception {
        List<Object> seen = new CopyOnWriteArrayList<>();
        register(
                (JourneyListener) batch -> {
                    for (int row = 0; row < batch.size(); row++) {
                        seen.addAll(List.of(batch.journey(row), batch.timestampNs(row), batch.hook(row)));
                        seen.addAll(List.of(batch.end(row), batch.cpu(row), batch.interfaceName(row)));
                        seen.addAll(List.of(batch.namespace(row), batch.pid(row), batch.command(row)));
                        seen.addAll(List.of(batch.lengthBytes(row), batch.dropReason(row), batch.isFirst(row)));
                        seen.addAll(List.of(batch.isTraced(row), batch.ipProtocol(row), batch.srcHi(row)));
                        seen.addAll(List.of(batch.srcLo(row), batch.dstHi(row), batch.dstLo(row)));
                        seen.addAll(List.of(batch.srcPort(row), batch.dstPort(row), batch.tcpFlags(row)));
                        seen.add(batch.tcpSequence(row));
                    }
                },
                "journeys",
                JourneyListener.class);
        await("it runs", () -> accounts().equals(List.of("journeys")));
        JourneyColumns columns = bus.journeys().columns();
        columns.journey[0] = -1;
        columns.timestampNs[0] = 2;
        columns.hook[0] = JourneyHook.READ;
        columns.end[0] = JourneyEnd.READ;
        columns.cpu[0] = 255;
        columns.interfaceName[0] = "shop/eth0";
        columns.namespace[0] = "shop";
        columns.pid[0] = 812;
        columns.command[0] = "orders";
        columns.lengthBytes[0] = 70_000;
        columns.dropReason[0] = "";
        columns.flags[0] = JourneyColumns.FLAG_FIRST | JourneyColumns.FLAG_TRACED;
        columns.ipProtocol[0] = 255;
        columns.srcHi[0] = -3;
        columns.srcLo[0] = -4;
        columns.dstHi[0] = -5;
        columns.dstLo[0] = -6;
        columns.srcPort[0] = 65_535;
        columns.dstPort[0] = 65_534;
        columns.tcpFlags[0] = (byte) 0xff;
        columns.tcpSequence[0] = Integer.MIN_VALUE;
        columns.size = 1;
        bus.journeys().publish();
        assertNotSame(columns, bus.journeys().columns());
        await("the row", () -> seen.size() == 22);
        List<Object> expected = new ArrayList<>(List.of(-1L, 2L, JourneyHook.READ, JourneyEnd.READ, 255, "shop/eth0"));
        expected.addAll(List.of("shop", 812, "orders", 70_000, "", true, true, 255, -3L, -4L, -5L, -6L));
        expected.addAll(List.of(65_535, 65_534, 255, Integer.MIN_VALUE));
        assertEquals(expected, seen);
    }

    @Test
    void shouldDeliverDropsAsTheyWereWritten() throws Exception {
        DropSource.Place place = new DropSource.Place("NO_SOCKET", "__udp4_lib_rcv", 0x123, "", "eth0", "shop");
        List<Object> seen = new CopyOnWriteArrayList<>();
        register(
                (DropListener) drops -> {
                    for (int row = 0; row < drops.size(); row++) {
                        seen.addAll(List.of(drops.timestampNs(row), drops.weight(row), drops.packets(row)));
                        seen.addAll(List.of(drops.lengthBytes(row), drops.cpu(row), drops.etherType(row)));
                        seen.addAll(List.of(drops.ipProtocol(row), drops.srcHi(row), drops.srcLo(row)));
                        seen.addAll(List.of(drops.dstHi(row), drops.dstLo(row), drops.srcPort(row)));
                        seen.addAll(List.of(drops.dstPort(row), drops.socketCookie(row), drops.place(row)));
                    }
                },
                "drops",
                DropListener.class);
        await("it runs", () -> accounts().equals(List.of("drops")));
        DropColumns columns = bus.drops().columns();
        columns.timestampNs[0] = 1;
        columns.weight[0] = 2;
        columns.packets[0] = 3;
        columns.lengthBytes[0] = 70_000;
        columns.cpu[0] = 255;
        columns.etherType[0] = 0x86dd;
        columns.ipProtocol[0] = 255;
        columns.srcHi[0] = -1;
        columns.srcLo[0] = -2;
        columns.dstHi[0] = -3;
        columns.dstLo[0] = -4;
        columns.srcPort[0] = 65_535;
        columns.dstPort[0] = 65_534;
        columns.socketCookie[0] = Long.MAX_VALUE;
        columns.place[0] = place;
        columns.size = 1;
        bus.drops().publish();
        assertNotSame(columns, bus.drops().columns());
        await("the drop", () -> seen.size() == 15);
        assertEquals(
                List.of(1L, 2, 3, 70_000, 255, 0x86dd, 255, -1L, -2L, -3L, -4L, 65_535, 65_534, Long.MAX_VALUE, place),
                seen);
        assertSame(place, seen.get(14));
    }

    @Test
    void shouldTellALappedListenerWhichDropsItMissed() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Drops slow = new Drops(release);
        register(slow, "slow", DropListener.class);
        await("it runs", () -> accounts().equals(List.of("slow")));
        for (int i = 0; i < 300; i++) {
            publishDrops(10);
            assertEquals(0, account("slow").difference());
        }
        release.countDown();
        await("the rest", () -> account("slow").pending() == 0);
        assertEquals(3000, slow.rows.get() + slow.lost.get());
        assertTrue(slow.lost.get() > 0, "it was lapped");
        assertEquals(2999, slow.lastSequence.get());
        assertEquals(new Ledger.Subscriber("slow", 3000, slow.rows.get(), slow.lost.get(), 0), account("slow"));
        assertEquals(slow.lost.get(), status("slow").lost());
        assertEquals(0, bus.deliveredPackets());
    }

    @Test
    void shouldKeepAnAccountPerStream() throws Exception {
        register(new AllStreams(), "all", PacketAnalyzer.class, FlowListener.class, DropListener.class);
        register(new AllStreams(), "two", FlowListener.class, DropListener.class);
        await("both", () -> accounts().equals(List.of("all", "all/flows", "all/drops", "two", "two/drops")));
        publish(1);
        publishDrops(2);
        await("rows", () -> account("two/drops").processed() == 2);
        await("rows", () -> status("all").events() == 3);
        assertEquals(new Ledger.Subscriber("all", 1, 1, 0, 0), account("all"));
        assertEquals(new Ledger.Subscriber("all/flows", 0, 0, 0, 0), account("all/flows"));
        assertEquals(new Ledger.Subscriber("all/drops", 2, 2, 0, 0), account("all/drops"));
        assertEquals(new Ledger.Subscriber("two", 0, 0, 0, 0), account("two"));
    }

    private static final class AllStreams extends Everything implements DropListener {
        @Override
        public void onDrops(DropBatch batch) {}
    }

    @Test
    void shouldTickWhileNothingIsDropped() throws Exception {
        Drops quiet = new Drops(FREE);
        register(quiet, "quiet", PacketAnalyzer.class, DropListener.class);
        await("it runs", () -> accounts().size() == 2);
        long start = System.nanoTime();
        publishDrops(3);
        await("drops", () -> quiet.rows.get() == 3);
        int before = quiet.ticks.get();
        await("two ticks", () -> {
            publish(1); // another stream's rows are no drops
            return quiet.ticks.get() >= before + 2;
        });
        long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
        assertTrue(ms >= 2000, ms + " ms for two ticks");
        assertEquals(2, quiet.lastSequence.get());
        assertEquals(0, quiet.lost.get());
    }

    @Test
    void shouldHandThePlaceToASuccessorThatListensToLess() throws Exception {
        Drops first = new Drops(FREE);
        ServiceRegistration<?> registration =
                register(first, "heir", PacketAnalyzer.class, DropListener.class, StateCarrier.class);
        await("it runs", () -> accounts().equals(List.of("heir", "heir/drops")));
        publish(5);
        publishDrops(10);
        await("drops", () -> account("heir/drops").processed() == 10);
        registration.unregister();
        publish(5);
        publishDrops(20); // while nobody is there
        Drops second = new Drops(FREE);
        register(second, "heir", DropListener.class, StateCarrier.class);
        await("it caught up", () -> account("heir").processed() == 30);
        assertEquals(20, second.rows.get());
        assertEquals(0, second.lost.get());
        assertEquals(new Ledger.Subscriber("heir", 30, 30, 0, 0), account("heir"));
    }
}
