// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;

/**
 * Rows as objects of the Elastic Common Schema. The names are in {@code ecs.tsv}; what is not known is absent. Source:
 * the field reference of ECS 8.11.
 */
final class Ecs {
    private static final String VERSION = "8.11.0";
    private static final String TIMESTAMP = "@timestamp";
    private static final String EVERY_LIST = "*";
    private static final Pattern PROCESS = Pattern.compile("(.*)\\[(\\d+)\\]");
    private static final Map<Long, String> RCODES =
            Map.of(0L, "NOERROR", 1L, "FORMERR", 2L, "SERVFAIL", 3L, "NXDOMAIN", 4L, "NOTIMP", 5L, "REFUSED");

    private record Rule(List<String> fields, String form) {}

    private record Kind(String kind, List<String> category, List<String> type) {}

    /** By list, column and type. */
    private static final Map<String, Rule> RULES = rules();

    private static final Map<String, Kind> KINDS = kinds();

    private Ecs() {}

    /** A row; the values of columns that are not selected still say how the others are called. */
    static Map<String, Object> object(Report report, List<Integer> selected, Object[] row, String list) {
        String name = list.toLowerCase(Locale.ROOT);
        Map<String, Object> object = new LinkedHashMap<>();
        put(object, TIMESTAMP, Units.rfc3339(time(report, row, name)));
        put(object, "ecs.version", VERSION);
        Kind kind = KINDS.get(name);
        put(object, "event.kind", kind != null ? kind.kind() : report.indexOf("timestamp") >= 0 ? "event" : "state");
        if (kind != null && !kind.category().isEmpty()) {
            put(object, "event.category", kind.category());
            put(object, "event.type", kind.type());
        }
        put(object, "event.module", "jopil");
        put(object, "event.dataset", "jopil." + plain(name));
        for (int i : selected) {
            if (row[i] != null) {
                value(object, report, row, report.columns().get(i), row[i], name);
            }
        }
        return object;
    }

