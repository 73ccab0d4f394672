// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.filter.Equalities;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.Filters;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.report.Query;
import org.jopil.api.source.RuleTrace;
import org.jopil.api.source.RuleTrace.Decision;
import org.jopil.api.source.RuleTrace.Request;
import org.jopil.api.source.RuleTrace.Result;
import org.jopil.stats.RuleReports;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;
import org.jopil.web.render.Units;

/** Which rule decides about a flow: says what it will do, does it, and shows what came out. One thread, one run. */
final class RuleTraceRun {
    static final int SECONDS = 10;

    private static final int MOST_PACKETS = 10_000;

    private final RuleTrace rules;
    private final Filters filters;
    private final Format format;
    private final Style style;
    private final PrintStream out;
    private final PrintStream console;

    /**
     * @param filters null while that service is away
     * @param style its noun is {@code rule}
     * @param out where the answer goes
     * @param console the session's own stream, to which the shell does not hand on a flush of {@code out}
     */
    RuleTraceRun(RuleTrace rules, Filters filters, Format format, Style style, PrintStream out, PrintStream console) {
        this.rules = rules;
        this.filters = filters;
        this.format = format;
        this.style = style;
        this.out = out;
        this.console = console;
    }

    /**
     * Runs until the first drop, or so many packets, or the end of the time, or an interrupt.
     *
     * @param filter names one flow
     * @param namespace null or empty for that of JOPIL
     * @param seconds at most so many seconds; null for {@value #SECONDS}
     * @param count packets after which it ends; null for the first one that is dropped
     */
    void run(String filter, String namespace, String seconds, String count) throws Exception {
        Map<String, String[]> given = new HashMap<>();
        ListCommand.put(given, "seconds", seconds);
        ListCommand.put(given, "c", count);
        Parameters numbers = new Parameters(given);
        Request request = new Request(
                namespace == null ? "" : namespace,
                flow(filter),
                Duration.ofSeconds(numbers.integer("seconds", SECONDS, 1, (int) RuleTrace.LONGEST.toSeconds())),
                numbers.integer("c", 0, 1, MOST_PACKETS));
        rules.check(request);
        if (format == Format.TEXT) {
            announce(filter, request);
        }
        Result result = rules.trace(request);
        if (format != Format.TEXT || !result.decisions().isEmpty()) {
            Answers.write(RuleReports.decisions(Query.first(Listing.MAX_LIMIT), result), format, style, out);
        }
        if (format == Format.TEXT) {
            conclude(filter, request, result);
        } else if (format == Format.JSON) {
            out.println();
        }
    }

    /** Empty for what is no flow, which the service refuses. */
    private List<FlowTerm> flow(String text) {
        return Listing.filter(text, filters)
                .map(Filter::equalities)
                .filter(Equalities::whole)
                .map(Equalities::terms)
                .orElse(List.of());
    }

    private void announce(String filter, Request request) {
        out.println("Marks packets of '" + Units.safe(filter) + "'" + in(request) + " (nftrace) for "
                + request.longest().toSeconds() + " s at most, by the table " + rules.table() + ",");
        out.println("which goes with this command. " + RuleTrace.PACKETS_PER_SECOND
                + " packets a second are traced in each direction; every rule that one of them meets");
        out.println("costs a message of the kernel, every other packet a comparison.");
        out.flush();
        console.flush();
    }

    private static String in(Request request) {
        return request.namespace().isEmpty() ? "" : " in the namespace " + request.namespace();
    }

    private void conclude(String filter, Request request, Result result) {
        out.println(result.received() + " packets received, " + result.sent() + " sent, " + result.traced()
                + " traced; nothing is marked any more.");
        if (result.isPartial()) {
            out.println("Messages of the kernel were lost: the numbers above are too small.");
        }
        Optional<Decision> drop = result.drop();
        if (drop.isPresent()) {
            out.println("Dropped by " + text(drop.get()));
        } else if (result.received() + result.sent() == 0) {
            out.println("No such packet came" + in(request)
                    + ". Another namespace: --namespace NAME; what is dropped before" + " any rule: jopil drops '"
                    + Units.safe(filter) + "' --last 5");
        } else if (result.decisions().isEmpty()) {
            out.println("No rule of nftables was met: what drops it is something else. jopil drops '"
                    + Units.safe(filter) + "' --last 5");
        } else {
            out.println("No rule dropped a packet that was traced.");
        }
    }

    private static String text(Decision drop) {
        String chain = drop.family() + " " + drop.table() + " " + drop.chain();
        return drop.handle() == 0
                ? "the policy of the chain " + chain
                : "rule " + drop.handle() + " of " + chain + ": " + Units.safe(drop.rule());
    }
}
