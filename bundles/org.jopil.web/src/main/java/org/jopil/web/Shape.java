// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Column;
import org.jopil.web.render.Units;

/** Says what JSON looks like, as JSON Schema 2020-12, which OpenAPI 3.1 uses. */
public final class Shape {
    private Shape() {}

    public static Map<String, Object> text() {
        return Map.of("type", "string");
    }

    public static Map<String, Object> choice(List<String> values) {
        return ordered("type", "string", "enum", values);
    }

    public static Map<String, Object> time() {
        return ordered("type", "string", "format", "date-time");
    }

    public static Map<String, Object> integer() {
        return Map.of("type", "integer");
    }

    public static Map<String, Object> number() {
        return Map.of("type", "number");
    }

    public static Map<String, Object> bool() {
        return Map.of("type", "boolean");
    }

    /** The same, or null: not known. */
    public static Map<String, Object> nullable(Map<String, Object> shape) {
        Map<String, Object> either = new LinkedHashMap<>(shape);
        if (shape.get("type") instanceof String type && !shape.containsKey("enum")) {
            either.put("type", List.of(type, "null"));
            return either;
        }
        return Map.of("anyOf", List.of(shape, Map.of("type", "null")));
    }

    public static Map<String, Object> array(Map<String, Object> elements) {
        return ordered("type", "array", "items", elements);
    }

    /** Any names, one kind of values. */
    public static Map<String, Object> map(Map<String, Object> values) {
        return ordered("type", "object", "additionalProperties", values);
    }

    /** Names and shapes in turn; all there, no others. */
    public static Map<String, Object> object(Object... namesAndShapes) {
        Map<String, Object> properties = ordered(namesAndShapes);
        return ordered(
                "type",
                "object",
                "properties",
                properties,
                "required",
                new ArrayList<>(properties.keySet()),
                "additionalProperties",
                false);
    }

    /** Rows of a report. Layers that a row does not have are absent. */
    public static Map<String, Object> row(List<Column> columns) {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Column column : columns) {
            properties.put(column.name(), value(column));
            if (column.type() != Column.Type.OBJECT) {
                required.add(column.name());
            }
        }
        return ordered("type", "object", "properties", properties, "required", required, "additionalProperties", false);
    }

    private static Map<String, Object> value(Column column) {
        Map<String, Object> shape = new LinkedHashMap<>(
                switch (column.type()) {
                    case TEXT, ADDRESS -> nullable(text());
                    case NUMBER, PACKETS, BYTES, PORT, MILLISECONDS, NANOSECONDS -> nullable(integer());
                    case REAL, PERCENT, PACKETS_PER_SECOND, BITS_PER_SECOND -> nullable(number());
                    case TIME -> nullable(time());
                    case BOOLEAN -> nullable(bool());
                    case LIST -> nullable(array(text()));
                    case OBJECT -> Map.of("type", List.of("object", "array"));
                });
        shape.put("description", column.description());
        String unit = Units.unit(column.type());
        if (!unit.isEmpty()) {
            shape.put("x-unit", unit);
        }
        return shape;
    }

    /** Keys and values in turn, kept in this order. */
    public static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
