// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.analyzer.Poller;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.ReportSource;
import org.jopil.api.source.DropSource;
import org.jopil.api.source.DropSource.Place;

/**
 * What the kernel freed as dropped, by place. Counts are the kernel's, read when it is asked; rates and times are those of
 * looks a second apart.
 */
abstract class DropCounts implements Poller, ReportSource {
    /** Drops come in bursts, a retry every few seconds among them: the rate is that of so many looks. */
    private static final int LOOKS = 10;

    private static final class Count {
        private final long[] looked = new long[LOOKS];
        private long packets;
        private long bytes;
        private long lastSeenNs;
        private double packetsPerSecond;
    }

    private final DropSource drops;
    private final DropRules rules;
    private final Map<Place, Count> counts = new HashMap<>();
    private final long[] lookedNs = new long[LOOKS];
    private int looks;

    DropCounts(DropSource drops, Path rules) {
        this.drops = drops;
        this.rules = new DropRules(rules);
    }

    /** Where the user's rules are; the file need not be there. */
    static Path rulesOfUser() {
        return Path.of(System.getProperty("karaf.etc", "etc"), "org.jopil.analyzer.drop.tsv");
    }

    /** Which of them this report is about. */
    abstract boolean isWanted(DropRule advice);

    @Override
    public void poll() {
        rules.reread();
        try {
            poll(System.nanoTime());
        } catch (JopilException notHere) {
            counts.clear(); // said by whoever asks
            looks = 0;
        }
    }

    void poll(long nowNs) {
        read();
        int now = looks % LOOKS;
        int oldest = looks < LOOKS ? 0 : now;
        double seconds = (nowNs - lookedNs[oldest]) / 1e9;
        for (Count count : counts.values()) {
            count.packetsPerSecond = looks == 0 ? 0 : (count.packets - count.looked[oldest]) / seconds;
            count.looked[now] = count.packets;
        }
        lookedNs[now] = nowNs;
        looks++;
    }

    private void read() {
        Instant now = Instant.now();
        long nowNs = now.getEpochSecond() * 1_000_000_000L + now.getNano();
        drops.read((place, packets, bytes) -> {
            Count count = counts.computeIfAbsent(place, p -> new Count());
            if (packets != count.packets) {
                count.lastSeenNs = nowNs;
            }
            count.packets = packets;
            count.bytes = bytes;
        });
    }

    @Override
    public Report report(Query query) throws FilterException {
        Report.Builder report = Report.of(
                query.sort().isPresent() ? query : query.withSort("-packets"),
                column("reason", Type.TEXT, "Why, by the kernel's name (enum skb_drop_reason)"),
                column("symbol", Type.TEXT, "Kernel function that dropped it, null where the kernel hides it"),
                detail("offset", Type.NUMBER, "Bytes from the begin of that function"),
                column("stage", Type.TEXT, "Where on its way, null where no rule knows that function"),
                column("hook", Type.TEXT, "Netfilter hook that dropped it, null for other reasons"),
                column("interface", Type.TEXT, "Where it came in, else where it was to go out; null if there is none"),
                detail("namespace", Type.TEXT, "Network namespace, null for the one JOPIL runs in"),
                column("packets", Type.PACKETS, "Wire packets since the tracer came up"),
                detail("bytes", Type.BYTES, "From the destination MAC, else from the IP header"),
                column("packets_per_second", Type.PACKETS_PER_SECOND, "Rate over the last 10 seconds"),
                column("last_seen", Type.TIME, "Last look, a second apart, that found more of them"),
                column("advice", Type.TEXT, "What it means, null where no rule knows"),
                detail("advice_id", Type.TEXT, "Name of the rule that says so"),
                detail("command", Type.TEXT, "What to look at next"));
        read();
        counts.forEach((place, count) -> {
            DropRules.Verdict verdict = rules.of(place);
            if (!isWanted(verdict.advice())) {
                return;
            }
            boolean advised = !verdict.advice().sentence().isEmpty();
            report.row(
                    place.reason(),
                    orNull(place.symbol()),
                    place.symbol().isEmpty() ? null : place.offset(),
                    orNull(verdict.stage()),
                    orNull(place.hook()),
                    orNull(place.interfaceName()),
                    orNull(place.namespace()),
                    count.packets,
                    count.bytes,
                    count.packetsPerSecond,
                    count.lastSeenNs,
                    advised ? fill(verdict.advice().sentence(), place) : null,
                    advised ? verdict.advice().id() : null,
                    advised ? orNull(fill(verdict.advice().command(), place)) : null);
        });
        return report.lost(drops.missed()).build();
    }

    static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** A command is typed where the drop was; without the name of an interface it is one for all of them. */
    static String fill(String text, Place place) {
        String name = place.interfaceName().substring(place.interfaceName().indexOf('/') + 1);
        String filled = text.replace("{interface}", name.isEmpty() ? "all" : name);
        boolean elsewhere = !place.namespace().isEmpty() && !place.namespace().startsWith("net:");
        return filled.replace("{ns}", elsewhere ? "ip netns exec " + place.namespace() + " " : "");
    }
}
