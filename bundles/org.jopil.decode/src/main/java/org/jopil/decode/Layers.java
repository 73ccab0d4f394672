// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the headers of one frame say, layer by layer, outermost first. What a tunnel carries, or an ICMP error quotes, is
 * {@link #inner}, again with layers.
 */
public final class Layers {
    /** Deeper tunnels are not followed: a crafted frame of 64 KiB could hold thousands. */
    private static final int DEEPEST = 8;

    /** Where a header stands in the captured bytes. */
    record Position(int offset, int length) {
        private Map<String, Object> tree() {
            Map<String, Object> tree = new LinkedHashMap<>();
            tree.put("offset", (long) offset);
            tree.put("length", (long) length);
            return tree;
        }
    }

    private final Map<String, Object> layers = new LinkedHashMap<>();
    private final Map<String, List<Position>> positions = new LinkedHashMap<>();
    private final int depth;
    private Layers inner;
    String info = "";
    int headerEnd;

    Layers() {
        this(0);
    }

    private Layers(int depth) {
        this.depth = depth;
    }

    /**
     * The layer with Wireshark's name for it: its fields, or null if it is not there or nothing of it was captured. VLAN
     * tags and MPLS entries are a list, outermost first.
     */
    public Object get(String layer) {
        return layers.get(layer);
    }

    /** Names of the layers that are there, in their order. */
    public Iterable<String> names() {
        return layers.keySet();
    }

    /** What is carried or quoted; null if it is nothing that is known, or was not captured. */
    public Layers inner() {
        return inner;
    }

    /**
     * Where the header of each layer stands, without those of {@link #inner}: {@code offset} from the first captured byte
     * and {@code length} of what was captured of it. For a layer that is a list a list, with null for the tag that came
     * beside the frame.
     */
    public Map<String, Object> positions() {
        Map<String, Object> told = new LinkedHashMap<>();
        positions.forEach((layer, each) -> {
            List<Object> trees = new ArrayList<>();
            each.forEach(position -> trees.add(position == null ? null : position.tree()));
            told.put(layer, layers.get(layer) instanceof List<?> ? trees : trees.get(0));
        });
        return told;
    }

    /** Every layer under its name, {@code names} of their values, {@code positions}, and {@code inner} likewise. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>(layers);
        Map<String, Object> names = ValueNames.of(this);
        if (!names.isEmpty()) {
            tree.put("names", names);
        }
        tree.put("positions", positions());
        if (inner != null) {
            tree.put("inner", inner.tree());
        }
        return tree;
    }

    /** What tcpdump writes after the addresses. */
    public String info() {
        return info;
    }

    /** Offset after the last header that was read. */
    public int headerEnd() {
        return inner == null ? headerEnd : Math.max(headerEnd, inner.headerEnd());
    }

    /** Takes checksums and what became of them away, for a frame that is not as it was on the wire. */
    public void withoutChecksums() {
        for (Object layer : layers.values()) {
            if (layer instanceof Map<?, ?> fields) {
                fields.keySet()
                        .removeIf(field -> field.toString().endsWith(".checksum")
                                || field.toString().endsWith(".checksum.status"));
            }
        }
        if (inner != null) {
            inner.withoutChecksums();
        }
    }

    /** {@code length}: of its header, as far as it is known by now; see {@link #extend}. */
    void put(String layer, Fields fields, int length) {
        layers.put(layer, fields.values());
        positions.put(layer, new ArrayList<>(List.of(fields.position(length))));
    }

    /** The header of a layer that was put goes on up to {@code end}, an offset. */
    void extend(String layer, int end) {
        List<Position> place = positions.get(layer);
        int offset = place.get(0).offset();
        place.set(0, new Position(offset, end - offset));
    }

    /** One more of a layer that may be there several times; a null position is one beside the frame. */
    @SuppressWarnings("unchecked")
    void add(String layer, Map<String, Object> fields, Position position) {
        ((List<Map<String, Object>>) layers.computeIfAbsent(layer, name -> new ArrayList<>())).add(fields);
        positions.computeIfAbsent(layer, name -> new ArrayList<>()).add(position);
    }

    /** The fields of a layer, made if need be. */
    @SuppressWarnings("unchecked")
    Map<String, Object> of(String layer) {
        return (Map<String, Object>) layers.computeIfAbsent(layer, name -> new LinkedHashMap<>());
    }

    /** Starts what is carried or quoted; null if that is too deep. */
    Layers carry() {
        if (depth == DEEPEST) {
            return null;
        }
        inner = new Layers(depth + 1);
        return inner;
    }
}
