// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;

/** The records that ended last, in the order of their end; what leaves here is only in the totals. */
final class EndedFlows {
    private final FlowRecords records = new FlowRecords();
    private long[] endedNs = {};
    private int capacity;
    private int oldest;
    private int size;

    private long forgottenFlows;
    private long forgottenPackets;
    private long forgottenBytes;

    EndedFlows(int capacity) {
        this.capacity = capacity;
    }

    FlowRecords records() {
        return records;
    }

    int size() {
        return size;
    }

    /** Number in {@link #records} of the n-th, 0 is the oldest. */
    int at(int n) {
        int i = oldest + n;
        return i >= records.capacity() ? i - records.capacity() : i;
    }

    void capacity(int wanted) {
        capacity = wanted;
        while (size > capacity) {
            forgetOldest();
        }
    }

    void add(FlowRecords from, int i, long nowNs) {
        if (capacity == 0) {
            forget(from, i);
            return;
        }
        if (size == capacity) {
            forgetOldest();
        }
        if (size == records.capacity()) {
            grow();
        }
        int target = at(size++);
        records.copy(from, i, target);
        endedNs[target] = nowNs;
    }

    private void grow() {
        int before = records.capacity();
        records.ensure(Math.max(before + 1, Math.min(capacity, before + (before >> 1))));
        endedNs = Arrays.copyOf(endedNs, records.capacity());
        // what had wrapped to the front goes on behind the old end, and again from the front if it is longer
        int added = records.capacity() - before;
        int wrapped = oldest;
        for (int i = 0; i < wrapped; i++) {
            int target = i < added ? before + i : i - added;
            records.copy(records, i, target);
            endedNs[target] = endedNs[i];
        }
    }

    void forgetBefore(long ns) {
        while (size > 0 && endedNs[oldest] < ns) {
            forgetOldest();
        }
    }

    private void forgetOldest() {
        forget(records, oldest);
        oldest = at(1);
        size--;
    }

    private void forget(FlowRecords from, int i) {
        forgottenFlows++;
        forgottenPackets += from.packets(i);
        forgottenBytes += from.bytes(i);
    }

    long forgottenFlows() {
        return forgottenFlows;
    }

    long forgottenPackets() {
        return forgottenPackets;
    }

    long forgottenBytes() {
        return forgottenBytes;
    }
}
