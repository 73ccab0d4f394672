// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.stats.Snapshot;
import org.jopil.stats.StatsDocument;
import org.jopil.web.Caller;
import org.jopil.web.Shape;
import org.jopil.web.WebClients;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Json;
import org.jopil.web.render.Newer;
import org.jopil.web.render.NotOwn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All clients. Every kind of news is made on a thread of its own, once for all who want the same, and handed to their
 * outboxes: no thread ever waits for a client. Any thread.
 */
final class Hub {
    static final int MOST_CLIENTS = 1000;
    private static final int RECENT_PACKETS = 20;
    private static final long TAIL_EVERY_MS = 60;
    private static final int PING_EVERY_S = 20;
    private static final int FAREWELL_S = 5;
    private static final long STUCK_NS = 30_000_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);

    private final Supplier<Reports> reports;
    private final Supplier<Filters> filters;
    private final String version;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    /** Guarded by itself. */
    private final Gone gone = new Gone();

    private final ScheduledExecutorService threads;
    private final AtomicBoolean telling = new AtomicBoolean();
    private final AtomicBoolean askingFlows = new AtomicBoolean();
    private final AtomicBoolean askingRows = new AtomicBoolean();
    private final RowNews rowNews;
    private volatile Snapshot latest;
    private long upkeeps;
    private long lastHead = Long.MIN_VALUE;

    /** The suppliers give null while a service is away. */
    Hub(Supplier<Reports> reports, Supplier<Filters> filters, String version) {
        this.reports = reports;
        this.filters = filters;
        this.version = version;
        this.rowNews = new RowNews(reports);
        ScheduledThreadPoolExecutor pool = new ScheduledThreadPoolExecutor(3, work -> {
            Thread thread = new Thread(work, "jopil-stream");
            thread.setDaemon(true);
            return thread;
        });
        pool.setRemoveOnCancelPolicy(true);
        threads = pool;
    }

    void start() {
        threads.scheduleWithFixedDelay(
                guarded("packets", this::tail), TAIL_EVERY_MS, TAIL_EVERY_MS, TimeUnit.MILLISECONDS);
        threads.scheduleWithFixedDelay(guarded("upkeep", this::upkeep), 1, 1, TimeUnit.SECONDS);
    }

    void stop() {
        threads.shutdownNow();
        clients.forEach(client -> client.wire().close(1001, "JOPIL is stopping"));
        clients.clear();
    }

    private static Runnable guarded(String what, Runnable work) {
        return () -> {
            try {
                work.run();
            } catch (RuntimeException | Error e) {
                // an exception that leaves would end the schedule for good
                LOG.warn("The live {} failed; trying again", what, e);
            }
        };
    }

    /** Empty if there are too many already. */
    Optional<Client> join(Wire wire, Caller caller) {
        Client client = new Client(wire, caller);
        synchronized (clients) {
            if (clients.size() >= MOST_CLIENTS) {
                return Optional.empty();
            }
            clients.add(client);
        }
        Snapshot snapshot = latest;
        client.outbox()
                .answer(Client.message(
                        "hello",
                        Shape.ordered(
                                "version",
                                version,
                                "sequence",
                                snapshot == null ? 0 : snapshot.sequence(),
                                "topics",
                                Topic.NAMES,
                                "server_time",
                                Instant.now().toString())));
        if (snapshot != null) {
            client.outbox().answer(Client.message("initial_stats", StatsDocument.stats(snapshot)));
        }
        return Optional.of(client);
    }

    void leave(Client client) {
        client.outbox().close();
        if (clients.remove(client)) {
            synchronized (gone) {
                gone.add(client);
            }
        }
    }

    boolean isFull() {
        return clients.size() >= MOST_CLIENTS;
    }

    /** Whether what the last snapshot brought has been handed to everybody. */
    boolean isIdle() {
        return !telling.get() && !askingFlows.get() && !askingRows.get();
    }

    /** Those who are here, then one account of all who are gone. */
    List<WebClients.Client> list() {
        List<WebClients.Client> accounts = new ArrayList<>();
        for (Client client : clients) {
            accounts.add(account(client));
        }
        synchronized (gone) {
            accounts.add(gone.account());
        }
        return accounts;
    }

    private static WebClients.Client account(Client client) {
        Outbox.Account account = client.outbox().account();
        return new WebClients.Client(
                client.wire().peer(),
                account.offered(),
                account.sent(),
                account.shed(),
                account.queued(),
                client.skippedPackets());
    }

    /** Sums over all who are gone. */
    private static final class Gone {
        private long offered;
        private long sent;
        private long shed;
        private long skippedPackets;

        void add(Client client) {
            WebClients.Client last = Hub.account(client);
            offered += last.offered();
            sent += last.sent();
            shed += last.shed();
            skippedPackets += last.skippedPackets();
        }

        WebClients.Client account() {
            return new WebClients.Client(WebClients.GONE, offered, sent, shed, 0, skippedPackets);
        }
    }

    /** A message of a client. */
    void receive(Client client, String text) {
        try {
            Map<String, Object> message = Json.readObject(text.getBytes(StandardCharsets.UTF_8));
            Object type = message.get("type");
            if ("ping".equals(type)) {
                client.outbox()
                        .answer(Client.message(
                                "pong", Map.of("server_time", Instant.now().toString())));
                return;
            }
            if (!"subscribe".equals(type)) {
                throw new JopilException(
                        "JOPIL-400",
                        400,
                        "Unknown message",
                        "Send {\"type\":\"subscribe\",\"topics\":[…],\"filter\":\"…\",\"rate\":N} or"
                                + " {\"type\":\"ping\"}.");
            }
            client.subscribe(Subscription.of(message, filters.get()));
            threads.execute(guarded("flows", () -> flows(List.of(client))));
            threads.execute(guarded("rows", () -> rows(List.of(client))));
        } catch (JopilException e) {
            client.error(e);
        } catch (RejectedExecutionException stopping) {
            LOG.debug("A message came while stopping", stopping);
        }
    }

    /** On the statistics thread: only hands over. */
    void snapshot(Snapshot snapshot) {
        latest = snapshot;
        if (clients.isEmpty()) {
            return;
        }
        try {
            once(telling, "statistics", () -> stats(snapshot));
            once(askingFlows, "flows", () -> flows(clients));
            once(askingRows, "rows", () -> rows(clients));
        } catch (RejectedExecutionException stopping) {
            LOG.debug("A snapshot came while stopping", stopping);
        }
    }

    /** Left out if the one before is not done: the next comes in a second. */
    private void once(AtomicBoolean busy, String what, Runnable work) {
        if (busy.compareAndSet(false, true)) {
            threads.execute(guarded(what, () -> {
                try {
                    work.run();
                } finally {
                    busy.set(false);
                }
            }));
        }
    }

    private void stats(Snapshot snapshot) {
        long nowNs = System.nanoTime();
        String stats = Client.message("stats_update", StatsDocument.stats(snapshot));
        String series = Client.message("timeseries_update", StatsDocument.point(snapshot));
        for (Client client : clients) {
            if (client.statsDue(nowNs)) {
                client.outbox().offer(Slot.STATS, stats, 1);
                // of the same second: one gap is enough
                client.outbox().offer(Slot.SERIES, series, 0);
            }
        }
    }

    private void rows(Iterable<Client> candidates) {
        Snapshot snapshot = latest;
        if (snapshot != null) {
            rowNews.tell(candidates, snapshot.sequence());
        }
    }

    private record FlowsKey(String filter, String sort, int limit) {}

    /** A question for all who ask the same. */
    private void flows(Iterable<Client> candidates) {
        Reports asked = reports.get();
        Snapshot snapshot = latest;
        if (asked == null || snapshot == null) {
            return;
        }
        long nowNs = System.nanoTime();
        Map<FlowsKey, Map<Client, Subscription>> groups = new LinkedHashMap<>();
        for (Client client : candidates) {
            Subscription wanted = client.subscription();
            if (client.flowsDue(nowNs)) {
                groups.computeIfAbsent(
                                new FlowsKey(wanted.filterText(), wanted.sort(), wanted.limit()),
                                k -> new LinkedHashMap<>())
                        .put(client, wanted);
            }
        }
        groups.values().forEach(group -> {
            Subscription wanted = group.values().iterator().next();
            Query query = Query.first(wanted.limit()).withSort(wanted.sort());
            try {
                Report report = asked.ask(
                        "flows", wanted.filter().map(query::withFilter).orElse(query));
                String text = Client.message(
                        "flows_update",
                        Shape.ordered(
                                "sequence",
                                snapshot.sequence(),
                                "flows",
                                Answers.objects(report, List.of()),
                                "total",
                                report.total(),
                                "unfiltered",
                                report.unfiltered()));
                group.keySet().forEach(client -> client.outbox().offer(Slot.FLOWS, text, 1));
            } catch (JopilException e) {
                refuse(group, Topic.FLOWS, e);
            }
        });
    }

    /** The client's mistake is told; an analyzer that is busy or restarting is asked again. */
    static void refuse(Map<Client, Subscription> group, Topic topic, JopilException e) {
        if (e.status() == 400) {
            group.forEach((client, asked) -> client.refuse(topic, asked, e));
        } else {
            LOG.debug("No {} now", topic.text(), e);
        }
    }

    private record TailKey(String filter, boolean own, long after) {}

    /**
     * New packets, for all who have had the same. All groups are asked up to one and the same packet, so that from then
     * on clients with the same filter are one group.
     */
    private void tail() {
        Reports asked = reports.get();
        List<Client> wanting =
                clients.stream().filter(c -> c.wants(Topic.PACKETS)).toList();
        if (asked == null || wanting.isEmpty()) {
            return;
        }
        long head;
        try {
            head = head(asked);
        } catch (JopilException notThereOrBusy) {
            LOG.debug("No packets now", notThereOrBusy);
            return;
        }
        long nowNs = System.nanoTime();
        boolean restarted = head < lastHead;
        lastHead = head;
        Map<TailKey, Map<Client, Subscription>> groups = new LinkedHashMap<>();
        for (Client client : wanting) {
            Subscription wanted = client.subscription();
            if (restarted || !client.isTailing(wanted)) {
                client.beginTail(wanted, Long.MIN_VALUE, nowNs);
            }
            if (client.lastPacket() < head) {
                groups.computeIfAbsent(
                                new TailKey(wanted.filterText(), wanted.own(), client.lastPacket()),
                                k -> new LinkedHashMap<>())
                        .put(client, wanted);
            }
        }
        groups.forEach((key, group) -> tail(asked, key.after, head, nowNs, group));
    }

    /** Number of the newest packet; packets are numbered as they come. */
    private static long head(Reports asked) {
        Report newest = asked.ask("packets", Query.first(1));
        int id = newest.indexOf("id");
        return newest.rows().isEmpty() || id < 0
                ? Long.MIN_VALUE
                : (Long) newest.rows().get(0)[id];
    }

    private void tail(Reports asked, long after, long head, long nowNs, Map<Client, Subscription> group) {
        boolean begin = after == Long.MIN_VALUE;
        Subscription first = group.values().iterator().next();
        Optional<Filter> wanted = first.own() ? first.filter() : Optional.of(new NotOwn(first.filter()));
        Map<Client, Integer> allowances = new HashMap<>();
        group.keySet().forEach(client -> allowances.put(client, client.allowance(nowNs)));
        int most =
                allowances.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        int limit = begin ? RECENT_PACKETS : most;
        Report report;
        try {
            report = asked.ask("packets", Query.first(limit).withFilter(new Newer("id", after, head, wanted)));
        } catch (JopilException e) {
            refuse(group, Topic.PACKETS, e);
            return;
        }
        List<String> rows = new ArrayList<>();
        for (Object[] row : report.rows()) {
            rows.add(Json.text(Answers.object(report, row)));
        }
        Snapshot snapshot = latest;
        long sequence = snapshot == null ? 0 : snapshot.sequence();
        Map<List<Long>, String> messages = new HashMap<>();
        group.keySet().forEach(client -> {
            int sent = Math.min(rows.size(), allowances.get(client));
            // what was there before the client came was not skipped
            long skipped = client.account(head, begin ? sent : report.total(), sent);
            if (sent > 0) {
                String text = messages.computeIfAbsent(
                        List.of((long) sent, skipped), k -> newPacket(first, sequence, rows.subList(0, sent), skipped));
                client.outbox().offer(Slot.PACKETS, text, sent + skipped);
            }
        });
    }

    /** With the filter that they passed: a client that has just asked for another knows what is still of the one before. */
    private static String newPacket(Subscription asked, long sequence, List<String> rows, long skipped) {
        return "{\"type\":\"new_packet\",\"data\":{\"sequence\":" + sequence + ",\"filter\":"
                + Json.text(asked.filterText()) + ",\"skipped\":" + skipped + ",\"packets\":[" + String.join(",", rows)
                + "]}}";
    }

    private void upkeep() {
        boolean ping = ++upkeeps % PING_EVERY_S == 0;
        for (Client client : clients) {
            if (!client.wire().isOpen() || client.outbox().isClosed()) {
                // gone while it was joining, before its end could be told; or told to go, which it may never read
                leave(client);
                threads.schedule(client.wire()::cut, FAREWELL_S, TimeUnit.SECONDS);
            } else if (!client.caller().valid().getAsBoolean()) {
                client.wire().close(1008, "The token was revoked");
                leave(client);
            } else if (client.outbox().stuckNs() > STUCK_NS) {
                client.wire().cut();
                leave(client);
            } else if (ping && client.outbox().stuckNs() == 0) {
                client.wire().ping();
            }
        }
    }
}
