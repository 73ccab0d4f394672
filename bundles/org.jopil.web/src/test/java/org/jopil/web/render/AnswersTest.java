// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class AnswersTest {
    private static final Column[] COLUMNS = {
        column("name", Type.TEXT, "a name"),
        column("bytes", Type.BYTES, "bytes"),
        column("seen", Type.TIME, "when"),
        column("flags", Type.LIST, "flags"),
        detail("hidden", Type.NUMBER, "for programs"),
        detail("ip", Type.OBJECT, "a layer")
    };
    private static final Style UTC = new Style(List.of(), ZoneOffset.UTC, "thing");

    private static Report.Builder one(String name) {
        return Report.of(COLUMNS).row(name, 8400L, 1_700_000_000_123_456_789L, List.of("SYN", "ACK"), 7L, null);
    }

    private static String text(Report report, Format format, Style style) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Answers.write(report, format, style, out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void shouldWriteJsonWithTypesTimesAndWithoutAbsentLayers() throws IOException {
        assertEquals(
                "[{\"name\":\"a\\\"b\",\"bytes\":8400,\"seen\":\"2023-11-14T22:13:20.123456789Z\","
                        + "\"flags\":[\"SYN\",\"ACK\"],\"hidden\":7}]",
                text(one("a\"b").build(), Format.JSON, UTC));
    }

    @Test
    void shouldWriteNestedLayersAndNulls() throws IOException {
        Report report = Report.of(COLUMNS)
                .row(null, null, null, null, null, Map.of("ip.ttl", 64L))
                .build();
        assertEquals(
                "[{\"name\":null,\"bytes\":null,\"seen\":null,\"flags\":null,\"hidden\":null,"
                        + "\"ip\":{\"ip.ttl\":64}}]",
                text(report, Format.JSON, UTC));
    }

    @Test
    void shouldNotWriteNumbersThatJsonLacks() {
        assertEquals("[null,null,1.5]", Json.text(Arrays.asList(Double.NaN, Double.POSITIVE_INFINITY, 1.5)));
    }

    @Test
    void shouldWriteOneObjectALine() throws IOException {
        String lines = text(one("a").row("b", 1L, 0L, List.of(), 1L, null).build(), Format.NDJSON, UTC);
        assertEquals(2, lines.lines().count());
        assertTrue(lines.lines().allMatch(l -> l.startsWith("{") && l.endsWith("}")), lines);
        assertTrue(lines.endsWith("}\n"), lines);
    }

    @Test
    void shouldKeepOnlyTheFieldsAskedForInTheirOrder() throws IOException {
        Style style = UTC.withFields(List.of("hidden", "name"));
        assertEquals("[{\"hidden\":7,\"name\":\"a\"}]", text(one("a").build(), Format.JSON, style));
        assertEquals("hidden,name\r\n7,a\r\n", text(one("a").build(), Format.CSV, style));
        assertEquals("HIDDEN  NAME\n     7  a\n", text(one("a").build(), Format.TEXT, style));
    }

    @Test
    void shouldNameTheFieldThatIsNotThereAndNearOnes() {
        JopilException e = assertThrows(
                JopilException.class, () -> text(one("a").build(), Format.JSON, UTC.withFields(List.of("bites"))));
        assertEquals(400, e.status());
        assertTrue(e.detail().startsWith("Did you mean bytes?"), e.detail());
    }

    @Test
    void shouldQuoteCsvAndDefuseFormulas() throws IOException {
        assertEquals(
                "name,bytes,seen,flags,hidden,ip\r\n\"'=cmd|\"\"x\"\",1\",8400,2023-11-14T22:13:20.123456789Z,\"SYN;ACK\",7,\r\n",
                text(one("=cmd|\"x\",1").build(), Format.CSV, UTC));
        for (String start : List.of("+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff20")) {
            String csv = text(one(start + "1").build(), Format.CSV, UTC);
            assertTrue(csv.contains("'" + start), csv);
        }
    }

    @Test
    void shouldKeepHostileNamesInTheirCell() throws IOException {
        Report report = Report.of(column("name", Type.TEXT, ""), column("names", Type.LIST, ""))
                .row("x;=HYPERLINK(\"//evil\")", List.of("a.example", "@SUM(1)"))
                .row("a\t=1", List.of("-1"))
                .build();
        assertEquals(
                "name,names\r\n\"x;=HYPERLINK(\"\"//evil\"\")\",\"a.example;'@SUM(1)\"\r\n\"a\t=1\",'-1\r\n",
                text(report, Format.CSV, UTC));
    }

    @Test
    void shouldLeaveNegativeNumbersInCsvAlone() throws IOException {
        Report report = Report.of(column("n", Type.NUMBER, "number")).row(-5L).build();
        assertEquals("n\r\n-5\r\n", text(report, Format.CSV, UTC));
    }

    @Test
    void shouldAlignTheTableForPeople() throws IOException {
        Report report = one("short")
                .row("a longer name", 12L, null, List.of(), 1L, null)
                .totals(5, 9)
                .build();
        assertEquals(
                """
                NAME             BYTES               SEEN (UTC)  FLAGS
                short          8.40 kB  2023-11-14 22:13:20.123  SYN,ACK
                a longer name     12 B                        –
                2 of 5 things shown.
                """,
                text(report, Format.TEXT, UTC));
    }

    @Test
    void shouldSayWhyATableIsEmpty() throws IOException {
        assertEquals("No thing yet.\n", text(Report.of(COLUMNS).build(), Format.TEXT, UTC));
        assertEquals(
                "No thing matches this filter. There are 312 without it.\n",
                text(Report.of(COLUMNS).totals(0, 312).build(), Format.TEXT, UTC));
    }

    @Test
    void shouldSayThatNumbersAreEstimatesOrTooLow() throws IOException {
        String table = text(one("a").sampled().lost(3).build(), Format.TEXT, UTC);
        assertTrue(
                table.endsWith("Estimated from samples.\nThe analyzer missed 3 events: these numbers are too low.\n"));
    }

    @Test
    void shouldNotLetDataSteerATerminal() throws IOException {
        String table = text(one("\u001b[2J\u009b31m\u202eevil\u2028\r\nx\u007f").build(), Format.TEXT, UTC);
        assertFalse(table.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c)), table);
        assertTrue(table.contains("\\x1b[2J\\x9b31m\\u202eevil\\u2028\\x0d\\x0ax\\x7f"), table);
        // a tag that no terminal shows, half a character, and a whole one
        String unseen = text(one("a\udb40\udc41b\ud83dc\ud83d\ude00").build(), Format.TEXT, UTC);
        assertTrue(unseen.contains("a\\U000e0041b\\ud83dc\ud83d\ude00"), unseen);
    }

    @Test
    void shouldListADocumentByPath() throws IOException {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("total", 5L);
        document.put("rates", Map.of("pps", 1.5));
        document.put("nothing", null);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Answers.write(document, Format.TEXT, UTC, out);
        assertEquals(
                "FIELD      VALUE\ntotal      5\nrates.pps  1.5\nnothing    –\n", out.toString(StandardCharsets.UTF_8));
    }
}
