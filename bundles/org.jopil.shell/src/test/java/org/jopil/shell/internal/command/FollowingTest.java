// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.web.render.Format;
import org.jopil.web.render.Style;
import org.junit.jupiter.api.Test;

class FollowingTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private long rows = 2;

    /** Every question finds two more rows, newest first. */
    private Report report(Query query) throws Exception {
        Report.Builder report = Report.of(
                query,
                detail("timestamp_ns", Type.NUMBER, "-"),
                detail("id", Type.NUMBER, "-"),
                column("name", Type.TEXT, "-"),
                column("bytes", Type.BYTES, "-"));
        for (long id = rows; id > 0; id--) {
            report.row(id, id, "row-" + id, id * 1000);
        }
        rows += 2;
        return report.build();
    }

    private String follow(Format format, boolean withNewest) throws Exception {
        try (PrintStream out = new PrintStream(bytes, false, UTF_8)) {
            new Following(this::report, Query.first(3), format, Style.of("row"), out, out).run(true, withNewest);
        }
        return bytes.toString(UTF_8);
    }

    @Test
    void shouldWriteWhatIsNewOldestFirstAndEndAtTheLimit() throws Exception {
        assertEquals("NAME     BYTES\nrow-3  3.00 kB\nrow-4  4.00 kB\nrow-5  5.00 kB\n", follow(Format.TEXT, false));
    }

    @Test
    void shouldWriteTheHeaderOfCsvOnce() throws Exception {
        String[] lines = follow(Format.CSV, false).split("\r\n");
        assertEquals("timestamp_ns,id,name,bytes", lines[0]);
        assertEquals("5,5,row-5,5000", lines[3]);
        assertEquals(4, lines.length);
    }

    @Test
    void shouldBeginWithTheNewestIfAsked() throws Exception {
        assertEquals(
                "{\"timestamp_ns\":1,\"id\":1,\"name\":\"row-1\",\"bytes\":1000}",
                follow(Format.NDJSON, true).split("\n")[0]);
    }
}
