// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.analyzer.StateCarrier;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Ledger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One analyzer and the one thread on which all of it is called, its constructor and activation included. */
final class AnalyzerThread {
    /** What the bus knows of an analyzer without touching it. */
    record Identity(String name, String bundle, String version, long bundleId, Set<String> roles) {
        boolean is(Class<?> role) {
            return roles.contains(role.getName());
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(AnalyzerThread.class);

    private static final long SECOND_NS = 1_000_000_000L;
    private static final long STUCK_NS = 5 * SECOND_NS;
    private static final long LAST_ROWS_NS = SECOND_NS / 2;
    private static final int BATCHES_AT_A_TIME = 16;
    private static final int QUESTIONS = 64;
    private static final int KEPT_ANSWERS = 8;

    private enum Phase {
        STARTING,
        RUNNING,
        QUARANTINED,
        ENDED
    }

    private final Identity identity;
    private final Supplier<Object> service;
    private final Streams streams;
    private final Optional<Parked> parked;
    private final Consumer<Parked> park;
    private final Thread thread;

    private final ArrayBlockingQueue<Question> questions = new ArrayBlockingQueue<>(QUESTIONS);
    private final Map<Question.Key, Report> answers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Question.Key, Report> eldest) {
            return size() > KEPT_ANSWERS;
        }
    };

    private volatile long latencyNs;
    private volatile Phase phase = Phase.STARTING;
    private volatile boolean stopping;
    private volatile boolean keepState;
    private volatile boolean waiting;
    /** The next poll is not waited for. */
    private volatile boolean hurried;

    private volatile long busySinceNs;
    private volatile boolean busy;
    private volatile long errors;
    private volatile String lastError = "";
    /** In the order of {@link Streams}; empty before it has started, and when it has ended. */
    private volatile Subscription<?>[] subscriptions = {};

    private volatile long finalRows;
    private volatile long finalLost;
    private volatile long finalCpuNs;
    private volatile long finalAllocatedBytes;
    /** The final figures count: the subscriptions are going. */
    private volatile boolean closed;
    /** What it leaves behind of the streams; its successor goes on with what was parked. */
    private volatile List<Ledger.Subscriber> finalAccounts = List.of();

    private boolean isParked;

    // the thread's own
    private final CpuWindow cpu = new CpuWindow();
    private final ErrorBudget budget = new ErrorBudget();
    private Subscription.Call poller;
    private ReportSource reportSource;
    private StateCarrier stateCarrier;
    private long nextPollNs;

