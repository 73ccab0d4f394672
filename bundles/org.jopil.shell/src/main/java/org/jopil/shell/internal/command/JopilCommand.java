// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Action;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.shell.internal.Services;
import org.jopil.web.render.Format;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Problem;
import org.jopil.web.render.Style;

/** What all commands have in common: how they answer, and how they fail. */
public abstract class JopilCommand implements Action {
    /** Exit statuses beside 0. */
    static final int FAILED = 1;

    static final int USAGE = 2;
    public static final int NOT_PERMITTED = 3;
    static final int NOT_FOUND = 4;

    /** Session variable of who reads standard error. */
    public static final String READS_ERRORS = "jopil.reads.errors";

    @Reference
    Services services;

    @Reference
    Session session;

    @Option(name = "-o", aliases = "--output", description = "table, json, jsonl (an object a line), csv or ecs")
    @Completion(
            value = StringsCompleter.class,
            values = {"table", "json", "jsonl", "csv", "ecs"})
    String output = Format.TEXT.option();

    @Option(name = "--json", description = "The same as -o jsonl")
    boolean json;

    @Option(name = "--utc", description = "Times in UTC, not in local time")
    boolean utc;

    /** Does the work and says the exit status. */
    abstract int run() throws Exception;

    /** What was typed after the options, null if nothing was. */
    abstract List<String> words();

    /** The same without the options among it. */
    abstract void setWords(List<String> words);

    /** Returns the exit status, null for 0: Karaf hands it on over ssh, and inside a pipe would print it. */
    @Override
    public final Object execute() throws Exception {
        try {
            setWords(TrailingOptions.apply(this, words() == null ? List.of() : words()));
            int status = run();
            return status == 0 ? null : status;
        } catch (JopilException e) {
            return fail(e.getCause() instanceof FilterException mistake ? Problem.ofFilter(mistake) : e);
        } catch (FilterException e) {
            return fail(Problem.ofFilter(e));
        } finally {
            System.out.flush();
        }
    }

    private int fail(JopilException e) {
        // Karaf's ssh closes standard output first, and what is on standard error is lost
        PrintStream err = session.get(READS_ERRORS) == null ? session.getConsole() : System.err;
        err.println("jopil: " + e.code() + " " + e.title());
        err.println("       " + e.detail());
        err.flush();
        return switch (e.status()) {
            case 400 -> USAGE;
            case 401, 403 -> NOT_PERMITTED;
            case 404 -> NOT_FOUND;
            default -> FAILED;
        };
    }

    final Format format() {
        if (json) {
            return Format.NDJSON;
        }
        return Format.named(output)
                .orElseThrow(() -> Parameters.bad(
                        "output",
                        output,
                        "one of "
                                + Arrays.stream(Format.values())
                                        .map(Format::option)
                                        .sorted()
                                        .collect(Collectors.joining(", "))));
    }

    final Style style(String noun, List<String> fields) {
        Style style = Style.of(noun).withFields(fields);
        return utc ? style.utc() : style;
    }

    /** Where answers go: the command's own stream, also inside a pipe. */
    static PrintStream out() {
        return System.out;
    }
}
