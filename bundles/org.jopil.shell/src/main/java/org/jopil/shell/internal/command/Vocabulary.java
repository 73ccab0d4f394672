// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.ArgumentCommandLine;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.shell.internal.Services;
import org.jopil.stats.SourceReports;

/** What can stand in a filter of a command, as far as it is known at the moment of asking. */
final class Vocabulary {
    static final Set<String> OPERATORS = Set.of("==", "!=", ">", ">=", "<", "<=", "~", "=", "in", "contains");

    private static final List<String> WORDS = List.of(
            "and",
            "or",
            "not",
            "host",
            "net",
            "port",
            "portrange",
            "src",
            "dst",
            "tcp",
            "udp",
            "icmp",
            "icmp6",
            "sctp",
            "arp",
            "ip",
            "ip6",
            "vlan",
            "proto");
    private static final List<String> OPTIONS = List.of("--sort", "--limit", "--fields", "--json", "-o", "--utc");
    private static final int SAMPLE = 1_000;

    private Vocabulary() {}

    /** Offers what begins like the word at the cursor. */
    static int complete(Session session, CommandLine line, Collection<String> words, List<String> candidates) {
        if (line instanceof ArgumentCommandLine) {
            // Karaf asks whether an earlier word is right before it goes on; any may be
            candidates.add(line.getCursorArgument());
            return 0;
        }
        return new StringsCompleter(words).complete(session, line, candidates);
    }

    /** Fields of the list that the command line is about. */
    static List<Column> columns(Services services, CommandLine line) {
        String[] arguments = line.getArguments();
        String verb = arguments.length == 0 ? "" : arguments[0].substring(arguments[0].indexOf(':') + 1);
        return switch (verb) {
            case "interfaces" -> SourceReports.INTERFACES;
            case "analyzers" -> SourceReports.ANALYZERS;
            case "doctor" -> SourceReports.DOCTOR;
            case "privacy" -> SourceReports.PRIVACY;
            default -> services.columns(report(verb, arguments));
        };
    }

    private static String report(String verb, String[] arguments) {
        return switch (verb) {
            case "top" -> "flows";
            case "journey", "trace" -> "journeys";
            case "report" -> arguments.length > 1 ? arguments[1] : "";
            default -> verb;
        };
    }

    static List<String> words(Services services, CommandLine line) {
        if (line.getCursorArgument() != null && line.getCursorArgument().startsWith("-")) {
            return OPTIONS;
        }
        return Stream.concat(
                        columns(services, line).stream()
                                .filter(column -> column.type() != Column.Type.OBJECT)
                                .map(Column::name),
                        WORDS.stream())
                .distinct()
                .toList();
    }

    /** Values that the field has now; names only, never numbers. */
    static Set<String> values(Services services, CommandLine line, String field) {
        Set<String> values = new TreeSet<>();
        if (field.equals("interface")) {
            values.addAll(services.interfaceNames(true));
            return values;
        }
        String verb = line.getArguments()[0];
        String report = report(verb.substring(verb.indexOf(':') + 1), line.getArguments());
        List<Column> columns = services.columns(report);
        if (columns.isEmpty()) {
            return values;
        }
        Report rows = services.reports().ask(report, Query.first(SAMPLE));
        int index = rows.indexOf(field);
        boolean names = index >= 0
                && (rows.columns().get(index).type() == Column.Type.TEXT
                        || rows.columns().get(index).type() == Column.Type.ADDRESS);
        if (names) {
            rows.rows().stream()
                    .filter(row -> row[index] != null)
                    .map(row -> row[index].toString())
                    .forEach(values::add);
        }
        return values;
    }
}
