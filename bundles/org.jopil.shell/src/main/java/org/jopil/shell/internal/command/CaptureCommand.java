// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.jopil.api.JopilException;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Captures.Capture;
import org.jopil.api.source.Captures.State;
import org.jopil.api.source.Captures.Target;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Units;

/** Captures packets to a file. */
@Command(
        scope = "jopil",
        name = "capture",
        description =
                "Writes packets that match to a pcapng file of the machine that JOPIL runs on, until Ctrl-C. Headers"
                        + " alone, unless --snaplen asks for payload. Through the launcher, -w - writes to standard output",
        detailedDescription =
                """
                Examples:
                  jopil:capture lo icmp -w /dev/null --seconds 1
                  jopil:capture lo 'tcp port 80' -w /dev/null -c 9 --seconds 1
                  jopil:capture any -w /dev/null --snaplen 128 --seconds 1
                """)
@Service
@Parsing(FilterParser.class)
public final class CaptureCommand extends JopilCommand {
    private static final String ALL = "262144";
    private static final String YEAR_SECONDS = "31536000";
    private static final Duration PROGRESS = Duration.ofSeconds(1);
    private static final Pattern RING = Pattern.compile("(\\d{1,4})[x×](\\d{1,9})([KMG]?)", Pattern.CASE_INSENSITIVE);

    @Option(name = "-w", aliases = "--write", description = "File to write; it is emptied if it is there")
    String file;

    @Option(name = "-c", aliases = "--count", description = "Ends after so many packets")
    String count;

    @Option(name = "--seconds", description = "Ends after so long")
    String seconds = YEAR_SECONDS;

    @Option(
            name = "--snaplen",
            description = "Keeps so many bytes of each packet, payload too: 1 to " + ALL + ". 0: headers alone")
    String snaplen = "0";

    @Option(
            name = "--ring",
            description = "N×SIZE or NxSIZE, as 10x100M: keeps the newest N files of SIZE bytes, named after the file")
    String ring;

    @Argument(
            name = "interface [filter]",
            description =
                    "IF, NS/IF, several with commas, or any; then primitives as: 'tcp port 443 and host 10.0.0.1'",
            multiValued = true)
    @Completion(InterfaceCompleter.class)
    List<String> words;

    @Override
    List<String> words() {
        return words;
    }

    @Override
    void setWords(List<String> rest) {
        words = rest;
    }

    @Override
    int run() throws Exception {
        if (words.isEmpty()) {
            throw new JopilException(
                    "JOPIL-400", 400, "Which interface?", "Name one, or any; jopil interfaces lists them.");
        }
        if (file == null || file.equals("-")) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "Where to?",
                    "Name a file: -w FILE. In a terminal of the machine, 'jopil capture IF -w -' writes to standard"
                            + " output.");
        }
        Captures.Order order = new Captures.Order(
                words.get(0),
                ListCommand.joined(words.subList(1, words.size())),
                number("--snaplen", snaplen, 0, Captures.MAX_SNAPLEN),
                count == null ? Long.MAX_VALUE : number("-c", count, 1, Integer.MAX_VALUE),
                Duration.ofSeconds(number("--seconds", seconds, 1, Integer.parseInt(YEAR_SECONDS))),
                "shell");
        Path path = Path.of(file);
        if (!path.isAbsolute()) {
            throw Parameters.bad("-w", file, "a whole path: the shell is in no directory");
        }
        try (Capture capture =
                services.captures().begin(order, ring == null ? new Target.File(path) : ring(path, ring))) {
            say(began(order, capture.state()));
            State end = follow(capture);
            show(order, end);
            return end.notWritten() == 0 ? 0 : FAILED;
        }
    }

    private static Target ring(Path path, String text) {
        Matcher matcher = RING.matcher(text);
        if (!matcher.matches()) {
            throw Parameters.bad("--ring", text, "files and size as 10x100M");
        }
        int shift =
                switch (matcher.group(3).toUpperCase(Locale.ROOT)) {
                    case "K" -> 10;
                    case "M" -> 20;
                    case "G" -> 30;
                    default -> 0;
                };
        int files = Integer.parseInt(matcher.group(1));
        long bytes = Long.parseLong(matcher.group(2)) << shift;
        if (files < 1 || bytes < Captures.MIN_RING_FILE_BYTES) {
            throw Parameters.bad("--ring", text, "1 file or more of 1M or more");
        }
        return new Target.Ring(path, files, bytes);
    }

    private static int number(String option, String text, int least, int most) {
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw Parameters.bad(option, text, "a whole number from " + least + " to " + most);
        }
        throw Parameters.bad(option, text, "a whole number from " + least + " to " + most);
    }

    private State follow(Capture capture) throws IOException {
        State state = capture.state();
        try {
            while (state.running() && !hasGone()) {
                state = capture.await(PROGRESS);
                if (state.running()) {
                    say(counts(state));
                }
            }
        } catch (InterruptedException ctrlC) {
            flush();
        }
        capture.close();
        return capture.state();
    }

    private String began(Captures.Order order, State state) {
        String kept = order.snaplenBytes() == 0
                ? "headers alone (--snaplen N keeps payload)"
                : "up to " + order.snaplenBytes() + " bytes of each packet";
        return "Capturing on "
                + state.sources().stream().map(Captures.Source::name).collect(Collectors.joining(", ")) + " to " + file
                + ": " + kept + "; filter: "
                + state.sources().stream()
                        .map(Captures.Source::filteredBy)
                        .distinct()
                        .collect(Collectors.joining("; "))
                + ".";
    }

    private static String counts(State state) {
        StringBuilder text = new StringBuilder();
        text.append(state.matched())
                .append(" matched, ")
                .append(state.written())
                .append(" written");
        text.append(" (").append(Units.si(state.writtenBytes(), "B")).append(')');
        lost(text, state.ringFull(), "lost because the kernel's ring was full");
        lost(text, state.undecidedRingFull(), "of these may not have matched");
        lost(text, state.notWritten(), "lost because they could not be written");
        lost(text, state.beyond(), "came after the last one that was wanted");
        return text.toString();
    }

    private static void lost(StringBuilder text, long packets, String what) {
        if (packets > 0) {
            text.append(", ").append(packets).append(' ').append(what);
        }
    }

    private void show(Captures.Order order, State end) throws IOException {
        if (format() == Format.TEXT) {
            say("Ended: " + end.end() + ". " + counts(end) + ".");
            return;
        }
        Map<String, Object> result = Shape.ordered(
                "interfaces", order.interfaces(),
                "filter", order.filter(),
                "filtered_by",
                        end.sources().stream()
                                .map(Captures.Source::filteredBy)
                                .distinct()
                                .toList(),
                "snaplen_bytes", order.snaplenBytes(),
                "output", file,
                "end", end.end(),
                "seen", end.seen(),
                "matched", end.matched(),
                "written", end.written(),
                "written_bytes", end.writtenBytes(),
                "ring_full", end.ringFull(),
                "ring_full_undecided", end.undecidedRingFull(),
                "not_written", end.notWritten(),
                "beyond", end.beyond());
        Answers.write(result, format(), style("value", List.of()), out());
        if (format() == Format.JSON) {
            out().println();
        }
    }

    /** A client that has gone is noticed only by writing to it: a line a second. */
    private void say(String line) {
        if (format() == Format.TEXT) {
            out().println(Units.safe(line));
        }
        flush();
    }

    private void flush() {
        out().flush();
        session.getConsole().flush();
    }

    private boolean hasGone() {
        return out().checkError() || session.getConsole().checkError();
    }
}
