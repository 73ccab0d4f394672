// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Numbers for what many flows have in common, so that a record has room for it: each value once, forgotten some time after
 * the last flow that has it. One thread.
 *
 * @param <T> immutable, with equals
 */
final class Numbers<T> {
    /** Most numbers at a time; what comes then has none. */
    static final int MOST = (1 << 24) - 1;

    private static final int LEAST_SWEPT = 1024;

    private final LiveFlows live;
    private final EndedFlows ended;
    private final OfRecord ofRecord;

    /** Number to value; null is free, 0 is nothing. */
    private final List<T> values = new ArrayList<>();

    private final Map<T, Integer> numbers = new HashMap<>();
    private int sweptAt = LEAST_SWEPT;

    /** Where a record has its number. */
    interface OfRecord {
        int number(FlowRecords records, int i);
    }

    Numbers(LiveFlows live, EndedFlows ended, OfRecord ofRecord) {
        this.live = live;
        this.ended = ended;
        this.ofRecord = ofRecord;
        values.add(null);
    }

    /** 0 if there is no room. */
    int number(T value) {
        Integer given = numbers.get(value);
        if (given != null) {
            return given;
        }
        if (numbers.size() >= sweptAt) {
            sweep();
        }
        if (numbers.size() == MOST) {
            return 0;
        }
        int number = firstFree();
        values.set(number, value);
        numbers.put(value, number);
        return number;
    }

    private int firstFree() {
        if (values.size() <= numbers.size() + 1) {
            values.add(null);
            return values.size() - 1;
        }
        int number = 1;
        while (values.get(number) != null) {
            number++;
        }
        return number;
    }

    /** Forgets the values that no flow has any more. */
    private void sweep() {
        BitSet used = new BitSet(values.size());
        for (int i = 0; i < live.size(); i++) {
            used.set(ofRecord.number(live.records(), i));
        }
        for (int n = 0; n < ended.size(); n++) {
            used.set(ofRecord.number(ended.records(), ended.at(n)));
        }
        for (int number = 1; number < values.size(); number++) {
            if (values.get(number) != null && !used.get(number)) {
                numbers.remove(values.get(number));
                values.set(number, null);
            }
        }
        sweptAt = Math.max(LEAST_SWEPT, 2 * numbers.size());
    }

    /** Of a number of a record, not 0. */
    T value(int number) {
        return values.get(number);
    }
}
