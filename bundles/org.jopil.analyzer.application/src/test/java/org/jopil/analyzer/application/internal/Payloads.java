// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.event.PayloadBatch;
import org.jopil.api.source.Applications.Flow;

/** A batch of payloads, each as the kernel would tell it. */
final class Payloads implements PayloadBatch {
    private record Row(long timestampNs, Flow sent, int tcpSequence, int payloadBytes, byte[] data) {}

    private final List<Row> rows = new ArrayList<>();

    private static long[] address(String text) {
        return Addresses.parse(text).orElseThrow();
    }

    Payloads add(long ns, int ipProtocol, String src, int srcPort, String dst, int dstPort, byte[] data) {
        long[] from = address(src);
        long[] to = address(dst);
        Flow sent = new Flow(1, 0, 0, ipProtocol, from[0], from[1], srcPort, to[0], to[1], dstPort);
        return add(ns, sent, 1, data.length, data);
    }

    /** {@code data} is what was captured. */
    Payloads add(long ns, Flow sent, int tcpSequence, int payloadBytes, byte[] data) {
        rows.add(new Row(ns, sent, tcpSequence, payloadBytes, data));
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
        return rows.get(row).sent.interfaceId();
    }

    @Override
    public Direction direction(int row) {
        return Direction.INGRESS;
    }

    @Override
    public int vlan(int row) {
        return rows.get(row).sent.vlan();
    }

    @Override
    public int innerVlan(int row) {
        return rows.get(row).sent.innerVlan();
    }

    @Override
    public int ipProtocol(int row) {
        return rows.get(row).sent.ipProtocol();
    }

    @Override
    public long srcHi(int row) {
        return rows.get(row).sent.srcHi();
    }

    @Override
    public long srcLo(int row) {
        return rows.get(row).sent.srcLo();
    }

    @Override
    public long dstHi(int row) {
        return rows.get(row).sent.dstHi();
    }

    @Override
    public long dstLo(int row) {
        return rows.get(row).sent.dstLo();
    }

    @Override
    public int srcPort(int row) {
        return rows.get(row).sent.srcPort();
    }

    @Override
    public int dstPort(int row) {
        return rows.get(row).sent.dstPort();
    }

    @Override
    public int tcpFlags(int row) {
        return 0x18;
    }

    @Override
    public int tcpSequence(int row) {
        return rows.get(row).tcpSequence;
    }

    @Override
    public int payloadBytes(int row) {
        return rows.get(row).payloadBytes;
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
