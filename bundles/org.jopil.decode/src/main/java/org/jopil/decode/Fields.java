// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.Addresses;

/**
 * The fields of one layer under Wireshark's names: numbers where Wireshark shows decimals, text as Wireshark writes it
 * where it shows hexadecimals and addresses, booleans for single bits. What lies beyond the captured bytes stays out.
 */
final class Fields {
    private final Bytes bytes;
    private final int start;
    private final Map<String, Object> values;

    /** {@code start} is the offset of the layer; all other offsets count from there. */
    Fields(Bytes bytes, int start) {
        this(bytes, start, new LinkedHashMap<>());
    }

    /** More fields of a layer that has some. */
    Fields(Bytes bytes, int start, Map<String, Object> values) {
        this.bytes = bytes;
        this.start = start;
        this.values = values;
    }

    /** The next {@code length} bytes from the layer's start on, as far as they were captured. */
    Layers.Position position(int length) {
        return new Layers.Position(start, Math.max(0, Math.min(length, bytes.length() - start)));
    }

    Map<String, Object> values() {
        return values;
    }

    void put(String name, Object value) {
        values.put(name, value);
    }

    /** One more value of a field that a header may have several times; a list as soon as there are two. */
    @SuppressWarnings("unchecked")
    void add(String name, Object value) {
        Object before = values.putIfAbsent(name, value);
        if (before instanceof List<?> list) {
            ((List<Object>) list).add(value);
        } else if (before != null) {
            values.put(name, new ArrayList<>(List.of(before, value)));
        }
    }

    void u8(String name, int at) {
        if (has(at, 1)) {
            put(name, (long) bytes.u8(start + at));
        }
    }

    void u16(String name, int at) {
        if (has(at, 2)) {
            put(name, (long) bytes.u16(start + at));
        }
    }

    void u32(String name, int at) {
        if (has(at, 4)) {
            put(name, bytes.u32(start + at));
        }
    }

    void hex8(String name, int at) {
        if (has(at, 1)) {
            put(name, hex(bytes.u8(start + at), 2));
        }
    }

    void hex16(String name, int at) {
        if (has(at, 2)) {
            put(name, hex(bytes.u16(start + at), 4));
        }
    }

    void hex32(String name, int at) {
        if (has(at, 4)) {
            put(name, hex(bytes.u32(start + at), 8));
        }
    }

    /** Some bits of the byte at {@code at}. */
    void bits(String name, int at, int shift, int mask) {
        if (has(at, 1)) {
            put(name, (long) (bytes.u8(start + at) >>> shift & mask));
        }
    }

    /** One bit of the byte at {@code at}. */
    void flag(String name, int at, int mask) {
        if (has(at, 1)) {
            put(name, (bytes.u8(start + at) & mask) != 0);
        }
    }

    void mac(String name, int at) {
        colons(name, at, 6);
    }

    void colons(String name, int at, int count) {
        if (has(at, count)) {
            put(name, bytes.colons(start + at, count));
        }
    }

    void ipv4(String name, int at) {
        if (has(at, 4)) {
            put(name, Addresses.text(0, Addresses.mapped((int) bytes.u32(start + at))));
        }
    }

    void ipv6(String name, int at) {
        if (has(at, 16)) {
            put(name, Addresses.text(bytes.u64(start + at), bytes.u64(start + at + 8)));
        }
    }

    static String hex(long value, int digits) {
        String text = Long.toHexString(value);
        return "0x" + "0".repeat(Math.max(0, digits - text.length())) + text;
    }

    private boolean has(int at, int count) {
        return bytes.has(start + at, count);
    }
}
