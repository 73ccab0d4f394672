// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.JopilException;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.PacketTraces;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Listing;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;

/** Follows the packets that somebody asks for. */
@Command(
        scope = "jopil",
        name = "trace",
        description = "Follows every packet that matches through the kernel, in all network namespaces, for a while;"
                + " Ctrl-C ends it. One can run at a time",
        detailedDescription =
                """
                Examples:
                  jopil:trace icmp -c 1
                  jopil:trace 'tcp port 8080 and host 10.0.0.2' --seconds 1
                  jopil:trace 'udp and dst port 53' -c 10 --seconds 1
                  jopil:trace --rule 'dst port 9' --seconds 1
                """)
@Service
@Parsing(FilterParser.class)
public final class TraceCommand extends JopilCommand {
    private static final int MOST = 2_000;
    private static final String SECONDS = "60";
    private static final long LOOK_MS = 200;
    /** Until the last hooks of the last packets have been joined. */
    private static final long SETTLES_MS = 600;

    private static final long QUIET_NS = 3_000_000_000L;

    @Option(name = "-c", aliases = "--count", description = "Ends after so many packets")
    String count;

    @Option(
            name = "--seconds",
            description = "Ends after so long at the latest, 1 to 600; 60 unless told, 10 with --rule")
    String seconds;

    @Option(
            name = "--rule",
            description =
                    "Which nftables rule drops the flow or decides about it; marks its packets (nftrace) meanwhile")
    boolean rule;

    @Option(name = "--namespace", description = "With --rule: the network namespace of the rules")
    String namespace;

    @Argument(
            name = "filter",
            description = "What to follow, as: 'tcp port 443 and host 10.0.0.1'; quote < > | [ ] &",
            multiValued = true)
    @Completion(FilterCompleter.class)
    List<String> filter;

    private Format format;
    private Style style;

    @Override
    List<String> words() {
        return filter;
    }

    @Override
    void setWords(List<String> words) {
        filter = words;
    }

    @Override
    int run() throws Exception {
        format = format();
        if (rule) {
            new RuleTraceRun(
                            services.ruleTrace(),
                            services.filters(),
                            format,
                            style("rule", List.of()),
                            out(),
                            session.getConsole())
                    .run(ListCommand.joined(filter), namespace, seconds, count);
            return 0;
        }
        if (namespace != null) {
            throw Parameters.bad("namespace", namespace, "given together with --rule");
        }
        if (format == Format.CSV) {
            throw Parameters.bad("output", output, "table, jsonl or ecs: it goes on");
        }
        style = style("packet", List.of());
        String text = ListCommand.joined(filter);
        if (text.isBlank()) {
            throw new JopilException(
                    "JOPIL-400", 400, "What shall be followed?", "Say a filter, as: jopil trace 'tcp port 443'");
        }
        int most = number("-c", count == null ? String.valueOf(MOST) : count, MOST);
        Duration longest = Duration.ofSeconds(
                number("--seconds", seconds == null ? SECONDS : seconds, (int) PacketTraces.LONGEST.toSeconds()));
        List<FlowTerm> terms = Listing.filter(text, services.filters())
                .orElseThrow()
                .equalities()
                .terms();
        PacketTraces.Condition condition = condition(terms);
        if (terms.isEmpty()) {
            Query query = query("(" + text + ") and followed == true");
            ask(query);
            say("The kernel cannot pick these out before they are followed: one packet in "
                    + services.latency().followOneIn() + " is looked at. A protocol, an address or a port would help.");
            follow(query, most, Instant.now().plus(longest));
            return 0;
        }
        Query query = query("(" + text + ") and kept == traced");
        ask(query);
        try (PacketTraces.Trace trace = services.traces().begin(condition, longest)) {
            say("Following every packet" + described(condition) + " in all network namespaces, for "
                    + longest.toSeconds() + " s at most. Others cost about 50 ns more meanwhile, at three hooks each.");
            int seen = follow(query, most, trace.until());
            say(seen
                    + (seen == 1 ? " packet." : " packets.")
                    + (trace.leftOut() == 0
                            ? ""
                            : " More came than are followed at once: at a hook, one was left out " + trace.leftOut()
                                    + " times."));
        }
        return 0;
    }

