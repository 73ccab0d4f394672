// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.HashMap;
import java.util.Map;
import org.jopil.bus.PacketColumns;

/** Records of 64 bytes, as a ring has them, decoded to what each kind of bus carries. */
final class Source {
    private static final int RECORDS = 4096;
    private static final int WORDS = 8;
    private static final long[] MEMORY = new long[RECORDS * WORDS];

    static {
        for (int i = 0; i < MEMORY.length; i++) {
            MEMORY[i] = i * 0x9e37_79b9_7f4a_7c15L;
        }
    }

    private Source() {}

    private static int at(int event) {
        return (event & RECORDS - 1) * WORDS;
    }

    static void read(int event, PacketColumns columns, int row) {
        int at = at(event);
        columns.timestampNs[row] = MEMORY[at];
        columns.weight[row] = (int) MEMORY[at + 1];
        columns.wireBytes[row] = (int) (MEMORY[at + 1] >>> 32);
        columns.interfaceId[row] = (int) MEMORY[at + 2];
        columns.ipProtocol[row] = (short) (MEMORY[at + 2] >>> 32);
        columns.tcpFlags[row] = (byte) (MEMORY[at + 2] >>> 48);
        columns.srcLo[row] = MEMORY[at + 3];
        columns.dstLo[row] = MEMORY[at + 4];
        columns.srcPort[row] = (char) MEMORY[at + 5];
        columns.dstPort[row] = (char) (MEMORY[at + 5] >>> 16);
    }

    /** An event of the Disruptor. */
    static final class Entry {
        long timestampNs;
        int weight;
        int wireBytes;
        int interfaceId;
        short ipProtocol;
        byte tcpFlags;
        long srcLo;
        long dstLo;
        char srcPort;
        char dstPort;
    }

    static void read(int event, Entry entry) {
        int at = at(event);
        entry.timestampNs = MEMORY[at];
        entry.weight = (int) MEMORY[at + 1];
        entry.wireBytes = (int) (MEMORY[at + 1] >>> 32);
        entry.interfaceId = (int) MEMORY[at + 2];
        entry.ipProtocol = (short) (MEMORY[at + 2] >>> 32);
        entry.tcpFlags = (byte) (MEMORY[at + 2] >>> 48);
        entry.srcLo = MEMORY[at + 3];
        entry.dstLo = MEMORY[at + 4];
        entry.srcPort = (char) MEMORY[at + 5];
        entry.dstPort = (char) (MEMORY[at + 5] >>> 16);
    }

    /** As an {@code org.osgi.service.event.Event} has it. */
    static Map<String, Object> read(int event) {
        int at = at(event);
        Map<String, Object> properties = new HashMap<>();
        properties.put("timestamp", MEMORY[at]);
        properties.put("weight", (int) MEMORY[at + 1]);
        properties.put("bytes", (int) (MEMORY[at + 1] >>> 32));
        properties.put("interface", (int) MEMORY[at + 2]);
        properties.put("protocol", (short) (MEMORY[at + 2] >>> 32));
        properties.put("flags", (byte) (MEMORY[at + 2] >>> 48));
        properties.put("src", MEMORY[at + 3]);
        properties.put("dst", MEMORY[at + 4]);
        properties.put("src_port", (int) (char) MEMORY[at + 5]);
        properties.put("dst_port", (int) (char) (MEMORY[at + 5] >>> 16));
        return properties;
    }
}
