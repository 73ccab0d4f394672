// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.lang.reflect.Proxy;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.PacketBatch;
import org.jopil.api.event.Protocols;
import org.jopil.bus.PacketColumns;

/** One row at a time: a captured TCP frame with its addresses and ports, which the kernel's parser would tell. */
final class SegmentRows {
    private static final int CAPTURED = PacketColumns.CAPTURE_BYTES;

    byte[] data;
    int length;
    long timestampNs;
    boolean layer3;
    int vlan;
    long[] src;
    long[] dst;
    int srcPort;
    int dstPort;
    int weight = 1;
    /** None, as of a file. */
    int cpu = -1;

    long lostBefore;

    /** Of what the row is now. */
    final PacketBatch batch = (PacketBatch)
            Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {PacketBatch.class}, (proxy, m, a) -> {
                return switch (m.getName()) {
                    case "size", "interfaceId", "packets" -> 1;
                    case "lostBefore" -> lostBefore;
                    case "weight" -> weight;
                    case "ipProtocol" -> Protocols.TCP;
                    case "isFragment" -> false;
                    case "hasPorts" -> true;
                    case "capturedLength" -> Math.min(CAPTURED, data.length);
                    case "copyCaptured" -> copy((byte[]) a[1], (int) a[2]);
                    case "timestampNs" -> timestampNs;
                    case "cpu" -> cpu;
                    case "isLayer3" -> layer3;
                    case "acceleratedVlan" -> 0;
                    case "lengthBytes" -> length;
                    case "vlan" -> vlan;
                    case "srcHi" -> src[0];
                    case "srcLo" -> src[1];
                    case "dstHi" -> dst[0];
                    case "dstLo" -> dst[1];
                    case "srcPort" -> srcPort;
                    case "dstPort" -> dstPort;
                    default -> throw new UnsupportedOperationException(m.getName());
                };
            });

    private int copy(byte[] to, int at) {
        int bytes = Math.min(CAPTURED, data.length);
        System.arraycopy(data, 0, to, at, bytes);
        return bytes;
    }

    void ends(String from, int fromPort, String to, int toPort) {
        src = Addresses.parse(from).orElseThrow();
        dst = Addresses.parse(to).orElseThrow();
        srcPort = fromPort;
        dstPort = toPort;
    }

    boolean fromA() {
        return FlowKeys.inOrder(src[0], src[1], srcPort, dst[0], dst[1], dstPort);
    }

    /** What the tracker has of the row's connection. */
    SegmentedConnection in(SegmentTracker tracker, int innerVlan) {
        long meta = FlowKeys.meta(1, vlan, innerVlan, Protocols.TCP, false, false);
        boolean fromA = fromA();
        long[] a = fromA ? src : dst;
        long[] b = fromA ? dst : src;
        int ports = fromA ? srcPort << 16 | dstPort : dstPort << 16 | srcPort;
        int hash = FlowKeys.hash(meta, a[0], a[1], b[0], b[1], ports);
        return tracker.find(hash, meta, a[0], a[1], b[0], b[1], ports);
    }
}