    private static int number(String option, String text, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw Parameters.bad(option, text, "a whole number from 1 to " + most);
        }
        throw Parameters.bad(option, text, "a whole number from 1 to " + most);
    }

    private Query query(String text) {
        Filter wanted = Listing.filter(text, services.filters()).orElseThrow();
        long now = Instant.now().toEpochMilli() * 1_000_000;
        return Query.first(Listing.MAX_LIMIT)
                .withSort("-timestamp")
                .withWindow(now, Long.MAX_VALUE)
                .withFilter(wanted);
    }

    /** Of more than two addresses or ports the first two. */
    private static PacketTraces.Condition condition(List<FlowTerm> terms) {
        int protocol = 0;
        List<String> addresses = new ArrayList<>(2);
        List<Integer> ports = new ArrayList<>(2);
        for (FlowTerm term : terms) {
            switch (term.part()) {
                case PROTOCOL -> protocol = Protocols.number(term.value());
                case ADDRESS, SOURCE_ADDRESS, DESTINATION_ADDRESS -> addresses.add(term.value());
                case PORT, SOURCE_PORT, DESTINATION_PORT -> ports.add(Integer.valueOf(term.value()));
            }
        }
        return new PacketTraces.Condition(
                protocol,
                addresses.isEmpty() ? "" : addresses.get(0),
                addresses.size() < 2 ? "" : addresses.get(1),
                ports.isEmpty() ? 0 : ports.get(0),
                ports.size() < 2 ? 0 : ports.get(1));
    }

    /** What the kernel half looks for, which may be less than the filter says. */
    private static String described(PacketTraces.Condition condition) {
        StringBuilder text = new StringBuilder();
        if (condition.protocol() != 0) {
            text.append(" of ").append(Protocols.name(condition.protocol()));
        }
        Stream.of(condition.addressA(), condition.addressB())
                .filter(address -> !address.isEmpty())
                .forEach(address -> text.append(" with ").append(address));
        IntStream.of(condition.portA(), condition.portB())
                .filter(port -> port != 0)
                .forEach(port -> text.append(" with port ").append(port));
        return text.toString();
    }

    private Report ask(Query query) {
        return services.reports().ask("journeys", query);
    }

    /** Returns how many were shown. */
    private int follow(Query query, int most, Instant until) throws IOException, FilterException {
        Set<Object> shown = new HashSet<>();
        Instant end = until.plusMillis(SETTLES_MS);
        long quietSince = System.nanoTime();
        flush();
        try {
            while (shown.size() < most && Instant.now().isBefore(end) && !hasGone()) {
                Thread.sleep(LOOK_MS);
                int before = shown.size();
                show(ask(query), shown, most);
                if (shown.size() > before) {
                    quietSince = System.nanoTime();
                } else if (System.nanoTime() - quietSince > QUIET_NS) {
                    // a reader that has gone is noticed when it is written to
                    out().println(format == Format.TEXT ? "-- no such packet for 3 s" : "");
                    quietSince = System.nanoTime();
                }
                flush();
            }
        } catch (InterruptedException ctrlC) {
            flush();
        }
        return shown.size();
    }

    /** The new ones, oldest first. */
    private void show(Report report, Set<Object> shown, int most) throws IOException {
        int id = report.indexOf("id");
        JourneyText text = new JourneyText(report, style.zone());
        List<Object[]> rows = new ArrayList<>(report.rows());
        Collections.reverse(rows);
        Report.Builder fresh = Report.of(report.columns().toArray(Column[]::new));
        for (Object[] row : rows) {
            if (shown.size() < most && shown.add(row[id])) {
                fresh.row(row);
                if (format == Format.TEXT) {
                    out().println(text.line(row));
                }
            }
        }
        if (format != Format.TEXT) {
            Answers.lines(fresh.asOf(report.asOf()).build().named(report.name()), format, style, out());
        }
    }

    private void say(String line) {
        if (format == Format.TEXT) {
            out().println(line);
        }
    }

    private void flush() {
        out().flush();
        session.getConsole().flush();
    }

    private boolean hasGone() {
        return out().checkError() || session.getConsole().checkError();
    }
}
