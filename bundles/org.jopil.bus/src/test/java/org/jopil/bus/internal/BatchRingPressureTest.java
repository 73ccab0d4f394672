// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.bus.PacketColumns;
import org.junit.jupiter.api.Test;

/** What the writer is told of its readers. */
class BatchRingPressureTest {
    private static final int SIZE = 8;

    private final BatchRing<PacketColumns> ring = new BatchRing<>(SIZE, PacketColumns::new);

    private Cursor<PacketColumns> reader() {
        return new Cursor<>(ring, () -> {});
    }

    /** Publishes one batch, which these read at once. */
    private boolean publish(List<Cursor<PacketColumns>> readers) {
        ring.filling().size = 1;
        boolean behind = ring.publish();
        readers.forEach(reader -> {
            for (PacketColumns batch = reader.next(); batch != null; batch = reader.next()) {
                reader.done(batch);
            }
        });
        return behind;
    }

    @Test
    void shouldNotBeBehindWithoutReaders() {
        for (int i = 0; i < 2 * SIZE; i++) {
            assertFalse(publish(List.of()));
        }
    }

    @Test
    void shouldNotLetOneSlowReaderSpeakForTheOthers() {
        List<Cursor<PacketColumns>> quick = List.of(reader());
        reader();
        for (int i = 0; i < 4 * SIZE; i++) {
            assertFalse(publish(quick), "after " + i);
        }
    }

    @Test
    void shouldBeBehindWhenMostReadersAre() {
        Cursor<PacketColumns> quick = reader();
        Cursor<PacketColumns> late = reader();
        reader();
        for (int i = 1; i < SIZE / 2; i++) {
            assertFalse(publish(List.of(quick)), "after " + i);
        }
        assertTrue(publish(List.of(quick)));
        publish(List.of(quick, late));
        assertFalse(publish(List.of(quick, late)), "one of them has caught up");
    }
}
