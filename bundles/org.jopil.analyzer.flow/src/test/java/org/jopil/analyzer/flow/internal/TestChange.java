// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.Addresses;
import org.jopil.api.event.Direction;
import org.jopil.api.source.FlowSource;

/** A change made by hand. */
final class TestChange implements FlowSource.Change {
    static final long SECOND = 1_000_000_000L;

    int interfaceId = 1;
    int vlan;
    int innerVlan;
    int ipProtocol = 6;
    boolean fragment;
    long srcHi;
    long srcLo;
    long dstHi;
    long dstLo;
    int srcPort;
    int dstPort;
    long packets = 1;
    long bytes = 60;
    long firstNs;
    long lastNs;
    int firstFlags;
    int flags;

    static TestChange of(int protocol, String src, int srcPort, String dst, int dstPort) {
        TestChange change = new TestChange();
        change.ipProtocol = protocol;
        long[] source = Addresses.parse(src).orElseThrow();
        long[] destination = Addresses.parse(dst).orElseThrow();
        change.srcHi = source[0];
        change.srcLo = source[1];
        change.dstHi = destination[0];
        change.dstLo = destination[1];
        change.srcPort = srcPort;
        change.dstPort = dstPort;
        return change;
    }

    TestChange at(double firstS, double lastS) {
        firstNs = ns(firstS);
        lastNs = ns(lastS);
        return this;
    }

    static long ns(double seconds) {
        return Math.round(seconds * 1e9);
    }

    TestChange counts(long morePackets, long moreBytes) {
        packets = morePackets;
        bytes = moreBytes;
        return this;
    }

    TestChange flags(int first, int all) {
        firstFlags = first;
        flags = all;
        return this;
    }

    TestChange on(int id, int outer, int inner) {
        interfaceId = id;
        vlan = outer;
        innerVlan = inner;
        return this;
    }

    @Override
    public int interfaceId() {
        return interfaceId;
    }

    @Override
    public Direction direction() {
        return Direction.INGRESS;
    }

    @Override
    public int vlan() {
        return vlan;
    }

    @Override
    public int innerVlan() {
        return innerVlan;
    }

    @Override
    public int ipProtocol() {
        return ipProtocol;
    }

    @Override
    public boolean isFragment() {
        return fragment;
    }

    @Override
    public long srcHi() {
        return srcHi;
    }

    @Override
    public long srcLo() {
        return srcLo;
    }

    @Override
    public long dstHi() {
        return dstHi;
    }

    @Override
    public long dstLo() {
        return dstLo;
    }

    @Override
    public int srcPort() {
        return srcPort;
    }

    @Override
    public int dstPort() {
        return dstPort;
    }

    @Override
    public long packets() {
        return packets;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public long firstSeenNs() {
        return firstNs;
    }

    @Override
    public long lastSeenNs() {
        return lastNs;
    }

    @Override
    public int firstTcpFlags() {
        return firstFlags;
    }

    @Override
    public int tcpFlags() {
        return flags;
    }
}