    /**
     * @param service gets the analyzer, or null; called on the new thread
     * @param parked what its predecessor left
     * @param park takes what it leaves, on its thread
     */
    AnalyzerThread(
            Identity identity,
            long latencyMs,
            Supplier<Object> service,
            Streams streams,
            Optional<Parked> parked,
            Consumer<Parked> park) {
        this.identity = identity;
        this.service = service;
        this.streams = streams;
        this.parked = parked;
        this.park = park;
        latency(latencyMs);
        thread = new Thread(this::run, "jopil-" + identity.name());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    Identity identity() {
        return identity;
    }

    void latency(long latencyMs) {
        latencyNs = Math.max(1, latencyMs) * 1_000_000;
    }

    // ---- the thread

    private void run() {
        try {
            if (open()) {
                phase = Phase.RUNNING;
                while (!stopping && phase == Phase.RUNNING) {
                    if (!round()) {
                        pause();
                    }
                }
                if (phase == Phase.RUNNING) {
                    end();
                }
            }
        } finally {
            close();
        }
    }

    private boolean open() {
        while (!stopping && phase == Phase.STARTING) {
            enter();
            try {
                Object object = service.get();
                if (object != null) {
                    bind(object);
                    return true;
                }
                failed(
                        "could not be started",
                        new IllegalStateException("its component did not activate; see the log above"));
            } catch (Throwable e) { // whatever a foreign constructor throws, a missing class included
                failed("could not be started", e);
            } finally {
                leave();
            }
            LockSupport.parkNanos(this, SECOND_NS);
        }
        return false;
    }

    private void bind(Object object) throws IOException {
        poller = identity.is(Poller.class) ? ((Poller) object)::poll : null;
        reportSource = identity.is(ReportSource.class) ? (ReportSource) object : null;
        stateCarrier = identity.is(StateCarrier.class) ? (StateCarrier) object : null;
        Map<String, Cursor.Place> places =
                parked.filter(this::restore).map(Parked::places).orElse(Map.of());
        subscriptions = streams.subscribe(identity, object, places, this::wake, this::call);
        nextPollNs = System.nanoTime();
    }

    private boolean restore(Parked left) {
        if (stateCarrier == null) {
            return false;
        }
        try {
            return stateCarrier.restoreState(
                    left.stateVersion(), new DataInputStream(new ByteArrayInputStream(left.state())));
        } catch (Exception e) {
            failed("could not restore its state and starts empty", e);
            return false;
        }
    }

    /** One turn; false if there was nothing to do but wait. */
    private boolean round() {
        boolean early = hurried;
        hurried = false;
        boolean more = read(BATCHES_AT_A_TIME);
        answer();
        long now = System.nanoTime();
        boolean due = now - nextPollNs >= 0;
        if (poller != null && (early || due)) {
            poll();
        }
        if (poller != null && due) {
            long period = latencyNs;
            nextPollNs += period;
            if (System.nanoTime() - nextPollNs > 0) {
                nextPollNs = System.nanoTime() + period;
            }
        }
        tick(now);
        return more;
    }

    /** So many batches of each stream at most; false if there are no more. */
    private boolean read(int most) {
        boolean more = false;
        for (Subscription<?> subscription : subscriptions) {
            if (phase == Phase.RUNNING) {
                more |= subscription.read(most);
            }
        }
        return more;
    }

    private void tick(long now) {
        cpu.mark(now);
        for (Subscription<?> subscription : subscriptions) {
            if (phase == Phase.RUNNING) {
                subscription.tick(now);
            }
        }
    }

    /** As in {@link Subscription.Caller#call}. */
    private boolean call(String problem, Subscription.Call call) {
        enter();
        try {
            call.run();
        } catch (Throwable e) {
            failed(problem, e);
        } finally {
            leave();
        }
        return phase == Phase.RUNNING;
    }

    private void poll() {
        if (phase == Phase.RUNNING) {
            call("failed to poll", poller);
        }
    }

    private void answer() {
        for (Question question = questions.poll(); question != null; question = questions.poll()) {
            if (question.answer().isDone() || phase != Phase.RUNNING) {
                question.answer().cancel(false);
                continue;
            }
            enter();
            try {
                Report report = reportSource.report(question.query()).named(identity.name());
                synchronized (answers) {
                    answers.put(Question.Key.of(question.query()), report);
                }
                question.answer().complete(report);
            } catch (JopilException | FilterException e) {
                question.answer().completeExceptionally(e);
            } catch (Throwable e) {
                failed("failed to report", e);
                question.answer().completeExceptionally(e);
            } finally {
                leave();
            }
        }
    }

    private void pause() {
        long now = System.nanoTime();
        long wait = Math.min(latencyNs, SECOND_NS);
        if (poller != null) {
            wait = Math.min(wait, nextPollNs - now);
        }
        if (subscriptions.length == 0 && poller == null) {
            wait = SECOND_NS;
        }
        if (wait <= 0) {
            return;
        }
        waiting = true;
        if (questions.isEmpty() && !stopping && !hurried && !isFarBehind()) {
            LockSupport.parkNanos(this, wait);
        }
        waiting = false;
    }

    private boolean isFarBehind() {
        for (Subscription<?> subscription : subscriptions) {
            if (subscription.isFarBehind()) {
                return true;
            }
        }
        return false;
    }

    /** What is on the bus is read, the sources are polled once more, the state is saved. */
    private void end() {
        boolean saves = stateCarrier != null && keepState;
        long until = System.nanoTime() + LAST_ROWS_NS;
        // who keeps the place goes on from there
        while (!saves && phase == Phase.RUNNING && System.nanoTime() - until < 0) {
            if (!read(1)) {
                break;
            }
        }
        if (poller != null) {
            poll();
        }
        if (saves && phase == Phase.RUNNING) {
            call("could not save its state", this::save);
        }
    }

    private void save() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Map<String, Cursor.Place> places = new HashMap<>();
        for (Subscription<?> subscription : subscriptions) {
            places.put(subscription.stream(), subscription.place());
        }
        stateCarrier.saveState(new DataOutputStream(bytes));
        park.accept(new Parked(
                stateCarrier.stateVersion(), bytes.toByteArray(), places, System.nanoTime() + Parked.KEPT_NS));
        isParked = true;
    }

