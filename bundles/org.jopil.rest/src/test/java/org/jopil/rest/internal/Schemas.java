// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** As much of JSON Schema as the answers are described with. */
final class Schemas {
    private Schemas() {}

    /** What does not fit; empty if all does. */
    static List<String> mistakes(String at, Object value, Map<?, ?> schema) {
        List<String> mistakes = new ArrayList<>();
        if (schema.get("anyOf") instanceof List<?> choices) {
            for (Object choice : choices) {
                List<String> one = mistakes(at, value, (Map<?, ?>) choice);
                if (one.isEmpty()) {
                    return List.of();
                }
                mistakes.addAll(one);
            }
            return mistakes;
        }
        Object type = schema.get("type");
        List<?> types = type == null ? List.of() : type instanceof List<?> several ? several : List.of(type);
        String found = type(value);
        if (!types.isEmpty() && !types.contains(found) && !(found.equals("integer") && types.contains("number"))) {
            return List.of(at + " is " + found + ", not " + types);
        }
        if (schema.get("enum") instanceof List<?> choices && !choices.contains(value)) {
            mistakes.add(at + " is " + value);
        }
        if (value instanceof Map<?, ?> object) {
            object(at, object, schema, mistakes);
        }
        if (value instanceof List<?> list && schema.get("items") instanceof Map<?, ?> items) {
            list.forEach(element -> mistakes.addAll(mistakes(at + "[]", element, items)));
        }
        return mistakes;
    }

    private static void object(String at, Map<?, ?> object, Map<?, ?> schema, List<String> mistakes) {
        if (schema.get("required") instanceof List<?> required) {
            required.stream()
                    .filter(name -> !object.containsKey(name))
                    .forEach(name -> mistakes.add(at + " lacks " + name));
        }
        Map<?, ?> properties = schema.get("properties") instanceof Map<?, ?> map ? map : Map.of();
        object.forEach((name, member) -> {
            if (properties.get(name) instanceof Map<?, ?> known) {
                mistakes.addAll(mistakes(at + "." + name, member, known));
            } else if (Boolean.FALSE.equals(schema.get("additionalProperties"))) {
                mistakes.add(at + " has " + name);
            } else if (schema.get("additionalProperties") instanceof Map<?, ?> any) {
                mistakes.addAll(mistakes(at + "." + name, member, any));
            }
        });
    }

    private static String type(Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Map) {
            return "object";
        }
        if (value instanceof List) {
            return "array";
        }
        if (value instanceof Boolean) {
            return "boolean";
        }
        return value instanceof Long ? "integer" : value instanceof Number ? "number" : "string";
    }
}
