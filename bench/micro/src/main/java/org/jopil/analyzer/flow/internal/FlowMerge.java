// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.source.FlowSource;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.FlowWriter;

/** The flow analyzer's table, for a benchmark of another package; its rows go nowhere. */
public final class FlowMerge {
    private final FlowWriter nowhere = new FlowWriter() {
        private final FlowColumns columns = new FlowColumns();

        @Override
        public FlowColumns columns() {
            return columns;
        }

        @Override
        public void publish() {
            columns.size = 0;
        }
    };
    private final FlowTracker tracker;

    /** {@code flows}: most that it keeps. */
    public FlowMerge(int flows) {
        tracker = new FlowTracker(nowhere, Settings.of(15, 60, 2, 900, 20_000, flows, flows));
    }

    /** Before the first change of a scan. */
    public void begin(long epochNs) {
        tracker.beginScan(epochNs);
    }

    public FlowSource.Visitor visitor() {
        return tracker::merge;
    }

    /** After the last change of a scan: tells the rows and closes what is over. */
    public void end() {
        tracker.endScan();
    }

    public int live() {
        return tracker.live().size();
    }
}
