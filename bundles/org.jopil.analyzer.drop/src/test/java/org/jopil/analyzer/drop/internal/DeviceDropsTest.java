// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.junit.jupiter.api.Test;

class DeviceDropsTest {
    private final List<InterfaceStatus> present = new ArrayList<>();
    private Map<String, Long> driverDrops = Map.of();
    private final DeviceDrops analyzer = new DeviceDrops();

    DeviceDropsTest() {
        analyzer.setInterfaces(new Interfaces() {
            @Override
            public List<InterfaceStatus> list() {
                return present;
            }

            @Override
            public Map<String, Long> driverDrops(String name) {
                return driverDrops;
            }

            @Override
            public String name(int id) {
                throw new UnsupportedOperationException();
            }

            @Override
            public InterfaceStatus attach(String name, AttachMode mode) {
                throw new UnsupportedOperationException();
            }

            @Override
            public InterfaceStatus detach(String name) {
                throw new UnsupportedOperationException();
            }
        });
    }

    private void set(int id, int index, Map<String, Long> dropped) {
        present.clear();
        present.add(new InterfaceStatus(
                id,
                "web/eth0",
                "web",
                index,
                "veth",
                "veth",
                1500,
                true,
                InterfaceStatus.State.ATTACHED,
                AttachMode.AUTO,
                "tcx",
                "tcx",
                "",
                List.of(),
                new InterfaceStatus.DevicePackets(1, 1, dropped)));
        analyzer.poll();
    }

    private List<String> lost() throws Exception {
        Report report = analyzer.report(Query.first(10));
        return report.rows().stream()
                .map(row -> row[report.indexOf("counter")] + " " + row[report.indexOf("packets")])
                .toList();
    }

    @Test
    void shouldCountFromTheFirstLookOn() throws Exception {
        set(1, 7, Map.of("rx_dropped", 100L, "rx_missed_errors", 5L));
        assertEquals(List.of(), lost());
        set(1, 7, Map.of("rx_dropped", 103L, "rx_missed_errors", 5L));
        assertEquals(List.of("rx_dropped 3"), lost());
        Report report = analyzer.report(Query.first(1));
        assertEquals("ip netns exec web ethtool -S eth0", report.rows().get(0)[report.indexOf("command")]);
    }

    @Test
    void shouldGoOnWithADeviceThatBeganAnewOrIsAnother() throws Exception {
        set(1, 7, Map.of("rx_dropped", 100L));
        set(1, 7, Map.of("rx_dropped", 2L));
        assertEquals(List.of("rx_dropped 2"), lost());
        set(1, 8, Map.of("rx_dropped", 9L));
        assertEquals(List.of("rx_dropped 11"), lost());
        present.clear();
        analyzer.poll();
        assertEquals(List.of("rx_dropped 11"), lost(), "it is gone, what it lost is not");
    }

    @Test
    void shouldTakeTheDriversCountersForFurtherRows() throws Exception {
        set(1, 7, Map.of("rx_dropped", 1L));
        driverDrops = Map.of("rx_queue_0_drops", 50L, "rx_dropped", 900L);
        set(1, 7, Map.of("rx_dropped", 1L));
        assertEquals(List.of(), lost(), "what a driver tells for the first time was not lost now");
        driverDrops = Map.of("rx_queue_0_drops", 52L, "rx_dropped", 990L);
        set(1, 7, Map.of("rx_dropped", 2L));
        assertEquals(List.of("rx_queue_0_drops 2", "rx_dropped 1"), lost(), "of the same name the kernel's is taken");
        Report report = analyzer.report(Query.first(10));
        assertEquals(
                List.of("driver", "kernel"),
                report.rows().stream().map(row -> row[report.indexOf("source")]).toList());
    }

    @Test
    void shouldListWatchedOnesOnly() throws Exception {
        set(0, 7, Map.of("tx_errors", 1L));
        set(0, 7, Map.of("tx_errors", 4L));
        assertEquals(List.of(), lost());
        set(3, 7, Map.of("tx_errors", 4L));
        assertEquals(List.of("tx_errors 3"), lost());
    }

    @Test
    void shouldHaveASentenceForEveryCounter() {
        assertTrue(Arrays.stream(DeviceCounter.values()).allMatch(c -> c.sentence.endsWith(".")));
        assertEquals(
                DeviceCounter.RX_CRC_ERRORS,
                DeviceCounter.named("rx_crc_errors").orElseThrow());
        assertTrue(DeviceCounter.named("rx_new").isEmpty());
    }
}
