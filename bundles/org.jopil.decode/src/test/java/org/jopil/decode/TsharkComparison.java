// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Every field of the list, all its values in a frame in their order, beside those of tshark. */
final class TsharkComparison {
    /** Wireshark has other names for the tags of 802.1ad; ours are those of 802.1Q. */
    private static final Map<String, String> SERVICE_TAG = Map.of(
            "vlan.priority", "ieee8021ad.priority",
            "vlan.dei", "ieee8021ad.dei",
            "vlan.id", "ieee8021ad.id",
            "vlan.etype", "ieee8021ah.etype");

    /** The options of IPv4 that Wireshark has a field for; of others it shows the bytes only. */
    private static final Set<String> IP_OPTIONS =
            Set.of("0", "1", "7", "11", "12", "25", "68", "82", "130", "131", "133", "134", "136", "137", "148", "149");

    private final List<FieldList.Field> fields = FieldList.all();
    private long values;

    /** Values that were compared so far: one of ours, or one of tshark's that we do not have. */
    long values() {
        return values;
    }

    /** What tshark has to be asked for. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        fields.forEach(field -> names.add(field.name()));
        names.addAll(SERVICE_TAG.values());
        return names;
    }

    /** Field → how it differs. {@code expected}: tshark's values by field name. */
    Map<String, String> differences(Layers layers, Map<String, List<String>> expected) {
        Map<String, List<String>> ours = new LinkedHashMap<>();
        collect(layers, ours);
        Map<String, String> differences = new LinkedHashMap<>();
        for (FieldList.Field field : fields) {
            List<String> found = ours.getOrDefault(field.name(), List.of());
            ours.remove(field.name());
            List<String> wanted = new ArrayList<>();
            if (SERVICE_TAG.containsKey(field.name())) {
                wanted.addAll(expected.get(SERVICE_TAG.get(field.name())));
            }
            wanted.addAll(expected.get(field.name()));
            if (field.name().equals("ip.version")) {
                // Wireshark has it in IPv6 too, beside ipv6.version
                expected.get("ipv6.version").forEach(wanted::remove);
            }
            if (field.name().equals("ip.opt.type")) {
                found = found.stream().filter(IP_OPTIONS::contains).toList();
            }
            if (field.name().equals("tcp.option_kind")) {
                // Wireshark calls every byte of the padding an option
                wanted.removeIf("0"::equals);
            }
            values += Math.max(found.size(), wanted.size());
            if (!found.equals(wanted)) {
                differences.put(field.name(), "ours " + found + ", tshark's " + wanted);
            }
        }
        ours.forEach((name, value) -> differences.put(name, "not in the list"));
        return differences;
    }

    private static void collect(Layers layers, Map<String, List<String>> into) {
        for (String name : layers.names()) {
            Object layer = layers.get(name);
            if (layer instanceof List<?> entries) {
                entries.forEach(entry -> collect((Map<?, ?>) entry, into));
            } else {
                collect((Map<?, ?>) layer, into);
            }
        }
        if (layers.inner() != null) {
            collect(layers.inner(), into);
        }
    }

    private static void collect(Map<?, ?> fields, Map<String, List<String>> into) {
        fields.forEach((name, value) -> {
            List<String> values = into.computeIfAbsent((String) name, key -> new ArrayList<>());
            if (value instanceof List<?> several) {
                several.forEach(each -> values.add(text((String) name, each)));
            } else {
                values.add(text((String) name, value));
            }
        });
    }

    /** As {@code -T fields} writes it: bytes without the colons of {@code -T json}. */
    private static String text(String name, Object value) {
        if (value instanceof Boolean truth) {
            return truth ? "1" : "0";
        }
        return name.startsWith("tcp.options") ? value.toString().replace(":", "") : value.toString();
    }
}
