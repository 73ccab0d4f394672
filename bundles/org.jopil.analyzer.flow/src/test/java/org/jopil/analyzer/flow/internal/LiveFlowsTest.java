// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class LiveFlowsTest {
    private static final long META = 17 << 8;
    private static final int MOST = 20_000;

    /** Few home places and few tags: many keys share both. */
    private static int hash(long key) {
        return (int) (key % 3) << 30 | (int) (key % 700);
    }

    private static int find(LiveFlows live, long key) {
        return live.find(hash(key), META, 0, key, 0, -key, (int) key);
    }

    private static int insert(LiveFlows live, long key) {
        return live.insert(hash(key), META, 0, key, 0, -key, (int) key);
    }

    @RepeatedTest(5)
    void shouldFindWhatIsThereAndNothingElse() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        LiveFlows live = new LiveFlows(MOST);
        Map<Long, Long> idOfKey = new HashMap<>();
        List<Long> keys = new ArrayList<>();
        for (long id = 1; id <= 30_000; id++) {
            long key = random.nextInt(6_000);
            int i = find(live, key);
            assertEquals(idOfKey.containsKey(key), i >= 0, "seed " + seed);
            if (i < 0) {
                i = insert(live, key);
                live.records().id(i, id);
                idOfKey.put(key, id);
                keys.add(key);
            } else if (random.nextInt(3) == 0) {
                live.remove(i);
                idOfKey.remove(key);
                keys.remove(key);
            }
            assertEquals(idOfKey.size(), live.size(), "seed " + seed);
        }
        assertTrue(live.size() > 2 * chunk(), "records in several chunks");
        for (long key : keys) {
            int i = find(live, key);
            assertEquals(idOfKey.get(key), live.records().id(i), "seed " + seed);
            assertEquals(key, live.records().addressLo(i, FlowRecords.A), "seed " + seed);
        }
    }

    /** Records by which room grows. */
    private static int chunk() {
        FlowRecords records = new FlowRecords();
        records.ensure(1);
        return records.capacity();
    }

    @Test
    void shouldReadAheadWithoutChangingAnything() {
        LiveFlows live = new LiveFlows(MOST);
        assertEquals(0, live.touchIndex(hash(5)));
        assertEquals(0, live.touchRecord(hash(5)));
        int i = insert(live, 5);
        live.records().id(i, 7);
        live.touchIndex(hash(5));
        live.touchRecord(hash(5));
        assertEquals(i, find(live, 5));
        assertEquals(7, live.records().id(i));
        assertEquals(-1, find(live, 5 + 2100)); // same place, same tag
    }
}
