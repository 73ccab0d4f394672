// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jopil.api.event.Protocols;

/** What the registries call the values of a frame's fields: EtherTypes, protocols, ports, options, vendors. Any thread. */
public final class ValueNames {
    private static final Map<String, Map<String, String>> VALUES = read();

    /** Fields that share a table. */
    private static final Map<String, String> TABLES = Map.ofEntries(
            Map.entry("eth.type", "ethertype"),
            Map.entry("vlan.etype", "ethertype"),
            Map.entry("llc.type", "ethertype"),
            Map.entry("arp.proto.type", "ethertype"),
            Map.entry("gre.proto", "ethertype"),
            Map.entry("geneve.proto_type", "ethertype"),
            Map.entry("ip.dsfield.dscp", "dscp"),
            Map.entry("ipv6.tclass.dscp", "dscp"),
            Map.entry("ip.dsfield.ecn", "ecn"),
            Map.entry("ipv6.tclass.ecn", "ecn"),
            Map.entry("ip.checksum.status", "checksum"),
            Map.entry("udp.checksum.status", "checksum"));

    private ValueNames() {}

    /**
     * Field → name of its value, of all layers but the inner ones; fields whose value has no name are left out. Where a field
     * has several values, or its layer is a list, a list: the name of each, or the value itself as text.
     */
    public static Map<String, Object> of(Layers layers) {
        Map<String, Object> names = new LinkedHashMap<>();
        for (String layer : layers.names()) {
            if (layers.get(layer) instanceof Map<?, ?> fields) {
                fields.forEach((field, value) -> put((String) field, value, fields, names));
            } else if (layers.get(layer) instanceof List<?> tags) {
                putEach(tags, names);
            }
        }
        return names;
    }

    private static void putEach(List<?> tags, Map<String, Object> names) {
        Set<Object> fields = new LinkedHashSet<>();
        tags.forEach(tag -> fields.addAll(((Map<?, ?>) tag).keySet()));
        for (Object field : fields) {
            List<String> each = new ArrayList<>();
            boolean named = false;
            for (Object tag : tags) {
                Map<?, ?> layer = (Map<?, ?>) tag;
                Object value = layer.get(field);
                String name = value == null ? "" : name((String) field, value, layer);
                named |= value != null && name != null;
                each.add(name == null ? value.toString() : name);
            }
            if (named) {
                names.put((String) field, each);
            }
        }
    }

    private static void put(String field, Object value, Map<?, ?> layer, Map<String, Object> names) {
        if (value instanceof List<?> several) {
            List<String> each = several.stream()
                    .map(one -> Objects.requireNonNullElse(name(field, one, layer), one.toString()))
                    .toList();
            names.put(field, each);
            return;
        }
        String name = name(field, value, layer);
        if (name != null) {
            names.put(field, name);
        }
    }

    private static String name(String field, Object value, Map<?, ?> layer) {
        return switch (field) {
            case "eth.src", "eth.dst", "arp.src.hw_mac", "arp.dst.hw_mac" -> MacVendors.name((String) value);
            case "ip.proto", "ipv6.nxt" -> Protocols.name(((Long) value).intValue());
            case "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport", "sctp.srcport", "sctp.dstport" -> Services
                    .name(field.substring(0, field.indexOf('.')), ((Long) value).intValue());
            case "icmp.code" -> value("icmp.code", layer.get("icmp.type") + "." + value);
            case "icmpv6.code" -> value("icmpv6.code", layer.get("icmpv6.type") + "." + value);
            default -> value(TABLES.getOrDefault(field, field), value.toString());
        };
    }

    private static String value(String table, String value) {
        return VALUES.getOrDefault(table, Map.of()).get(value);
    }

    private static Map<String, Map<String, String>> read() {
        Map<String, Map<String, String>> values = new HashMap<>();
        Table.read("names/values.tsv", columns -> values.computeIfAbsent(columns[0], kind -> new HashMap<>())
                .put(columns[1], columns[2]));
        return values;
    }
}
