// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jopil.application.internal.Rule;
import org.jopil.application.internal.RuleParser;

/**
 * Applications told by magic numbers and keywords, one rule a line; the first that matches wins. Immutable.
 *
 * <pre>
 * rule   = name ("tcp" | "udp") ["on" ports | "usually" ports] ["length" N] clause+
 * ports  = N ["-" N] {"," N ["-" N]}
 * clause = ("at" OFFSET | "within" BYTES) {hex | "text"}+
 * </pre>
 *
 * {@code on}: only on these ports of either side. {@code usually}: on any port, but elsewhere it is unusual. All clauses
 * must match one packet. {@code #} begins a comment.
 */
public final class Rules {
    private static final String STANDARD = "/org/jopil/application/applications.rules";

    private final List<Rule> rules;

    private Rules(List<Rule> rules) {
        this.rules = List.copyOf(rules);
    }

    /**
     * @throws RuleException at the first bad line
     */
    public static Rules parse(String text) throws RuleException {
        return new Rules(RuleParser.parse(text));
    }

    /** The rules that are shipped. */
    public static Rules standard() {
        try (InputStream in = Rules.class.getResourceAsStream(STANDARD)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (RuleException e) {
            throw new IllegalStateException(STANDARD + " " + e.getMessage(), e);
        }
    }

    /** These, then the others: the first that matches names the application. */
    public Rules before(Rules others) {
        List<Rule> both = new ArrayList<>(rules);
        both.addAll(others.rules);
        return new Rules(both);
    }

    /** What they can recognise, in the order of the text. */
    public List<Application> applications() {
        return rules.stream().map(Rule::application).distinct().toList();
    }

    List<Rule> all() {
        return rules;
    }
}
