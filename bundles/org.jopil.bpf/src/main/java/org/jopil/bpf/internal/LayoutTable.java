// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The constants of a layout class, by name: made from BTF to generate the class, and again to check an object against it. */
public final class LayoutTable {
    private static final List<String> STRUCTS = List.of(
            "attachment_config",
            "control",
            "ring_control",
            "counters",
            "counter",
            "non_ip_key",
            "flow4_key",
            "flow4_slot",
            "flow4_bucket",
            "flow6_key",
            "flow6_slot",
            "flow6_bucket",
            "ack_bucket",
            "packet_event",
            "payload_event",
            "drop_key",
            "drop_count",
            "drop_config",
            "socket_owner",
            "owned_socket",
            "tcp_record",
            "tcp_sums",
            "drop_book",
            "drop_event",
            "drop_stack_config",
            "drop_stack",
            "drop_stack_book",
            "journey_config",
            "journey_control",
            "journey_trace",
            "latency_key",
            "histogram_window",
            "histogram",
            "journey_book",
            "journey_event",
            "journey_first_event",
            "softirq_times",
            "filter_scratch",
            "capture_config",
            "capture_book",
            "capture_event");

    private static final String PREFIX = "jopil_";
    private static final String SIZE = "_SIZE";

    private LayoutTable() {}

    /** Group, a struct or an enum, to its constants. */
    public static Map<String, Map<String, Integer>> of(Btf btf) {
        Map<String, Btf.Struct> structs = new LinkedHashMap<>();
        btf.structs().forEach(struct -> structs.put(struct.name(), struct));
        Map<String, Map<String, Integer>> table = new LinkedHashMap<>();
        for (String name : STRUCTS) {
            Btf.Struct struct = structs.get(name);
            if (struct != null) {
                table.put("struct " + name, constants(struct));
            }
        }
        btf.enums().forEach((name, values) -> {
            if (name.startsWith(PREFIX)) {
                Map<String, Integer> constants = new LinkedHashMap<>();
                values.forEach((value, number) -> constants.put(value.substring(PREFIX.length()), number));
                table.put("enum " + name, constants);
            }
        });
        return table;
    }

    private static Map<String, Integer> constants(Btf.Struct struct) {
        Map<String, Integer> constants = new LinkedHashMap<>();
        String stem = struct.name().toUpperCase(Locale.ROOT) + "_";
        constants.put(struct.name().toUpperCase(Locale.ROOT) + SIZE, struct.size());
        for (Btf.Member member : struct.members()) {
            if (!member.name().startsWith("reserved")) {
                String name = stem + member.name().toUpperCase(Locale.ROOT);
                constants.put(name + "_OFFSET", member.offset());
                if (member.elements() > 0) {
                    constants.put(name + "_LENGTH", member.elements());
                }
            }
        }
        return constants;
    }

    /** What is not the same in the class, one line; empty if all is. The class may have more than this object's. */
    public static String difference(Map<String, Map<String, Integer>> table, Class<?> layout) {
        Map<String, Integer> wanted = new LinkedHashMap<>();
        table.values().forEach(wanted::putAll);
        List<String> stems = table.values().stream()
                .flatMap(constants -> constants.keySet().stream())
                .filter(name -> name.endsWith(SIZE))
                .map(name -> name.substring(0, name.length() - SIZE.length() + 1))
                .toList();
        StringBuilder text = new StringBuilder();
        for (Field field : layout.getFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == int.class) {
                Integer there = wanted.remove(field.getName());
                int here = value(field);
                boolean concerns = there != null || stems.stream().anyMatch(field.getName()::startsWith);
                if (concerns && (there == null || there != here)) {
                    text.append(field.getName())
                            .append(" is ")
                            .append(here)
                            .append(" here, ")
                            .append(there == null ? "missing" : there)
                            .append(" in the object; ");
                }
            }
        }
        wanted.forEach((name, there) ->
                text.append(name).append(" is missing here, ").append(there).append(" in the object; "));
        return text.toString();
    }

    private static int value(Field field) {
        try {
            return field.getInt(null);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
