// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Why;
import org.jopil.stats.WhyDocument;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Units;

/** One verdict. */
@Command(
        scope = "jopil",
        name = "why",
        description = "Why a port, address, process or interface is slow or silent: one verdict, its evidence, the next"
                + " command; without a question, what stands out now",
        detailedDescription =
                """
                Examples:
                  jopil:why
                  jopil:why 8080
                  jopil:why 10.0.0.9 --json
                  jopil:why lo
                  jopil:why 'tcp and dst port 8080'
                """)
@Service
@Parsing(FilterParser.class)
public final class WhyCommand extends JopilCommand {
    /** Reports that have a command of their name. */
    private static final Set<String> COMMANDS = Set.of("flows", "drops", "tcp", "latency");

    private static final int ALL = 100;

    @Argument(
            name = "question",
            description = "A port, an address, HOST:PORT, a process, an interface, or a filter",
            multiValued = true)
    @Completion(InterfaceCompleter.class)
    List<String> question;

    @Override
    List<String> words() {
        return question;
    }

    @Override
    void setWords(List<String> words) {
        question = words;
    }

    @Override
    int run() throws Exception {
        Format format = format();
        if (question.isEmpty()) {
            Report report = services.reports().ask(WhyDocument.STANDS_OUT, Query.first(ALL));
            if (format == Format.TEXT) {
                show(report);
            } else {
                write(WhyDocument.standsOut(report), format);
            }
            return 0;
        }
        Why.Answer answer = services.why().ask(String.join(" ", question));
        if (format == Format.TEXT) {
            show(answer);
        } else {
            write(WhyDocument.of(answer), format);
        }
        return 0;
    }

    private void write(Map<String, Object> document, Format format) throws Exception {
        Answers.write(document, format, style("value", List.of()), out());
        if (format == Format.JSON) {
            out().println();
        }
    }

    private static void show(Report standsOut) {
        out().println(WhyDocument.standsOut(standsOut).get("text"));
        int sentence = standsOut.indexOf("sentence");
        int asked = standsOut.indexOf("question");
        for (Object[] row : standsOut.rows()) {
            out().println("  - " + Units.safe(row[sentence].toString()));
            if (row[asked] != null) {
                out().println("      jopil why " + Units.safe(word(row[asked].toString())));
            }
        }
    }

    private static void show(Why.Answer answer) {
        out().println(answer.level().name().toUpperCase(Locale.ROOT) + "  " + Units.safe(answer.sentence()));
        for (Why.Evidence evidence : answer.evidence()) {
            out().println("  - " + Units.safe(evidence.text()));
            out().println("      " + Units.safe(command(evidence)));
        }
        answer.next().ifPresent(next -> {
            out().println(Units.safe(next.text()));
            out().println("      " + Units.safe(next.command()));
        });
        if (!answer.missing().isEmpty()) {
            out().println("Not looked at:");
            answer.missing().forEach(missing -> out().println("  - " + Units.safe(missing)));
        }
    }

    private static String command(Why.Evidence evidence) {
        String verb = COMMANDS.contains(evidence.report()) ? evidence.report() : "report " + evidence.report();
        return "jopil " + verb
                + (evidence.filter().isEmpty() ? "" : " '" + evidence.filter().replace("'", "'\\''") + "'");
    }

    private static String word(String text) {
        return text.matches("[\\w.:/-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }
}