    private void close() {
        finalRows = sum(Ledger.Subscriber::processed);
        finalLost = sum(Ledger.Subscriber::overrun);
        finalCpuNs = ThreadCost.cpuNs(Thread.currentThread());
        finalAllocatedBytes = ThreadCost.allocatedBytes(Thread.currentThread());
        finalAccounts = isParked ? List.of() : accounts();
        closed = true;
        Subscription<?>[] left = subscriptions;
        subscriptions = new Subscription<?>[0];
        for (Subscription<?> subscription : left) {
            subscription.close();
        }
        // a quarantined analyzer is kept in the list, but not its objects
        poller = null;
        reportSource = null;
        stateCarrier = null;
        if (phase != Phase.QUARANTINED) {
            phase = Phase.ENDED;
        }
        for (Question question = questions.poll(); question != null; question = questions.poll()) {
            question.answer().cancel(false);
        }
    }

    private void enter() {
        busySinceNs = System.nanoTime();
        busy = true;
    }

    private void leave() {
        busy = false;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer
    private void failed(String what, Throwable cause) {
        errors++;
        lastError = cause.toString();
        LOG.warn("Analyzer \"{}\" {}", identity.name(), what, cause);
        if (budget.spend(System.nanoTime())) {
            phase = Phase.QUARANTINED;
            LOG.error(
                    "JOPIL-160 Analyzer \"{}\" was stopped after {} errors: bundle {} ({} {}). bundle:restart {} starts it again",
                    identity.name(),
                    ErrorBudget.ERRORS,
                    identity.bundleId(),
                    identity.bundle(),
                    identity.version(),
                    identity.bundleId());
        }
    }

    // ---- any thread

    /** Called by the writers: no lock, and a system call only if the thread waits. */
    /** Reads what is published, and polls, at once. Any thread. */
    void hurry() {
        hurried = true;
        wake();
    }

    private void wake() {
        if (waiting) {
            waiting = false;
            LockSupport.unpark(thread);
        }
    }

    boolean answersReports() {
        return identity.is(ReportSource.class);
    }

    Report ask(Query query, long timeoutMs) {
        Question question = new Question(query);
        if (phase == Phase.QUARANTINED) {
            throw quarantined();
        }
        try {
            if (questions.offer(question)) {
                waiting = false;
                LockSupport.unpark(thread);
                // it may have ended between the look and the offer
                if (phase == Phase.RUNNING || phase == Phase.STARTING) {
                    return question.answer().get(timeoutMs, TimeUnit.MILLISECONDS);
                }
            }
        } catch (TimeoutException e) {
            question.answer().cancel(false);
        } catch (CancellationException e) {
            if (phase == Phase.QUARANTINED) {
                throw quarantined();
            }
        } catch (InterruptedException e) {
            question.answer().cancel(false);
            Thread.currentThread().interrupt();
        } catch (ExecutionException e) {
            throw problem(e.getCause());
        }
        Report last;
        synchronized (answers) {
            last = answers.get(Question.Key.of(query));
        }
        if (last != null) {
            return last;
        }
        throw new JopilException(
                "JOPIL-161",
                503,
                "Analyzer \"" + identity.name() + "\" does not answer",
                "It is " + state() + " and gave no answer within " + timeoutMs / 1000.0
                        + " s. Ask again; 'jopil analyzers' shows what it does.");
    }

    private JopilException quarantined() {
        return new JopilException(
                "JOPIL-160",
                503,
                "Analyzer \"" + identity.name() + "\" was stopped after " + ErrorBudget.ERRORS + " errors",
                "The last one was " + lastError + ". Nothing else is affected; bundle:restart " + identity.bundleId()
                        + " starts it again.");
    }

    private JopilException problem(Throwable cause) {
        if (cause instanceof JopilException known) {
            return new JopilException(known.code(), known.status(), known.title(), known.detail(), known);
        }
        if (cause instanceof FilterException mistake) {
            StringBuilder detail = new StringBuilder(mistake.getMessage());
            if (!mistake.suggestions().isEmpty()) {
                detail.append(" Did you mean: ")
                        .append(String.join(", ", mistake.suggestions()))
                        .append('?');
            }
            return new JopilException("JOPIL-131", 400, "The filter has a mistake", detail.toString(), mistake);
        }
        return new JopilException(
                "JOPIL-162",
                500,
                "Analyzer \"" + identity.name() + "\" failed to report",
                "Its bundle " + identity.bundle() + " threw " + cause.getClass().getSimpleName()
                        + "; 'jopil logs' has the details. Nothing else is affected.",
                cause);
    }

    /**
     * Asks the analyzer to end in order; does not wait.
     *
     * @param keep whether its state and place shall be parked
     */
    void stop(boolean keep) {
        keepState = keep;
        stopping = true;
        LockSupport.unpark(thread);
    }

    /** Waits until it ended; false if its thread still runs and was left alone. */
    boolean awaitEnd(long waitMs) {
        if (Thread.currentThread() == thread) {
            return true;
        }
        try {
            thread.join(Math.max(1, waitMs));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            LOG.warn("Analyzer \"{}\" did not end in time; its thread {} was left behind", identity.name(), thread);
            thread.interrupt();
            return false;
        }
        return true;
    }

    boolean isAlive() {
        return thread.isAlive();
    }

    /** As in {@link org.jopil.api.source.Analyzers.Status#state}. */
    String state() {
        if (phase == Phase.QUARANTINED) {
            return "quarantined";
        }
        if (phase != Phase.ENDED && busy && System.nanoTime() - busySinceNs > STUCK_NS
                || stopping && thread.isAlive()) {
            return phase == Phase.STARTING && !stopping ? "starting" : "stuck";
        }
        return phase == Phase.STARTING ? "starting" : "running";
    }

    Analyzers.Status status() {
        boolean ended = closed;
        long cpuNs = ended ? finalCpuNs : ThreadCost.cpuNs(thread);
        return new Analyzers.Status(
                identity.name(),
                identity.bundle(),
                identity.version(),
                state(),
                ended ? finalRows : sum(Ledger.Subscriber::processed),
                ended ? finalLost : sum(Ledger.Subscriber::overrun),
                sum(Ledger.Subscriber::pending),
                errors,
                cpuNs,
                ended ? 0 : cpu.percent(System.nanoTime(), cpuNs),
                ended ? finalAllocatedBytes : ThreadCost.allocatedBytes(thread));
    }

    /** Over all streams that it listens to; 0 when it has ended. */
    private long sum(ToLongFunction<Ledger.Subscriber> figure) {
        return Stream.of(subscriptions)
                .map(Subscription::account)
                .mapToLong(figure)
                .sum();
    }

    /** Of every stream that it listens to; when it has ended, as it left them, unless another one goes on there. */
    List<Ledger.Subscriber> accounts() {
        return thread.isAlive()
                ? Stream.of(subscriptions).map(Subscription::account).toList()
                : finalAccounts;
    }
}
