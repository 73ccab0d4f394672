// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropSource.Place;

/**
 * What is no drop though the kernel frees it with the word for drops, as the report drops-normal has it. The reports are
 * asked elsewhere, since they take their time: when a place is in neither of them, at most once a second. One thread, but
 * for the executor.
 */
final class DropKinds {
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int PLACES = 10_000;

    /** Places of a reason. */
    private record Kind(String reason, String symbol, String hook) {}

    /** What the reports said. */
    private record Known(Set<Kind> normal, Set<Kind> drops, Set<String> sometimesNormal) {}

    private final Function<String, Report> reports;
    private final Executor executor;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile Known known;
    private long askedNs;
    private boolean asked;

    /**
     * Asks nothing yet.
     *
     * @param reports gives a report by its name
     * @param executor asks
     */
    DropKinds(Function<String, Report> reports, Executor executor) {
        this.reports = reports;
        this.executor = executor;
    }

    /** Of a report that has every place. */
    static Query all() {
        return Query.first(PLACES);
    }

    /**
     * Whether nothing was lost; empty while that is not known.
     *
     * @param place null if only the reason is known: then what may be no drop is not called one
     */
    Optional<Boolean> isNormal(String reason, Place place, long nowNs) {
        Kind kind = place == null ? null : new Kind(reason, place.symbol(), place.hook());
        Optional<Boolean> answer = look(reason, kind);
        if (answer.isEmpty() && (!asked || nowNs - askedNs >= AGAIN_NS)) {
            asked = true;
            askedNs = nowNs;
            request();
            answer = look(reason, kind);
        }
        return answer;
    }

    private Optional<Boolean> look(String reason, Kind kind) {
        Known now = known;
        if (now == null) {
            return Optional.empty();
        }
        if (kind == null) {
            return Optional.of(now.sometimesNormal.contains(reason));
        }
        boolean normal = now.normal.contains(kind);
        return normal || now.drops.contains(kind) ? Optional.of(normal) : Optional.empty();
    }

    private void request() {
        if (asking.compareAndSet(false, true)) {
            executor.execute(this::ask);
        }
    }

    private void ask() {
        try {
            Set<Kind> normal = kinds(reports.apply("drops-normal"));
            Set<Kind> drops = kinds(reports.apply("drops"));
            Set<String> reasons = new HashSet<>();
            normal.forEach(kind -> reasons.add(kind.reason));
            known = new Known(normal, drops, reasons);
        } catch (JopilException away) {
            known = null; // whoever wants to know asks again
        } finally {
            asking.set(false);
        }
    }

    private static Set<Kind> kinds(Report report) {
        int reason = report.indexOf("reason");
        int symbol = report.indexOf("symbol");
        int hook = report.indexOf("hook");
        Set<Kind> kinds = new HashSet<>();
        for (Object[] row : report.rows()) {
            kinds.add(new Kind((String) row[reason], text(row[symbol]), text(row[hook])));
        }
        return kinds;
    }

    private static String text(Object value) {
        return value == null ? "" : value.toString();
    }
}
