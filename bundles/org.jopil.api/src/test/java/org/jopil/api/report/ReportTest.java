// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import static org.jopil.api.report.Column.column;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.filter.Filter;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Column.Type;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final Column HOST = column("host", Type.ADDRESS, "The host");
    private static final Column BYTES = column("bytes", Type.BYTES, "Bytes of the host");

    /** Hosts whose address has a low half above the given one. */
    private record Above(long lo) implements Filter {
        @Override
        public String text() {
            return "above";
        }

        @Override
        public RowPredicate bind(Schema schema) {
            int host = schema.indexOf("host");
            return row -> row.has(host) && row.addressLo(host) > lo;
        }
    }

    private static Report.Builder filled(Query query) throws FilterException {
        Report.Builder builder = Report.of(query, HOST, BYTES);
        builder.row("10.0.0.1", 30).row("10.0.0.2", 10L).row("10.0.0.3", null).row("10.0.0.4", 20L);
        return builder;
    }

    private static List<Object> hosts(Report report) {
        return report.rows().stream().map(row -> row[0]).toList();
    }

    @Test
    void shouldKeepTheOrderGiven() throws Exception {
        Report report = filled(Query.first(10)).build();
        assertEquals(List.of("10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"), hosts(report));
        assertEquals(30L, report.rows().get(0)[1]);
    }

    @Test
    void shouldSortWithUnknownValuesLastInBothDirections() throws Exception {
        assertEquals(
                List.of("10.0.0.1", "10.0.0.4", "10.0.0.2", "10.0.0.3"),
                hosts(filled(Query.first(10).withSort("-bytes")).build()));
        assertEquals(
                List.of("10.0.0.2", "10.0.0.4", "10.0.0.1", "10.0.0.3"),
                hosts(filled(Query.first(10).withSort("bytes")).build()));
    }

    @Test
    void shouldCountWhatTheLimitLeavesOut() throws Exception {
        Report report = filled(Query.first(1)
                        .withSort("-bytes")
                        .withOffset(1)
                        .withFilter(new Above(Addresses.mapped(10 << 24 | 1))))
                .build();
        assertEquals(List.of("10.0.0.2"), hosts(report));
        assertEquals(3, report.total());
        assertEquals(4, report.unfiltered());
    }

    @Test
    void shouldSayWhichColumnsCanBeSortedBy() throws Exception {
        Report.Builder builder = filled(Query.first(10).withSort("size"));
        JopilException error = assertThrows(JopilException.class, builder::build);
        assertEquals(400, error.status());
        assertTrue(error.detail().contains("host, bytes"), error.detail());
    }

    @Test
    void shouldRefuseARowOfAnotherLength() {
        assertThrows(
                IllegalArgumentException.class, () -> Report.of(HOST, BYTES).row("10.0.0.1"));
    }
}
