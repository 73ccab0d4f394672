// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;

import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.osgi.annotation.versioning.ProviderType;

/** The audit log. Any thread. */
@ProviderType
public interface Audit {
    /** Of what is read. */
    List<Column> COLUMNS = List.of(
            column("time", Type.TIME, "When"),
            detail("sequence", Type.NUMBER, "Of the line, from 1"),
            column("who", Type.TEXT, "Role, user of the shell, or the part that acted by itself"),
            column("from", Type.TEXT, "Address, ssh or folder; null if it was the instance itself"),
            column(
                    "action",
                    Type.TEXT,
                    "sign-in, request, command, bundle, configuration, start, stop, or refused: how many more were"),
            column("what", Type.TEXT, "In full, without secrets"),
            column("result", Type.TEXT, "done, begun, refused, or the answer"));

    /**
     * Adds a line, on the caller's thread. Never fails what it tells of: a line that cannot be written is counted, and
     * the health check {@code audit} says so. Of what was refused 60 lines a minute are written; the rest is counted in
     * a line of its own.
     */
    void record(Event event);

    /** What happened, the newest first, as long as it is kept. Reads the files. */
    Report read(Query query) throws FilterException;

    /** Reads the files and follows the chain. */
    Verdict verify();

    /**
     * Something that happened.
     *
     * @param who a role, a user of the shell, or the part that acted by itself
     * @param from where they are: an address, {@code ssh}, a folder; empty if they are the instance itself
     * @param action of what kind it is: {@code sign-in}, {@code request}, {@code command}, {@code bundle},
     *     {@code configuration}, {@code start}, {@code stop}
     * @param what in full, without secrets; from 1,000 characters on cut
     * @param result {@link #DONE}, {@link #REFUSED}, or what it answered
     */
    record Event(String who, String from, String action, String what, String result) {
        public static final String DONE = "done";
        public static final String REFUSED = "refused";
    }

    /**
     * What following the chain found.
     *
     * @param lines that were read, in all files
     * @param whole whether nothing is missing between the first and the last, and nothing was changed
     * @param text one sentence: where it breaks
     */
    record Verdict(long lines, boolean whole, String text) {}
}
