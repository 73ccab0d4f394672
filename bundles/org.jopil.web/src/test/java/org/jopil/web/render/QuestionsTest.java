// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuestionsTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final long NOW_NS = NOW.getEpochSecond() * 1_000_000_000L;
    private static final Listing.Rules RULES = new Listing.Rules("-bytes", 100, Optional.of("-last_seen"), true, true);
    private static final Filters NO_FILTERS = text -> {
        throw new FilterException("'bytez' is not a field", 4, "a field", List.of("bytes"));
    };

    private static Parameters given(String... namesAndValues) {
        Map<String, String[]> map = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            map.put(namesAndValues[i], new String[] {namesAndValues[i + 1]});
        }
        return new Parameters(map);
    }

    private static Query query(String... namesAndValues) {
        return Listing.parse(given(namesAndValues), RULES, NO_FILTERS, NOW).query();
    }

    @Test
    void shouldTakeTheRulesWhenNothingIsSaid() {
        Query query = query();
        assertEquals(100, query.limit());
        assertEquals(Optional.of("bytes"), query.sort());
        assertTrue(query.descending());
        assertEquals(0, query.sinceNs());
        assertEquals(Long.MAX_VALUE, query.untilNs());
    }

    @Test
    void shouldReadTimesAndDurations() {
        assertEquals(NOW_NS - 300_000_000_000L, query("since", "5m").sinceNs());
        assertEquals(NOW_NS, query("until", "2026-01-31T12:00:00Z").untilNs());
        assertEquals(NOW_NS, query("until", "2026-01-31T13:00:00+01:00").untilNs());
        assertEquals(NOW_NS, query("until", "2026-01-31T13:00:00 01:00").untilNs());
    }

    @Test
    void shouldGiveTheNewest() {
        Query query = query("last", "20");
        assertEquals(20, query.limit());
        assertEquals(Optional.of("last_seen"), query.sort());
        assertTrue(query.descending());
    }

    @ParameterizedTest
    @CsvSource({
        "limit,-1,0 to 100000",
        "limit,100001,0 to 100000",
        "limit,ten,0 to 100000",
        "limit,99999999999,0 to 100000",
        "offset,-1,0 to",
        "last,0,1 to 100000",
        "since,yesterday,such as 2026-01-31T12:00:00Z",
        "since,9999999-01-01T00:00:00Z,such as",
        "until,+1000000-01-01T00:00:00Z,1678 to 2262",
        "follow,maybe,1 or 0",
        "own,2,1 or 0"
    })
    void shouldNameParameterValueAndRange(String name, String value, String range) {
        JopilException e = assertThrows(JopilException.class, () -> query(name, value));
        assertEquals(400, e.status());
        assertEquals("JOPIL-400", e.code());
        assertTrue(e.title().contains("'" + name + "'"), e.title());
        assertTrue(e.detail().contains(value) && e.detail().contains(range), e.detail());
    }

    @Test
    void shouldRefuseWhatItDoesNotKnowAndWhatIsSaidTwice() {
        JopilException unknown = assertThrows(JopilException.class, () -> query("limt", "5"));
        assertTrue(unknown.detail().startsWith("Did you mean limit?"), unknown.detail());
        Parameters twice = new Parameters(Map.of("limit", new String[] {"1", "2"}));
        assertThrows(JopilException.class, () -> Listing.parse(twice, RULES, NO_FILTERS, NOW));
        assertThrows(JopilException.class, () -> query("last", "5", "sort", "bytes"));
    }

    @Test
    void shouldReadAQueryString() {
        Parameters read = Parameters.ofQuery("filter=a%20b+%C3%A4%26&bare&&empty=&x=1=2");
        assertEquals(Optional.of("a b \u00e4&"), read.text("filter"));
        assertTrue(read.flag("bare"));
        assertEquals(Optional.empty(), read.text("empty"));
        assertEquals(Optional.of("1=2"), read.text("x"));
        assertEquals(Optional.empty(), Parameters.ofQuery(null).text("filter"));
        assertThrows(JopilException.class, () -> Parameters.ofQuery("a=1&a=2").allow(List.of("a")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=%", "a=%z", "a=%zz", "a=%f", "a=%ff", "a=%c3%28", "%=1"})
    void shouldRefuseAQueryStringThatIsNotText(String query) {
        JopilException e = assertThrows(JopilException.class, () -> Parameters.ofQuery(query));
        assertEquals(400, e.status());
    }

    @Test
    void shouldTellTheColumnOfAFiltersMistake() {
        JopilException e = assertThrows(JopilException.class, () -> query("filter", "tcp bytez > 1"));
        assertEquals("JOPIL-131", e.code());
        Map<String, Object> members = Problem.of(e).members();
        assertEquals(5, members.get("column"));
        assertEquals(List.of("bytes"), members.get("suggestions"));
        assertTrue(
                e.detail().equals("Column 5: 'bytez' is not a field. Did you mean bytes? Expected: a field."),
                e.detail());
    }

    @Test
    void shouldAnswerWithoutTheFilterServiceUnlessOneFilters() {
        assertEquals(100, Listing.parse(given(), RULES, null, NOW).query().limit());
        JopilException e =
                assertThrows(JopilException.class, () -> Listing.parse(given("filter", "tcp"), RULES, null, NOW));
        assertEquals(503, e.status());
    }

    @Test
    void shouldLeaveOutOnesOwnRowsUnlessAskedFor() throws FilterException {
        Column[] columns = {
            Column.column("id", Column.Type.NUMBER, "id"), Column.detail("own", Column.Type.BOOLEAN, "own")
        };
        assertEquals(
                1,
                Report.of(query("sort", "id"), columns)
                        .row(1L, true)
                        .row(2L, false)
                        .build()
                        .total());
        assertEquals(
                2,
                Report.of(query("sort", "id", "own", "1"), columns)
                        .row(1L, true)
                        .row(2L, false)
                        .build()
                        .total());
    }

    @Test
    void shouldSeeOnlyWhatIsNewer() throws FilterException {
        Column[] columns = {Column.column("id", Column.Type.NUMBER, "id")};
        Query query = Query.first(10).withFilter(new Newer("id", 2, 4, Optional.empty()));
        Report.Builder rows = Report.of(query, columns);
        for (long id = 1; id <= 6; id++) {
            rows.row(id);
        }
        assertEquals(2, rows.build().total());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "1",
                "{",
                "{\"a\":1}x",
                "{\"a\":1}{}",
                "{\"a\":1,\"a\":2}",
                "{\"a\":NaN}",
                "{a:1}",
                "{\"a\":'x'}",
                "{\"a\":01}",
                "{\"a\":\"\\x\"}",
                "\u0000"
            })
    void shouldRefuseWhatIsNotOneJsonObject(String text) {
        JopilException e =
                assertThrows(JopilException.class, () -> Json.readObject(text.getBytes(StandardCharsets.UTF_8)));
        assertEquals(400, e.status());
        assertFalse(e.detail().contains("com.fasterxml"), e.detail());
    }

    @Test
    void shouldBoundTheDepth() {
        String deep = "{\"a\":" + "[".repeat(1_000_000);
        assertThrows(JopilException.class, () -> Json.readObject(deep.getBytes(StandardCharsets.UTF_8)));
        String fits = "{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}";
        assertEquals(1, Json.readObject(fits.getBytes(StandardCharsets.UTF_8)).size());
    }

    @Test
    void shouldReadNumbersOfAnySize() {
        Map<String, Object> read =
                Json.readObject("{\"a\":1e999,\"b\":9223372036854775808,\"c\":-1}".getBytes(StandardCharsets.UTF_8));
        assertEquals(Double.POSITIVE_INFINITY, read.get("a"));
        assertEquals(9.223372036854775807E18, read.get("b"));
        assertEquals(-1L, read.get("c"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "none|JSON",
                "*/*|JSON",
                "text/html,application/xhtml+xml;q=0.9|JSON",
                "text/plain|TEXT",
                "TEXT/CSV|CSV",
                "application/x-ndjson|NDJSON",
                "text/plain;q=0.5, application/json|JSON",
                "text/plain;q=0.5, text/csv;q=0.7|CSV",
                "text/plain;q=0|JSON",
                "text/plain;q=x|JSON",
                ";,|JSON"
            })
    void shouldNegotiate(String accept, Format format) {
        assertEquals(format, Format.negotiate(accept));
    }
}
