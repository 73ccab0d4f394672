// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Usage;
import org.jopil.web.Caller;
import org.jopil.web.Role;
import org.jopil.web.WebClients;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HubTest {
    /** A client that reads, or does not. */
    private static final class Pipe implements Wire {
        private final List<String> got = new ArrayList<>();
        private final AtomicBoolean reads = new AtomicBoolean(true);
        private final AtomicBoolean open = new AtomicBoolean(true);
        private Runnable waiting;
        private int closed;
        private long left;

        @Override
        public void send(String text, Runnable sent, Runnable failed) {
            synchronized (this) {
                got.add(text);
                if (!reads.get()) {
                    waiting = sent;
                    return;
                }
            }
            leave(sent);
        }

        private void leave(Runnable sent) {
            synchronized (this) {
                left++;
            }
            sent.run();
        }

        @Override
        public synchronized long sentMessages() {
            return left;
        }

        void readOn() {
            Runnable sent;
            synchronized (this) {
                reads.set(true);
                sent = waiting;
                waiting = null;
            }
            leave(sent);
        }

        @Override
        public boolean isOpen() {
            return open.get();
        }

        @Override
        public void ping() {}

        @Override
        public synchronized void close(int status, String reason) {
            closed = status;
        }

        @Override
        public void cut() {}

        @Override
        public String peer() {
            return "pipe";
        }

        synchronized List<String> of(String type) {
            return got.stream()
                    .filter(t -> t.startsWith("{\"type\":\"" + type + "\""))
                    .toList();
        }
    }

    /** Packets numbered from 1, newest first; each the flow of its own. */
    private final AtomicLong newest = new AtomicLong();

    private final Reports reports = new Reports() {
        @Override
        public List<String> names() {
            return List.of("flows", "packets");
        }

        @Override
        public Report ask(String name, Query query) {
            try {
                Report.Builder rows = Report.of(
                        query,
                        Column.column("id", Column.Type.NUMBER, "id"),
                        Column.column("bytes", Column.Type.BYTES, "b"),
                        Column.column("packets", Column.Type.PACKETS, "p"));
                for (long id = newest.get(); id > 0; id--) {
                    rows.row(id, id * 100, id);
                }
                return rows.build();
            } catch (FilterException e) {
                throw new JopilException("JOPIL-131", 400, "The filter has a mistake", e.getMessage(), e);
            }
        }
    };

    /** Knows the filter "even", and "misfit", which no rows fit. */
    private final Filters filters = text -> {
        if (text.equals("bad")) {
            throw new FilterException("'bad' is bad", 0, "something else", List.of());
        }
        return new Filter() {
            @Override
            public String text() {
                return text;
            }

            @Override
            public RowPredicate bind(Schema schema) throws FilterException {
                if (text.equals("misfit")) {
                    throw new FilterException("no such field", 0, "a field", List.of());
                }
                return row -> row.number(0) % 2 == 0;
            }
        };
    };

    private final Hub hub = new Hub(() -> reports, () -> filters, "1.2.3");
    private final AtomicBoolean valid = new AtomicBoolean(true);
    private final Caller caller = new Caller(Role.VIEWER, Optional.empty(), valid::get);
    private long sequence;

    @BeforeEach
    void start() {
        snapshot();
        hub.start();
    }

    @AfterEach
    void stop() {
        hub.stop();
    }

    private void snapshot() {
        hub.snapshot(new Snapshot(
                ++sequence,
                Instant.now(),
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                new Usage(null, null, null, null),
                Optional.empty(),
                Optional.empty()));
    }

    private static void eventually(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, what);
            Thread.sleep(5);
        }
    }

    private Client join(Pipe pipe, String subscribe) {
        Client client = hub.join(pipe, caller).orElseThrow();
        if (subscribe != null) {
            hub.receive(client, subscribe);
        }
        return client;
    }

    @Test
    void shouldTellDropsWhenSomethingChangedAndJourneysOnce() throws InterruptedException {
        newest.set(2);
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"drops\",\"journeys\"],\"rate\":3}");
        eventually(
                "both at once",
                () -> pipe.of("drops_update").size() == 1
                        && pipe.of("journeys_update").size() == 1);
        snapshot();
        eventually("done", hub::isIdle);
        assertEquals(1, pipe.of("drops_update").size(), "nothing is new");
        assertEquals(1, pipe.of("journeys_update").size());
        newest.set(3);
        snapshot();
        eventually(
                "a new one",
                () -> pipe.of("drops_update").size() == 2
                        && pipe.of("journeys_update").size() == 2);
        assertTrue(pipe.of("drops_update").get(1).contains("\"total\":3"));
        assertTrue(pipe.of("journeys_update")
                .get(1)
                .contains("\"journeys\":[{\"id\":3,\"bytes\":300,\"packets\":3}],\"more\":false"));
        newest.set(9);
        snapshot();
        eventually("more than it takes", () -> pipe.of("journeys_update").size() == 3);
        assertTrue(pipe.of("journeys_update").get(2).contains("\"more\":true"));
    }

    @Test
    void shouldTellDropsAndJourneysToThoseAloneWhoAskedForThem() throws InterruptedException {
        newest.set(2);
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\"}");
        eventually("flows", () -> pipe.of("flows_update").size() == 1);
        snapshot();
        eventually("done", hub::isIdle);
        assertEquals(
                0, pipe.of("drops_update").size() + pipe.of("journeys_update").size());
    }

    @Test
    void shouldTellASlowClientOfTheJourneysItMissed() throws InterruptedException {
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"journeys\"],\"rate\":3}");
        pipe.reads.set(false);
        for (int journey = 1; journey <= 4; journey++) {
            newest.set(journey);
            snapshot();
            eventually("done", hub::isIdle);
        }
        pipe.readOn();
        eventually("the gap", () -> pipe.of("gap").size() == 1);
        assertTrue(pipe.of("gap").get(0).contains("\"topic\":\"journeys\",\"missed\":2"), pipe.of("gap")::toString);
        eventually("the newest", () -> pipe.of("journeys_update").size() == 2);
        assertTrue(pipe.of("journeys_update").get(1).contains("\"id\":4"));
    }

    @Test
    void shouldGreetAndGiveTheLastSnapshot() {
        Pipe pipe = new Pipe();
        join(pipe, null);
        assertTrue(pipe.got.get(0).startsWith("{\"type\":\"hello\",\"data\":{\"version\":\"1.2.3\",\"sequence\":1,"));
        assertTrue(pipe.got.get(1).startsWith("{\"type\":\"initial_stats\",\"data\":{\"sequence\":1,"));
    }

    @Test
    void shouldSendOnlyWhatWasSubscribed() throws InterruptedException {
        Pipe all = new Pipe();
        Pipe stats = new Pipe();
        join(all, null);
        join(stats, "{\"type\":\"subscribe\",\"topics\":[\"stats\"]}");
        newest.set(3);
        snapshot();
        eventually(
                "everything",
                () -> !all.of("stats_update").isEmpty()
                        && !all.of("timeseries_update").isEmpty()
                        && !all.of("flows_update").isEmpty()
                        && !all.of("new_packet").isEmpty());
        eventually("statistics", () -> !stats.of("timeseries_update").isEmpty());
        assertEquals(List.of(), stats.of("flows_update"));
        assertEquals(List.of(), stats.of("new_packet"));
    }

    @Test
    void shouldFilterFlowsAtOnce() throws InterruptedException {
        newest.set(5);
        Pipe pipe = new Pipe();
        join(
                pipe,
                "{\"type\":\"subscribe\",\"topics\":[\"flows\"],\"filter\":\"even\",\"sort\":\"-bytes\",\"limit\":1}");
        eventually("flows", () -> !pipe.of("flows_update").isEmpty());
        assertEquals(
                "{\"type\":\"flows_update\",\"data\":{\"sequence\":1,\"flows\":[{\"id\":4,\"bytes\":400,\"packets\":4}],"
                        + "\"total\":2,\"unfiltered\":5}}",
                pipe.of("flows_update").get(0));
    }

    @Test
    void shouldCountEveryPacketAsSentOrSkipped() throws InterruptedException {
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"packets\"],\"rate\":10}");
        // not before: until it has subscribed it gets everything, at another rate
        newest.set(30);
        eventually("the recent ones", () -> !pipe.of("new_packet").isEmpty());
        Pattern skipped = Pattern.compile("\"skipped\":(\\d+)");
        Pattern ids = Pattern.compile("\"id\":(\\d+)");
        newest.set(530);
        long[] addedNs = {System.nanoTime()};
        eventually("all of them", () -> {
            long sum = 0;
            List<String> messages = pipe.of("new_packet");
            for (String message : messages.subList(1, messages.size())) {
                Matcher skip = skipped.matcher(message);
                assertTrue(skip.find());
                sum += Long.parseLong(skip.group(1))
                        + ids.matcher(message).results().count();
            }
            boolean all = sum == newest.get() - 30;
            // what was skipped is told with the next packet that is sent: one that comes when the rate has room again
            if (!all && System.nanoTime() - addedNs[0] > 300_000_000L) {
                addedNs[0] = System.nanoTime();
                newest.incrementAndGet();
            }
            return all;
        });
        long before = 0;
        for (String message : pipe.of("new_packet")) {
            long first = ids.matcher(message)
                    .results()
                    .mapToLong(r -> Long.parseLong(r.group(1)))
                    .max()
                    .orElseThrow();
            long last = ids.matcher(message)
                    .results()
                    .mapToLong(r -> Long.parseLong(r.group(1)))
                    .min()
                    .orElseThrow();
            assertTrue(last > before, "a packet came twice: " + message);
            assertTrue(ids.matcher(message).results().count() <= 10, message);
            before = first;
        }
    }

    @Test
    void shouldTellAMistakeAndKeepTheSubscription() throws InterruptedException {
        Pipe pipe = new Pipe();
        Client client = join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"flows\"],\"filter\":\"even\"}");
        Subscription before = client.subscription();
        List<String> mistakes = List.of(
                "{\"type\":\"subscribe\",\"filter\":\"bad\"}",
                "{\"type\":\"subscribe\",\"topics\":[\"weather\"]}",
                "{\"type\":\"subscribe\",\"topics\":\"stats\"}",
                "{\"type\":\"subscribe\",\"rate\":0}",
                "{\"type\":\"subscribe\",\"rate\":\"fast\"}",
                "{\"type\":\"subscribe\",\"limit\":100000}",
                "{\"type\":\"subscribe\",\"tipics\":[]}",
                "{\"type\":\"shout\"}",
                "{}",
                "nonsense");
        for (String mistake : mistakes) {
            hub.receive(client, mistake);
        }
        // the flows may be on their way: then their thread takes the errors along
        eventually("all of them told", () -> pipe.of("error").size() >= mistakes.size());
        assertEquals(mistakes.size(), pipe.of("error").size());
        assertTrue(pipe.of("error").stream().allMatch(e -> e.contains("\"status\":400")));
        assertTrue(
                pipe.of("error").get(0).contains("\"column\":1"),
                pipe.of("error").get(0));
        assertEquals(before, client.subscription());
    }

    @Test
    void shouldSayWhichFilterPacketsPassed() throws InterruptedException {
        newest.set(9);
        Pipe pipe = new Pipe();
        Client client = join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"packets\"],\"filter\":\"even\"}");
        eventually("the filtered", () -> pipe.of("new_packet").stream()
                .anyMatch(text -> text.contains("\"filter\":\"even\"")));
        hub.receive(client, "{\"type\":\"subscribe\",\"topics\":[\"packets\"]}");
        eventually("all", () -> pipe.of("new_packet").stream().anyMatch(text -> text.contains("\"filter\":\"\"")));
    }

    @Test
    void shouldTellOnceThatAFilterDoesNotFit() throws InterruptedException {
        newest.set(3);
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"flows\",\"packets\"],\"filter\":\"misfit\"}");
        eventually("both topics", () -> pipe.of("error").size() == 2);
        snapshot();
        newest.set(9);
        Pipe other = new Pipe();
        join(other, "{\"type\":\"subscribe\",\"topics\":[\"flows\",\"packets\"]}");
        eventually("the other's packets", () -> !other.of("new_packet").isEmpty());
        assertEquals(2, pipe.of("error").size());
    }

    @Test
    void shouldNotGrowForASlowClientNorHoldUpAnother() throws InterruptedException {
        Pipe slow = new Pipe();
        Client client = join(slow, "{\"type\":\"subscribe\",\"topics\":[\"stats\"]}");
        slow.reads.set(false);
        Pipe good = new Pipe();
        join(good, "{\"type\":\"subscribe\",\"topics\":[\"stats\"]}");
        for (int i = 1; i <= 50; i++) {
            int many = i;
            snapshot();
            eventually(
                    "the good client's " + i, () -> good.of("timeseries_update").size() == many && hub.isIdle());
        }
        assertEquals(1, slow.of("stats_update").size());
        slow.readOn();
        assertEquals(2, slow.of("stats_update").size());
        assertTrue(slow.of("stats_update").get(1).contains("\"sequence\":51,"));
        assertEquals(
                "{\"type\":\"gap\",\"data\":{\"topic\":\"stats\",\"missed\":48}}",
                slow.of("gap").get(0));
        assertEquals(97, hub.list().stream().mapToLong(c -> c.shed()).max().orElse(0));
        assertFalse(client.outbox().isClosed());
    }

    @Test
    void shouldEndAClientThatAsksAndDoesNotRead() {
        Pipe pipe = new Pipe();
        Client client = join(pipe, null);
        pipe.reads.set(false);
        for (int i = 0; i < 100; i++) {
            hub.receive(client, "{\"type\":\"ping\"}");
        }
        assertEquals(1008, pipe.closed);
    }

    @Test
    void shouldEndTheConnectionWithItsToken() throws InterruptedException {
        Pipe pipe = new Pipe();
        join(pipe, null);
        valid.set(false);
        eventually("the end", () -> names().equals(List.of(WebClients.GONE)));
        synchronized (pipe) {
            assertEquals(1008, pipe.closed);
        }
    }

    @Test
    void shouldForgetAClientThatWentWithoutAWord() throws InterruptedException {
        Pipe pipe = new Pipe();
        join(pipe, null);
        pipe.open.set(false);
        eventually("the end", () -> names().equals(List.of(WebClients.GONE)));
    }

    private List<String> names() {
        return hub.list().stream().map(WebClients.Client::name).toList();
    }

    @Test
    void shouldAccountForEveryMessageOfEveryClient() throws InterruptedException {
        Pipe slow = new Pipe();
        Client client = join(slow, "{\"type\":\"subscribe\",\"topics\":[\"stats\"]}");
        slow.reads.set(false);
        for (int i = 0; i < 10; i++) {
            client.outbox().offer(Slot.STATS, "{}", 1);
            assertAddsUp(hub.list().get(0));
        }
        WebClients.Client waiting = hub.list().get(0);
        assertEquals(2, waiting.queued(), "one on its way, one that waits");
        assertEquals(8, waiting.shed());
        slow.readOn();
        WebClients.Client read = hub.list().get(0);
        assertEquals(0, read.queued());
        assertEquals(waiting.offered() + 1, read.offered(), "the gap is a message, too");
        assertAddsUp(read);
        slow.reads.set(false);
        client.outbox().offer(Slot.STATS, "{}", 1);
        client.outbox().offer(Slot.STATS, "{}", 1);
        hub.leave(client);
        WebClients.Client gone = hub.list().get(0);
        assertEquals(WebClients.GONE, gone.name());
        assertEquals(read.sent(), gone.sent());
        assertEquals(read.shed() + 2, gone.shed(), "what it never got");
        assertAddsUp(gone);
        slow.readOn();
        assertEquals(gone, hub.list().get(0), "it is closed");
    }

    private static void assertAddsUp(WebClients.Client client) {
        assertEquals(client.offered(), client.sent() + client.shed() + client.queued(), client.toString());
    }

    @Test
    void shouldSendLessToAHiddenTab() throws InterruptedException {
        Pipe pipe = new Pipe();
        join(pipe, "{\"type\":\"subscribe\",\"topics\":[\"stats\"],\"rate\":0.2}");
        Pipe other = new Pipe();
        join(other, "{\"type\":\"subscribe\",\"topics\":[\"stats\"]}");
        for (int i = 1; i <= 3; i++) {
            int many = i;
            snapshot();
            eventually("the other's", () -> other.of("stats_update").size() == many && hub.isIdle());
        }
        assertEquals(1, pipe.of("stats_update").size());
    }

    @Test
    void shouldTakeNoMoreThanItCanServe() {
        for (int i = 0; i < Hub.MOST_CLIENTS; i++) {
            join(new Pipe(), null);
        }
        assertTrue(hub.isFull());
        assertEquals(Optional.empty(), hub.join(new Pipe(), caller));
    }
}
