// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jopil.api.source.DropSource.Place;

/**
 * What is said of drops of a reason at a place.
 *
 * @param id stable name; {@code normal-…} of what is no drop
 * @param stage of the packet's way, as in the latency report; empty if the rule knows none
 * @param sentence what it means, for who runs the machine; empty if there is nothing to say
 * @param command to type next; empty if there is none. Both may have the places {@code {interface}}, and {@code {ns}} for
 *     the words that go into the packet's network namespace
 */
record DropRule(
        String id, Pattern reason, Pattern symbol, String stage, Pattern hook, String sentence, String command) {
    private static final int COLUMNS = 7;
    private static final String NORMAL = "normal-";

    /** Gets what could not be read. */
    @FunctionalInterface
    interface Complaints {
        void about(int line, String why);
    }

    /** Rules of a file: seven columns separated by tabs, # begins a comment line. A line that is wrong is told, and left out. */
    static List<DropRule> parse(List<String> lines, Complaints complaints) {
        List<DropRule> rules = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] columns = line.split("\t", -1);
            if (columns.length == COLUMNS && !columns[0].isBlank()) {
                rules.add(new DropRule(
                        columns[0].strip(),
                        glob(columns[1]),
                        glob(columns[2]),
                        columns[3].strip(),
                        glob(columns[4]),
                        columns[5].strip(),
                        columns[6].strip()));
            } else {
                complaints.about(
                        i + 1,
                        "has " + columns.length + " columns separated by tabs, not id, reason, symbol, stage, hook,"
                                + " sentence, command");
            }
        }
        return rules;
    }

    /** {@code *} stands for anything, {@code |} for or. */
    private static Pattern glob(String text) {
        StringBuilder pattern = new StringBuilder();
        for (String part : text.strip().split("(?<=[*|])|(?=[*|])")) {
            pattern.append(part.equals("*") ? ".*" : part.equals("|") ? "|" : Pattern.quote(part));
        }
        return Pattern.compile(pattern.toString());
    }

    boolean fits(Place place) {
        return reason.matcher(place.reason()).matches()
                && symbol.matcher(place.symbol()).matches()
                && hook.matcher(place.hook()).matches();
    }

    /** Whether nothing was lost: the kernel has one word for packets that it drops and for some that it is done with. */
    boolean isNormal() {
        return id.startsWith(NORMAL);
    }
}
