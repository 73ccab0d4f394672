// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import org.jopil.api.event.Direction;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Privacy;

/** A source's flows with pseudonyms where addresses are hidden; everything else is as it comes from there. */
final class HiddenFlows implements FlowSource {
    private final FlowSource source;
    private final Privacy privacy;

    HiddenFlows(FlowSource source, Privacy privacy) {
        this.source = source;
        this.privacy = privacy;
    }

    @Override
    public Claim claim() {
        return new HiddenClaim(source.claim(), privacy);
    }

    private static final class HiddenClaim implements Claim {
        private final Claim claim;
        private final HiddenChange change;

        HiddenClaim(Claim claim, Privacy privacy) {
            this.claim = claim;
            this.change = new HiddenChange(privacy);
        }

        @Override
        public int scan(Visitor visitor) {
            change.visitor = visitor;
            return claim.scan(change);
        }

        @Override
        public boolean urgent() {
            return claim.urgent();
        }

        @Override
        public void overflow(OverflowVisitor visitor) {
            claim.overflow(visitor);
        }

        @Override
        public long nowNs() {
            return claim.nowNs();
        }

        @Override
        public boolean isRecorded() {
            return claim.isRecorded();
        }

        @Override
        public void close() {
            claim.close();
        }
    }

    /** A cursor over a cursor, and the visitor that moves it. One thread: that of the claim. */
    private static final class HiddenChange implements Change, Visitor {
        private static final int SRC = 0;
        private static final int DST = 1;

        private final Privacy privacy;
        private final long[] hi = new long[2];
        private final long[] lo = new long[2];
        private Visitor visitor;
        private Change change;

        HiddenChange(Privacy privacy) {
            this.privacy = privacy;
        }

        @Override
        public void flow(Change next) {
            change = next;
            hi[SRC] = next.srcHi();
            lo[SRC] = next.srcLo();
            hi[DST] = next.dstHi();
            lo[DST] = next.dstLo();
            privacy.hide(hi, lo, SRC);
            privacy.hide(hi, lo, DST);
            visitor.flow(this);
        }

        @Override
        public int interfaceId() {
            return change.interfaceId();
        }

        @Override
        public Direction direction() {
            return change.direction();
        }

        @Override
        public int vlan() {
            return change.vlan();
        }

        @Override
        public int innerVlan() {
            return change.innerVlan();
        }

        @Override
        public int ipProtocol() {
            return change.ipProtocol();
        }

        @Override
        public boolean isFragment() {
            return change.isFragment();
        }

        @Override
        public long srcHi() {
            return hi[SRC];
        }

        @Override
        public long srcLo() {
            return lo[SRC];
        }

        @Override
        public long dstHi() {
            return hi[DST];
        }

        @Override
        public long dstLo() {
            return lo[DST];
        }

        @Override
        public int srcPort() {
            return change.srcPort();
        }

        @Override
        public int dstPort() {
            return change.dstPort();
        }

        @Override
        public long packets() {
            return change.packets();
        }

        @Override
        public long bytes() {
            return change.bytes();
        }

        @Override
        public long firstSeenNs() {
            return change.firstSeenNs();
        }

        @Override
        public long lastSeenNs() {
            return change.lastSeenNs();
        }

        @Override
        public int firstTcpFlags() {
            return change.firstTcpFlags();
        }

        @Override
        public int tcpFlags() {
            return change.tcpFlags();
        }
    }
}
