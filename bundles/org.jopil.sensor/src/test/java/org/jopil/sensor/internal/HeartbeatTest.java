// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeartbeatTest {
    @TempDir
    Path data;

    @Test
    void shouldTellWhenAKilledInstanceWasLastAlive() {
        Heartbeat killed = new Heartbeat(data);
        killed.beat(1_700_000_000_000_000_000L);
        killed.beat(42);
        assertEquals(OptionalLong.of(42), new Heartbeat(data).killedNs());
    }

    @Test
    void shouldTellNothingAfterAStop() {
        Heartbeat stopped = new Heartbeat(data);
        stopped.beat(42);
        stopped.stopped();
        assertTrue(new Heartbeat(data).killedNs().isEmpty());
    }

    @Test
    void shouldNotTrustATornFile() throws IOException {
        Files.createDirectories(data.resolve("run"));
        Files.writeString(data.resolve("run/alive"), "17x");
        assertTrue(new Heartbeat(data).killedNs().isEmpty());
    }

    @Test
    void shouldDoWithoutADirectory() {
        Heartbeat none = new Heartbeat(null);
        none.beat(1);
        none.stopped();
        assertTrue(none.killedNs().isEmpty());
    }
}
