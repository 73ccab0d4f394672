// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.journey.internal;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jopil.api.JopilException;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropSource.Place;

/**
 * What is no drop though the kernel frees it with the word for drops, as the report drops-normal has it. It is asked again
 * when there is a place in neither report, at most once a second. One thread.
 */
final class DropKinds {
    private static final long AGAIN_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int PLACES = 10_000;

    /** Places of a reason. */
    private record Kind(String reason, String symbol, String hook) {}

    private final Function<String, Report> reports;
    private final Set<Kind> normal = new HashSet<>();
    private final Set<Kind> drops = new HashSet<>();
    private final Set<String> sometimesNormal = new HashSet<>();
    private long askedNs;
    private boolean asked;

    /** @param reports gives a report by its name */
    DropKinds(Function<String, Report> reports) {
        this.reports = reports;
    }

    /** Of a report that has every place. */
    static Query all() {
        return Query.first(PLACES);
    }

    /**
     * Whether nothing was lost.
     *
     * @param place null if only the reason is known: then what may be no drop is not called one
     */
    boolean isNormal(String reason, Place place, long nowNs) {
        Kind kind = place == null ? null : new Kind(reason, place.symbol(), place.hook());
        boolean known = asked && (kind == null || normal.contains(kind) || drops.contains(kind));
        if (!known && (!asked || nowNs - askedNs >= AGAIN_NS)) {
            askedNs = nowNs;
            ask();
        }
        return kind == null ? sometimesNormal.contains(reason) : normal.contains(kind);
    }

    private void ask() {
        try {
            take(reports.apply("drops-normal"), normal);
            take(reports.apply("drops"), drops);
            normal.forEach(kind -> sometimesNormal.add(kind.reason));
            asked = true;
        } catch (JopilException away) {
            asked = false; // nobody knows better than the kernel's word
        }
    }

    private static void take(Report report, Set<Kind> kinds) {
        int reason = report.indexOf("reason");
        int symbol = report.indexOf("symbol");
        int hook = report.indexOf("hook");
        for (Object[] row : report.rows()) {
            kinds.add(new Kind((String) row[reason], text(row[symbol]), text(row[hook])));
        }
    }

    private static String text(Object value) {
        return value == null ? "" : value.toString();
    }
}
