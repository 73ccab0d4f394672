// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PayloadBatch;

/** A batch of payloads, each as the kernel would tell it. */
final class Payloads implements PayloadBatch {
    private record Row(long timestampNs, int ipProtocol, long src, int srcPort, long dst, int dstPort, byte[] data) {}

    private final List<Row> rows = new ArrayList<>();

    private static long address(String text) {
        return Addresses.parse(text).orElseThrow()[1];
    }

    Payloads add(long ns, int ipProtocol, String src, int srcPort, String dst, int dstPort, byte[] data) {
        rows.add(new Row(ns, ipProtocol, address(src), srcPort, address(dst), dstPort, data));
        return this;
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public long firstSequence() {
        return 0;
    }

    @Override
    public long lostBefore() {
        return 0;
    }

    @Override
    public long timestampNs(int row) {
        return rows.get(row).timestampNs;
    }

    @Override
    public int interfaceId(int row) {
        return 1;
    }

    @Override
    public Direction direction(int row) {
        return Direction.INGRESS;
    }

    @Override
    public int vlan(int row) {
        return 0;
    }

    @Override
    public int innerVlan(int row) {
        return 0;
    }

    @Override
    public int ipProtocol(int row) {
        return rows.get(row).ipProtocol;
    }

    @Override
    public long srcHi(int row) {
        return 0;
    }

    @Override
    public long srcLo(int row) {
        return rows.get(row).src;
    }

    @Override
    public long dstHi(int row) {
        return 0;
    }

    @Override
    public long dstLo(int row) {
        return rows.get(row).dst;
    }

    @Override
    public int srcPort(int row) {
        return rows.get(row).srcPort;
    }

    @Override
    public int dstPort(int row) {
        return rows.get(row).dstPort;
    }

    @Override
    public int tcpFlags(int row) {
        return 0x18;
    }

    @Override
    public int tcpSequence(int row) {
        return 1;
    }

    @Override
    public int payloadBytes(int row) {
        return rows.get(row).data.length;
    }

    @Override
    public int capturedLength(int row) {
        return rows.get(row).data.length;
    }

    @Override
    public int copyCaptured(int row, byte[] destination, int at) {
        System.arraycopy(rows.get(row).data, 0, destination, at, rows.get(row).data.length);
        return rows.get(row).data.length;
    }
}
