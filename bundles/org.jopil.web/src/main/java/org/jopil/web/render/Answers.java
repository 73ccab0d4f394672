// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;

/** Writes reports and documents, flushes, and leaves the stream open. No state; any thread. */
public final class Answers {
    private static final String LINE = "\r\n";
    private static final String FORMULA = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20";

    private Answers() {}

    /** The rows: a JSON array of objects, an object a line, CSV with a header, or a table. */
    public static void write(Report report, Format format, Style style, OutputStream out) throws IOException {
        List<Integer> columns = selected(report, format, style);
        switch (format) {
            case JSON -> {
                try (JsonGenerator json = Json.generator(out)) {
                    json.writeStartArray();
                    for (Object[] row : report.rows()) {
                        object(json, report.columns(), columns, row);
                    }
                    json.writeEndArray();
                }
            }
            case NDJSON, ECS -> lines(report, format, style, out);
            case CSV -> {
                Writer text = writer(out);
                csvHeader(
                        text,
                        columns.stream()
                                .map(i -> report.columns().get(i).name())
                                .toList());
                for (Object[] row : report.rows()) {
                    csvRow(text, report.columns(), columns, row);
                }
                text.flush();
            }
            case TEXT -> table(report, columns, style, out);
        }
    }

    /** One JSON object a line; can be called again with the rows that came next. */
    public static void lines(Report report, Format format, Style style, OutputStream out) throws IOException {
        List<Integer> columns = selected(report, format, style);
        try (JsonGenerator json = Json.generator(out)) {
            json.setRootValueSeparator(null);
            for (Object[] row : report.rows()) {
                if (format == Format.ECS) {
                    Json.write(json, Ecs.object(report, columns, row, listName(report, style)));
                } else {
                    object(json, report.columns(), columns, row);
                }
                json.writeRaw('\n');
            }
        }
    }

    /** A document; as a table or CSV its values are listed by their path. */
    public static void write(Map<String, ?> document, Format format, Style style, OutputStream out) throws IOException {
        switch (format) {
            case JSON, NDJSON, ECS -> {
                try (JsonGenerator json = Json.generator(out)) {
                    Json.write(json, format == Format.ECS ? Ecs.document(document, Instant.now()) : document);
                    if (format.isLines()) {
                        json.writeRaw('\n');
                    }
                }
            }
            case CSV, TEXT -> {
                Map<String, Object> flat = new LinkedHashMap<>();
                Units.flatten("", document, flat);
                Report.Builder values = Report.of(
                        Column.column("field", Type.TEXT, "path of the value"),
                        Column.column("value", Type.TEXT, "the value"));
                flat.forEach((path, value) -> values.row(path, value == null ? null : plain(value)));
                write(values.build(), format, style, out);
            }
        }
    }

    private static String plain(Object value) {
        return value instanceof Iterable<?> || value instanceof Map<?, ?> ? Json.text(value) : value.toString();
    }

    /** A row as the map that its JSON object is. */
    public static Map<String, Object> object(Report report, Object[] row) {
        Map<String, Object> object = new LinkedHashMap<>();
        for (int i = 0; i < row.length; i++) {
            Column column = report.columns().get(i);
            if (row[i] != null || column.type() != Type.OBJECT) {
                object.put(column.name(), jsonValue(column, row[i]));
            }
        }
        return object;
    }

    /** All rows as such maps, with the wanted fields; empty is all of them. */
    public static List<Map<String, Object>> objects(Report report, List<String> fields) {
        List<Map<String, Object>> objects = new ArrayList<>();
        fields.forEach(name -> index(report, name));
        for (Object[] row : report.rows()) {
            Map<String, Object> object = object(report, row);
            if (!fields.isEmpty()) {
                object.keySet().retainAll(fields);
            }
            objects.add(object);
        }
        return objects;
    }

    /** Whether the fields are there, before anything is written. {@code JOPIL-400} names the one that is not. */
    public static void check(Report report, Style style) {
        style.fields().forEach(name -> index(report, name));
    }

    private static List<Integer> selected(Report report, Format format, Style style) {
        if (!style.fields().isEmpty()) {
            return style.fields().stream().map(name -> index(report, name)).toList();
        }
        return IntStream.range(0, report.columns().size())
                .filter(i ->
                        format != Format.TEXT || isForPeople(report.columns().get(i)))
                .boxed()
                .toList();
    }

    private static boolean isForPeople(Column column) {
        return !column.detail() && column.type() != Type.OBJECT;
    }

