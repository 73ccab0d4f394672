// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.jopil.bus.PacketColumns;
import org.junit.jupiter.api.Test;

class RowMoverTest {
    @Test
    void shouldPutEveryRowInItsPlace() {
        Random random = new Random(1);
        for (int size : new int[] {1, 2, 3, 100, 1000}) {
            PacketColumns columns = new PacketColumns();
            List<Integer> order = new ArrayList<>();
            for (int row = 0; row < size; row++) {
                order.add(row);
                columns.timestampNs[row] = row;
                columns.srcPort[row] = (char) row;
                columns.capturedLength[row] = (short) (row % 192);
                columns.captured[row * PacketColumns.CAPTURE_BYTES] = (byte) row;
            }
            columns.size = size;
            Collections.shuffle(order, random);
            long[] wanted = new long[PacketColumns.CAPACITY];
            for (int row = 0; row < size; row++) {
                wanted[row] = order.get(row);
            }
            new RowMover().permute(columns, wanted);
            for (int row = 0; row < size; row++) {
                int from = order.get(row);
                assertEquals(from, columns.timestampNs(row));
                assertEquals(from, columns.srcPort(row));
                assertEquals(from % 192, columns.capturedLength(row));
                if (from % 192 > 0) {
                    assertEquals((byte) from, columns.captured[row * PacketColumns.CAPTURE_BYTES]);
                }
            }
        }
    }
}