    /** What is no list, under {@code jopil}. */
    static Map<String, Object> document(Map<String, ?> document, Instant now) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put(TIMESTAMP, now.toString());
        put(object, "ecs.version", VERSION);
        put(object, "event.kind", "state");
        put(object, "event.module", "jopil");
        object.put("jopil", members(document));
        return object;
    }

    private static long time(Report report, Object[] row, String list) {
        for (String field : List.of(TIMESTAMP, "event.end")) {
            for (int i = 0; i < row.length; i++) {
                Column column = report.columns().get(i);
                Rule rule = rule(list, column.name(), column.type());
                if (row[i] instanceof Long ns && rule != null && rule.fields().contains(field)) {
                    return ns;
                }
            }
        }
        Instant asOf = report.asOf();
        return asOf.getEpochSecond() * 1_000_000_000L + asOf.getNano();
    }

    private static void value(
            Map<String, Object> object, Report report, Object[] row, Column column, Object value, String list) {
        Rule rule = rule(list, column.name(), column.type());
        String field = rule == null ? null : field(rule, report, row, value);
        if (field != null) {
            Object written = column.type() == Type.TIME ? Units.rfc3339((Long) value) : form(rule.form(), value);
            if (!field.equals(TIMESTAMP)) {
                put(object, field, members(written));
            }
            if (rule.form().equals("process")) {
                processId(object, value.toString());
            }
            return;
        }
        Object rest = value;
        if (column.type() == Type.TIME) {
            rest = Units.rfc3339((Long) value);
        } else if (value instanceof Map<?, ?> map) {
            rest = withoutNamed(object, map, column.name(), list);
        }
        put(object, "jopil." + plain(list) + "." + plain(column.name()), members(rest));
    }

    /** Members that have a name of their own go there; the others stay. */
    private static Map<String, Object> withoutNamed(
            Map<String, Object> object, Map<?, ?> members, String column, String list) {
        Map<String, Object> rest = new LinkedHashMap<>();
        members.forEach((key, value) -> {
            Rule rule = value instanceof Number
                    ? rule(list, column + ":" + key, Type.NUMBER)
                    : rule(list, column + ":" + key, Type.TEXT);
            if (rule == null) {
                rest.put(key.toString(), value);
            } else if (value != null) {
                put(object, rule.fields().get(0), form(rule.form(), value));
            }
        });
        return rest;
    }

    /** Which of the rule's fields fits the row; null if the row does not say. */
    private static String field(Rule rule, Report report, Object[] row, Object value) {
        int which =
                switch (rule.form()) {
                    case "protocol" -> Protocols.number(value.toString()) >= 0 ? 0 : 1;
                    case "direction" -> "egress".equals(other(report, row, "direction")) ? 1 : 0;
                    case "opened_by" -> List.of("us", "peer").indexOf(other(report, row, "opened_by"));
                    case "server" -> switch (other(report, row, "application").toLowerCase(Locale.ROOT)) {
                        case "tls", "quic" -> 0;
                        case "http", "http2" -> 1;
                        default -> -1;
                    };
                    default -> 0;
                };
        return which < 0 ? null : rule.fields().get(which);
    }

    private static String other(Report report, Object[] row, String column) {
        int index = report.indexOf(column);
        return index < 0 || row[index] == null ? "" : row[index].toString();
    }

    private static Object form(String form, Object value) {
        return switch (form) {
            case "text" -> value.toString();
            case "lower", "protocol" -> value.toString().toLowerCase(Locale.ROOT);
            case "ip_version" -> "ipv" + value;
            case "ms_to_ns" -> Math.multiplyExact((Long) value, 1_000_000L);
            case "mac" -> value.toString().replace(':', '-').toUpperCase(Locale.ROOT);
            case "rcode" -> RCODES.getOrDefault((Long) value, value.toString());
            case "process" -> {
                Matcher name = PROCESS.matcher(value.toString());
                yield name.matches() ? name.group(1) : value;
            }
            default -> value;
        };
    }

    private static void processId(Map<String, Object> object, String process) {
        Matcher name = PROCESS.matcher(process);
        if (name.matches()) {
            put(object, "process.pid", Long.valueOf(name.group(2)));
        }
    }

    /** Elasticsearch takes a dot in a name for an object, and a field cannot be both: {@code tcp.flags.syn}. */
    private static Object members(Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> plain = new LinkedHashMap<>();
            map.forEach((key, member) -> plain.put(plain(key.toString()), members(member)));
            return plain;
        }
        return value instanceof List<?> list ? list.stream().map(Ecs::members).toList() : value;
    }

    private static String plain(String name) {
        return name.replace('.', '_').replace('-', '_');
    }

    @SuppressWarnings("unchecked")
    private static void put(Map<String, Object> object, String path, Object value) {
        String[] names = path.split("\\.");
        Map<String, Object> inner = object;
        for (int i = 0; i < names.length - 1; i++) {
            inner = (Map<String, Object>) inner.computeIfAbsent(names[i], name -> new LinkedHashMap<String, Object>());
        }
        inner.put(names[names.length - 1], value);
    }

    private static Rule rule(String list, String column, Type type) {
        Rule own = RULES.get(key(list, column, type));
        return own != null ? own : RULES.get(key(EVERY_LIST, column, type));
    }

    private static String key(String list, String column, Type type) {
        return list + " " + column + " " + type;
    }

    private static Map<String, Rule> rules() {
        Map<String, Rule> rules = new LinkedHashMap<>();
        for (String[] row : table("ecs.tsv", 5)) {
            for (String list : row[0].split(",")) {
                Type type = Type.valueOf(row[2].toUpperCase(Locale.ROOT));
                rules.put(key(list, row[1], type), new Rule(List.of(row[3].split("\\|")), row[4]));
            }
        }
        return rules;
    }

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        for (String[] row : table("ecs-events.tsv", 4)) {
            kinds.put(row[0], new Kind(row[1], words(row[2]), words(row[3])));
        }
        return kinds;
    }

    private static List<String> words(String cell) {
        return cell.equals("-") ? List.of() : List.of(cell.split(","));
    }

    private static List<String[]> table(String file, int cells) {
        List<String[]> rows = new ArrayList<>();
        try (InputStream in = Ecs.class.getResourceAsStream(file)) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                if (!line.startsWith("#")) {
                    String[] row = line.split("\t");
                    if (row.length != cells) {
                        throw new IllegalStateException(file + ": " + cells + " cells, not '" + line + "'");
                    }
                    rows.add(row);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return rows;
    }
}
