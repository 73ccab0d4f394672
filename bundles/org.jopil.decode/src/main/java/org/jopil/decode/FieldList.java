// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.ArrayList;
import java.util.List;

/** Every header field that the decoder knows: the file {@code fields.tsv}, in its order. */
public final class FieldList {
    private static final List<Field> ALL = read();

    /**
     * One field.
     *
     * @param name Wireshark's
     * @param type number, hex, flag, mac, ipv4, ipv6 or bytes
     * @param repeats whether one header may have several, which are a list then
     * @param meaning one line, with the unit
     * @param source RFC or standard
     */
    public record Field(String name, String type, boolean repeats, String meaning, String source) {
        /** Name of the layer that has it. */
        public String layer() {
            return name.substring(0, name.indexOf('.'));
        }
    }

    private FieldList() {}

    public static List<Field> all() {
        return ALL;
    }

    private static List<Field> read() {
        List<Field> fields = new ArrayList<>();
        Table.read("fields.tsv", columns -> {
            boolean repeats = columns[1].endsWith("*");
            String type = repeats ? columns[1].substring(0, columns[1].length() - 1) : columns[1];
            fields.add(new Field(columns[0], type, repeats, columns[2], columns[3]));
        });
        return List.copyOf(fields);
    }
}
