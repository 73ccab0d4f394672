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

    private final Map<String, Object> layers = new LinkedHashMap<>();
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

    /** Every layer under its name, {@code names} of their values, and {@code inner} likewise. */
    public Map<String, Object> tree() {
        Map<String, Object> tree = new LinkedHashMap<>(layers);
        Map<String, Object> names = ValueNames.of(this);
        if (!names.isEmpty()) {
            tree.put("names", names);
        }
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

    void put(String layer, Map<String, Object> fields) {
        layers.put(layer, fields);
    }

    /** One more of a layer that may be there several times. */
    @SuppressWarnings("unchecked")
    void add(String layer, Map<String, Object> fields) {
        ((List<Map<String, Object>>) layers.computeIfAbsent(layer, name -> new ArrayList<>())).add(fields);
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