    private static int index(Report report, String name) {
        int index = report.indexOf(name);
        if (index < 0) {
            List<String> names = report.columns().stream().map(Column::name).toList();
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "There is no field '" + Units.safe(name) + "'",
                    NearNames.hint(name, names) + "The fields are: " + String.join(", ", names) + ".");
        }
        return index;
    }

    private static void object(JsonGenerator json, List<Column> columns, List<Integer> selected, Object[] row)
            throws IOException {
        json.writeStartObject();
        for (int i : selected) {
            Column column = columns.get(i);
            // a layer that a packet does not have is absent, not null
            if (row[i] != null || column.type() != Type.OBJECT) {
                json.writeFieldName(column.name());
                Json.write(json, jsonValue(column, row[i]));
            }
        }
        json.writeEndObject();
    }

    private static Object jsonValue(Column column, Object value) {
        return column.type() == Type.TIME && value != null ? Units.rfc3339(((Number) value).longValue()) : value;
    }

    private static void csvHeader(Writer out, List<String> names) throws IOException {
        out.write(String.join(",", names));
        out.write(LINE);
    }

    private static void csvRow(Writer out, List<Column> columns, List<Integer> selected, Object[] row)
            throws IOException {
        String separator = "";
        for (int i : selected) {
            out.write(separator);
            separator = ",";
            if (row[i] != null) {
                out.write(csvCell(columns.get(i), row[i]));
            }
        }
        out.write(LINE);
    }

    private static String csvCell(Column column, Object value) {
        Object plain = jsonValue(column, value);
        if (plain instanceof Number || plain instanceof Boolean) {
            return plain.toString();
        }
        String text = plain instanceof List<?> list && column.type() == Type.LIST
                ? String.join(
                        ";",
                        list.stream().map(String::valueOf).map(Answers::inert).toList())
                : inert(plain(plain));
        // where the comma is for decimals, spreadsheets split at the semicolon; some do at tabs
        boolean quoted = text.chars().anyMatch(c -> ",;\"\t\r\n".indexOf(c) >= 0);
        return quoted ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    /** A spreadsheet runs what begins like a formula (OWASP, CSV injection), also in full-width forms. */
    private static String inert(String text) {
        return !text.isEmpty() && FORMULA.indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
    }

    private static void table(Report report, List<Integer> columns, Style style, OutputStream out) throws IOException {
        Writer text = writer(out);
        if (report.rows().isEmpty()) {
            text.write(empty(report, style.noun()) + "\n");
        } else {
            TextTable table = new TextTable(columns.stream()
                    .map(i -> report.columns().get(i))
                    .map(c -> new TextTable.Heading(heading(c, style), c.type().isNumeric()))
                    .toList());
            for (Object[] row : report.rows()) {
                table.row(columns.stream()
                        .map(i -> Units.text(report.columns().get(i).type(), row[i], style.zone()))
                        .toList());
            }
            table.write(text);
            long more = report.total() - report.rows().size();
            if (more > 0) {
                text.write(report.rows().size() + " of " + report.total() + " " + plural(style.noun()) + " shown.\n");
            }
        }
        if (report.isSampled()) {
            text.write("Estimated from samples.\n");
        }
        if (report.lost() > 0) {
            text.write("The analyzer missed " + report.lost() + " events: these numbers are too low.\n");
        }
        text.flush();
    }

    private static String listName(Report report, Style style) {
        return report.name().isEmpty() ? plural(style.noun()) : report.name();
    }

    private static String empty(Report report, String noun) {
        if (report.total() > 0) {
            return "0 of " + report.total() + " " + plural(noun) + " shown.";
        }
        return report.unfiltered() > 0
                ? "No " + noun + " matches this filter. There are " + report.unfiltered() + " without it."
                : "No " + noun + " yet.";
    }

    private static String plural(String noun) {
        if (noun.endsWith("ty")) {
            return noun.substring(0, noun.length() - 1) + "ies";
        }
        return noun.endsWith("s") ? noun : noun + "s";
    }

    /** The values carry their units, so the name need not. */
    private static String heading(Column column, Style style) {
        String name = column.name();
        String plain =
                switch (column.type()) {
                    case MILLISECONDS -> withoutEnd(name, "_ms");
                    case NANOSECONDS -> withoutEnd(name, "_ns");
                    case PERCENT -> withoutEnd(name, "_percent");
                    case PACKETS_PER_SECOND, BITS_PER_SECOND -> name.replace("_per_second", "/s");
                    default -> name;
                };
        String upper = plain.replace('_', ' ').toUpperCase(Locale.ROOT);
        String zone = style.zone().getRules().getOffset(Instant.now()).toString();
        return column.type() == Type.TIME ? upper + " (" + (zone.equals("Z") ? "UTC" : zone) + ")" : upper;
    }

    private static String withoutEnd(String name, String end) {
        return name.endsWith(end) ? name.substring(0, name.length() - end.length()) : name;
    }

    private static Writer writer(OutputStream out) {
        return new BufferedWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }
}
