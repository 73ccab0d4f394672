// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;

class LatenciesTest {
    private final Latencies latencies = new Latencies("ns/w1");

    private void message(long atMs, String type, String data) throws Exception {
        latencies.accept(new LiveClient.Message(type, new ObjectMapper().readTree(data), atMs * 1_000_000));
    }

    @Test
    void shouldTimeEveryPacketAndTheFirstCountThatHasIt() throws Exception {
        message(
                130,
                "new_packet",
                "{\"packets\":[{\"interface\":\"ns/w1\",\"timestamp_ns\":110000000},"
                        + "{\"interface\":\"ns/w1\",\"timestamp_ns\":100000000},{\"interface\":\"lo\",\"timestamp_ns\":1}]}");
        message(500, "stats_update", "{\"interfaces\":{\"ns/w1\":{\"ingress\":{\"packets\":1}}}}");
        message(1500, "stats_update", "{\"interfaces\":{\"ns/w1\":{\"ingress\":{\"packets\":2}}}}");
        assertArrayEquals(new double[] {20, 30}, latencies.packetMs());
        assertArrayEquals(new double[] {400, 1390}, latencies.countMs());
        assertEquals(2, latencies.packets());
        assertEquals(2, latencies.counted());
    }
}
