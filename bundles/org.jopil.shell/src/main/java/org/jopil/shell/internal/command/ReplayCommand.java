// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.jopil.api.JopilException;
import org.jopil.api.source.Replays;
import org.jopil.stats.ReplayDocument;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Units;

/** Shows a capture in place of the wire. */
@Command(
        scope = "jopil",
        name = "replay",
        description =
                "Shows a capture file of this machine in place of the wire: pcap or pcapng, plain or in gzip. Without a file:"
                        + " what is replayed. Times are the capture's",
        detailedDescription =
                """
                Examples:
                  jopil:replay
                  jopil:replay --stop
                """)
@Service
public final class ReplayCommand extends JopilCommand {
    private static final double MOST_SPEED = 1_000_000;

    @Option(name = "--stop", description = "Takes the replay back; the wire can be watched again")
    boolean stop;

    @Option(name = "--speed", description = "max (as fast as it is read), or times as fast as it was recorded")
    String speed = "max";

    @Argument(name = "file", description = "Capture file, with its whole path", multiValued = true)
    @Completion(FileCompleter.class)
    List<String> words;

    @Override
    List<String> words() {
        return words;
    }

    @Override
    void setWords(List<String> rest) {
        words = new ArrayList<>(rest);
    }

    @Override
    int run() throws Exception {
        if (words.size() > 1 || stop && !words.isEmpty()) {
            throw new JopilException(
                    "JOPIL-400", 400, "One file at a time", "Name one file, or none with --stop: replay FILE.");
        }
        if (stop) {
            show(services.replays().stop(), "Taken back: ");
        } else if (words.isEmpty()) {
            show(services.replays().status(), "");
        } else {
            Path file = Path.of(words.get(0));
            if (!file.isAbsolute()) {
                throw Parameters.bad("file", words.get(0), "a whole path: the shell is in no directory");
            }
            show(services.replays().start(file, factor()), "");
        }
        return 0;
    }

    private double factor() {
        if (speed.equals("max")) {
            return Replays.FASTEST;
        }
        try {
            double factor = Double.parseDouble(speed);
            if (factor > 0 && factor <= MOST_SPEED) {
                return factor;
            }
        } catch (NumberFormatException e) {
            throw badSpeed();
        }
        throw badSpeed();
    }

    private JopilException badSpeed() {
        return Parameters.bad("--speed", speed, "max, or a number above 0 up to " + (long) MOST_SPEED);
    }

    private void show(Replays.Status status, String before) throws Exception {
        Map<String, Object> document = ReplayDocument.of(status);
        if (format() == Format.TEXT) {
            out().println(Units.safe((status.isShown() ? before : "") + text(status, document)));
            return;
        }
        Answers.write(document, format(), style("value", List.of()), out());
        if (format() == Format.JSON) {
            out().println();
        }
    }

    private static String text(Replays.Status status, Map<String, Object> document) {
        if (!status.isShown()) {
            return "No file is replayed: the wire is shown.";
        }
        StringBuilder text = new StringBuilder("REPLAY of ").append(status.file());
        if (status.firstNs().isPresent()) {
            text.append(", captured from ").append(document.get("first_time"));
            text.append(" to ").append(document.get("last_time"));
        }
        text.append(": ").append(status.packets()).append(" packets, ");
        text.append(Units.si(status.bytes(), "B"));
        status.skipped()
                .forEach((reason, packets) ->
                        text.append(", ").append(packets).append(" skipped: ").append(reason));
        text.append(status.end().isEmpty() ? ", " + document.get("percent") + " % read" : "; " + status.end());
        return text.append('.').toString();
    }
}
