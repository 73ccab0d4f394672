// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** One verdict about a port, an address, a process or an interface, from what the reports say. Any thread; under 2 s. */
@ProviderType
public interface Why {
    /**
     * Asks all reports that know the subject for the last minute.
     *
     * @param question a port, an address, {@code HOST:PORT}, a process, an interface, or a filter
     * @throws org.jopil.api.JopilException {@code JOPIL-400} for an empty question, {@code JOPIL-131} if it is none of these
     */
    Answer ask(String question);

    /** How bad it is. */
    enum Level {
        /** Measured, and nothing is wrong. */
        OK,
        WARN,
        BAD,
        /** Too little was measured to tell. */
        UNKNOWN;

        /** As in JSON. */
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * What is said.
     *
     * @param question as it was asked
     * @param verdict id of the rule, stable
     * @param sentence the verdict
     * @param level of it
     * @param evidence what it rests on, at least one
     * @param next what to do now; empty if there is nothing to do
     * @param missing what could not be looked at, each with the reason
     */
    record Answer(
            String question,
            String verdict,
            String sentence,
            Level level,
            List<Evidence> evidence,
            Optional<Next> next,
            List<String> missing) {
        public Answer {
            evidence = List.copyOf(evidence);
            missing = List.copyOf(missing);
        }
    }

    /**
     * A measurement, and where it can be seen.
     *
     * @param text one sentence
     * @param report name of the report that shows it
     * @param filter that shows it there, empty for all rows
     */
    record Evidence(String text, String report, String filter) {}

    /**
     * The next thing to do.
     *
     * @param text one sentence
     * @param command that can be typed as it stands
     */
    record Next(String text, String command) {}
}
