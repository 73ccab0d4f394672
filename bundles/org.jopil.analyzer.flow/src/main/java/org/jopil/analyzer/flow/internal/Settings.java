// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.source.MemoryPlan;

/** Limits of the flow analyzer. */
record Settings(
        long idleNs, long activeNs, long closedNs, long keptNs, int keptFlows, int mostFlows, int mostHalfOpen) {

    static final long SECOND_NS = 1_000_000_000L;

    static final Settings DEFAULT = of(
            FlowAnalyzer.Config.IDLE_S,
            FlowAnalyzer.Config.ACTIVE_S,
            FlowAnalyzer.Config.CLOSED_S,
            FlowAnalyzer.Config.KEPT_S,
            FlowAnalyzer.Config.KEPT_FLOWS,
            MemoryPlan.liveFlows((long) MemoryPlan.heapMib(MemoryPlan.DEFAULT_MIB) << 20),
            FlowAnalyzer.Config.HALF_OPEN);

    static Settings of(
            long idleS, long activeS, long closedS, long keptS, int keptFlows, int mostFlows, int mostHalfOpen) {
        return new Settings(
                idleS * SECOND_NS,
                activeS * SECOND_NS,
                closedS * SECOND_NS,
                keptS * SECOND_NS,
                keptFlows,
                mostFlows,
                mostHalfOpen);
    }
}
