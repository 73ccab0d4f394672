// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * IEEE 802.1Q tags. The service tag of 802.1ad has the same fields under the same names here; Wireshark calls them
 * {@code ieee8021ad.*}.
 */
final class VlanLayer {
    static final int BYTES = 4;

    private VlanLayer() {}

    /** Returns the EtherType after the tag: 0 for LLC, -1 if that was not captured. */
    static int read(Bytes bytes, int at, Layers layers) {
        if (!bytes.has(at, 2)) {
            return -1;
        }
        int next = bytes.has(at + 2, 2) ? bytes.u16(at + 2) : -1;
        layers.add("vlan", tag(bytes.u16(at), next), new Fields(bytes, at).position(BYTES));
        return next < 0 ? -1 : EtherTypes.orLlc(next);
    }

    /** {@code next}: type or length after the tag, -1 if it was not captured. */
    static Map<String, Object> tag(int control, int next) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("vlan.priority", (long) (control >>> 13));
        fields.put("vlan.dei", (control & 0x1000) != 0);
        fields.put("vlan.id", (long) (control & 0xFFF));
        if (next >= EtherTypes.SMALLEST) {
            fields.put("vlan.etype", Fields.hex(next, 4));
        } else if (next >= 0) {
            fields.put("vlan.len", (long) next);
        }
        return fields;
    }
}
