// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.report.Reports;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Counters;
import org.jopil.api.source.HandOffs;
import org.jopil.api.source.InterfaceFacts;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.MemoryPlan;
import org.jopil.api.source.Sampling;
import org.jopil.api.source.TcpSource;
import org.jopil.stats.CostReports;
import org.jopil.stats.Metric;
import org.jopil.stats.Point;
import org.jopil.stats.Rates;
import org.jopil.stats.Snapshot;
import org.jopil.stats.SourceReports;
import org.jopil.stats.StatsDocument;
import org.jopil.stats.Totals;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private record Counter(int id, Direction direction, int cpu, int protocol, long packets, long bytes) {}

    private final List<Counter> counted = new ArrayList<>();
    private final List<InterfaceStatus> links = new ArrayList<>();
    private long nowNs = 1_000_000_000L;
    private final Sampler sampler = new Sampler(() -> nowNs);

    private final Counters counters =
            visitor -> counted.forEach(c -> visitor.counter(c.id, c.direction, c.cpu, c.protocol, c.packets, c.bytes));
    private final Interfaces interfaces = new Interfaces() {
        @Override
        public List<InterfaceStatus> list() {
            return links;
        }

        @Override
        public String name(int id) {
            return "gone" + id;
        }

        @Override
        public InterfaceStatus attach(String name, AttachMode mode) {
            throw new UnsupportedOperationException();
        }

        @Override
        public InterfaceStatus detach(String name) {
            throw new UnsupportedOperationException();
        }
    };
    private long dropped = 4;
    private final Reports reports = new Reports() {
        @Override
        public List<String> names() {
            return List.of("flows");
        }

        @Override
        public Report ask(String name, Query query) {
            if (name.equals("drops")) {
                return Report.of(Column.column("packets", Column.Type.PACKETS, "dropped"))
                        .row(dropped)
                        .row(1)
                        .build();
            }
            return Report.of(
                            Column.column("key", Column.Type.TEXT, "state"),
                            Column.column("flows", Column.Type.NUMBER, "flows"))
                    .row("established", 40)
                    .row("ended", 7)
                    .row("new", 2)
                    .build();
        }
    };
    private final Cost.Measurement measured = new Cost.Measurement(
            Instant.ofEpochSecond(100),
            Instant.ofEpochSecond(110),
            false,
            20,
            List.of(
                    new Cost.Program("va", Direction.INGRESS, "xdp-generic", "jopil_xdp_mark", 7, 1000, 0, 25_000),
                    new Cost.Program("va", Direction.INGRESS, "tcx", "jopil_ingress", 8, 1000, 1500, 80_000),
                    new Cost.Program("va", Direction.EGRESS, "tcx", "jopil_egress", 9, 0, 0, 0)));
    private final Cost cost = new Cost() {
        @Override
        public Optional<MemoryPlan> memory() {
            return Optional.empty();
        }

        @Override
        public List<Program> programs() {
            return List.of();
        }

        @Override
        public Optional<Measurement> measurement() {
            return Optional.of(measured);
        }

        @Override
        public Measurement measure(Duration period) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long kernelBytes() {
            return 4096;
        }
    };

    private static InterfaceStatus link(int id, String name, String ingressHook, String egressHook) {
        return new InterfaceStatus(
                id,
                name,
                "",
                7,
                "veth",
                "veth",
                1500,
                true,
                id == 0 ? InterfaceStatus.State.DETACHED : InterfaceStatus.State.ATTACHED,
                AttachMode.AUTO,
                ingressHook,
                egressHook,
                "because",
                List.of(11, 12),
                new InterfaceStatus.DevicePackets(-1, 5, Map.of()));
    }

    private Snapshot sample(Counters present) {
        return sampler.sample(new Sources(present, interfaces, null, cost, null, reports, null, null));
    }

    @Test
    void shouldTellWhatTcpDidAndHowFast() {
        long[] again = {6};
        TcpSource tcp = new TcpSource() {
            @Override
            public void read(Consumer<Connection> visitor) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long closed(long since, Consumer<Connection> visitor) {
                throw new UnsupportedOperationException();
            }

            @Override
            public long lost() {
                return 0;
            }

            @Override
            public Optional<Sums> sums() {
                return Optional.of(new Sums(
                        2, 1, 500, 400, 1, 1, 0, new Retransmits(again[0], 1, 2, again[0] - 3, 0, 0, 0), 1, 0, 0, 4));
            }
        };
        Sources sources = new Sources(null, null, null, null, null, null, tcp, null);
        Snapshot first = sampler.sample(sources);
        assertTrue(first.retransmitsPerSecond().isEmpty());
        Map<?, ?> told = (Map<?, ?>) StatsDocument.stats(first).get("tcp");
        assertEquals(6L, told.get("retransmits"));
        assertEquals(450.0, told.get("handshake_us"));
        assertEquals(4L, told.get("zero_windows_received"));
        again[0] = 16;
        nowNs += 2_000_000_000L;
        assertEquals(5.0, sampler.sample(sources).retransmitsPerSecond().orElseThrow());
        again[0] = 1;
        nowNs += 1_000_000_000L;
        assertTrue(sampler.sample(sources).retransmitsPerSecond().isEmpty(), "they began anew");
    }

    @Test
    void shouldSumTheSameCountersEveryWay() {
        links.add(link(1, "va", "tcx", "tcx"));
        counted.add(new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 10, 1000));
        counted.add(new Counter(1, Direction.EGRESS, 1, Protocols.TCP, 5, 500));
        counted.add(new Counter(1, Direction.INGRESS, 1, Protocols.ARP, 20, 840));
        counted.add(new Counter(2, Direction.INGRESS, 0, Protocols.UDP, 1, 60));
        Map<String, Object> document = StatsDocument.stats(sample(counters));
        assertEquals(36L, document.get("total_packets"));
        assertEquals(2400L, document.get("total_bytes"));
        assertEquals(42L, document.get("flow_count"));
        assertEquals("{arp=20, tcp=15, udp=1}", document.get("protocols").toString());
        assertEquals(Map.of("0", 11L, "1", 25L), document.get("cpus"));
        assertEquals(
                "{gone2={ingress={packets=1, bytes=60, hook=null}, egress={packets=null, bytes=null, hook=null}},"
                        + " va={ingress={packets=30, bytes=1840, hook=tcx}, egress={packets=5, bytes=500, hook=tcx}}}",
                document.get("interfaces").toString());
    }

    @Test
    void shouldTellHowManyPacketsOneStandsFor() {
        assertEquals(null, StatsDocument.stats(sample(counters)).get("sampling"));
        Snapshot sampled = sampler.sample(new Sources(
                counters, interfaces, null, cost, () -> new Sampling.State(64, 2000, 3), reports, null, null));
        assertEquals(
                "{showing_one_of=64, limit_per_second=2000, changes=3}",
                StatsDocument.stats(sampled).get("sampling").toString());
        Snapshot none = sampler.sample(
                new Sources(counters, interfaces, null, cost, () -> new Sampling.State(0, 0, 3), reports, null, null));
        assertEquals(
                "{showing_one_of=null, limit_per_second=0, changes=3}",
                StatsDocument.stats(none).get("sampling").toString());
    }

    @Test
    void shouldTellZeroFromUnknown() {
        links.add(link(1, "lo", "tcx", ""));
        Snapshot first = sample(counters);
        assertEquals(
                "{lo={ingress={packets=0, bytes=0, hook=tcx}, egress={packets=null, bytes=null, hook=null}}}",
                StatsDocument.stats(first).get("interfaces").toString());
        Map<String, Object> without =
                StatsDocument.stats(sampler.sample(new Sources(null, null, null, null, null, null, null, null)));
        for (String name : List.of("total_packets", "total_bytes", "flow_count", "protocols", "interfaces", "ledger")) {
            assertTrue(without.containsKey(name), name);
            assertNull(without.get(name), name);
        }
        assertEquals(2L, without.get("sequence"));
    }

    @Test
    void shouldRateOverTheTimeThatReallyPassed() {
        links.add(link(1, "va", "tcx", "tcx"));
        counted.add(new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 100, 10_000));
        assertEquals(Optional.empty(), sample(counters).rates());
        counted.set(0, new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 400, 40_000));
        counted.add(new Counter(1, Direction.EGRESS, 1, Protocols.UDP, 30, 3_000));
        nowNs += 1_500_000_000L;
        Snapshot second = sample(counters);
        Rates rates = second.rates().orElseThrow();
        assertEquals(220, rates.total().packetsPerSecond(), 1e-9);
        assertEquals(8 * 30_000 / 1.5, rates.ingress().bitsPerSecond(), 1e-9);
        assertEquals(20, rates.protocols().get("udp").packetsPerSecond(), 1e-9);
        assertEquals(20, rates.cpus().get(1).packetsPerSecond(), 1e-9);
        assertEquals(Optional.of(8 * 3_000 / 1.5), Metric.EGRESS_BITS_PER_SECOND.of(Point.of(second)));
        assertEquals(220.0, StatsDocument.point(second).get("packets_per_second"));
    }

    @Test
    void shouldNotInventARateWhenTheSensorBeganAnew() {
        counted.add(new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 100, 10_000));
        sample(counters);
        nowNs += 1_000_000_000L;
        assertEquals(Optional.empty(), sample(null).rates());
        nowNs += 1_000_000_000L;
        assertEquals(Optional.empty(), sample(counters).rates());
        counted.set(0, new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 7, 700));
        nowNs += 1_000_000_000L;
        assertEquals(Optional.empty(), sample(counters).rates());
        nowNs += 1_000_000_000L;
        assertEquals(0, sample(counters).rates().orElseThrow().total().packetsPerSecond());
    }

    @Test
    void shouldMeasureThisProcess() {
        Snapshot snapshot = sample(counters);
        assertTrue(snapshot.usage().rssBytes() > 10_000_000, snapshot.usage().toString());
        assertEquals(4096L, snapshot.usage().kernelBytes());
    }

    @Test
    void shouldTellRunTimesWithAndWithoutTheMeasuring() throws Exception {
        Map<?, ?> usage = (Map<?, ?>) StatsDocument.stats(sample(counters)).get("cost");
        assertEquals((5_000 + 60_000) / 1500.0, usage.get("ns_per_packet"));
        assertEquals(105_000 / 1500.0, usage.get("gross_ns_per_packet"));
        assertEquals("1970-01-01T00:01:50Z", usage.get("measured_until"));
        assertEquals(false, usage.get("measuring"));
        Report report = CostReports.programs(Query.first(10), cost);
        Object[] mark = report.rows().get(0);
        assertEquals("jopil_xdp_mark", mark[report.indexOf("program")]);
        assertEquals(25.0, mark[report.indexOf("gross_ns_per_run")]);
        assertEquals(5.0, mark[report.indexOf("ns_per_run")]);
        assertNull(mark[report.indexOf("ns_per_packet")]);
        assertEquals(40.0, report.rows().get(1)[report.indexOf("ns_per_packet")]);
        assertNull(report.rows().get(2)[report.indexOf("ns_per_run")]);
    }

    @Test
    void shouldCompareTheShareWithOtherMachines() throws Exception {
        MemoryPlan here = MemoryPlan.of(448, 2).with(1024, 0, 0);
        Report report = CostReports.memory(Query.first(10), here, 99, 384L << 20);
        assertEquals(5, report.rows().size());
        Object[] row = report.rows().get(1);
        assertEquals(true, row[report.indexOf("here")]);
        assertEquals(99L, row[report.indexOf("kernel_bytes")]);
        assertEquals("IPv4 slots by flow_capacity_ipv4", row[report.indexOf("note")]);
        Object[] large = report.rows().get(3);
        assertEquals(64L, ((Number) large[report.indexOf("cpus")]).longValue());
        assertEquals(8192L, ((Number) large[report.indexOf("ipv4_slots")]).longValue());
        Report small = CostReports.memory(Query.first(10), MemoryPlan.of(128, 2), 99, 384L << 20);
        assertEquals("heap of 110 MiB from the next start", small.rows().get(1)[small.indexOf("note")]);
        assertEquals("too little: the least is 196", small.rows().get(4)[small.indexOf("note")]);
    }

    @Test
    void shouldTellTheRateOfDropsFromTheSecondCountOn() {
        Sources sources = new Sources(counters, interfaces, null, cost, null, reports, null, null);
        Snapshot first = sampler.sample(sources);
        assertEquals(Optional.of(5L), first.drops());
        assertEquals(Optional.empty(), first.dropsPerSecond());
        dropped += 30;
        nowNs += 2_000_000_000L;
        Snapshot second = sampler.sample(sources);
        assertEquals(Optional.of(15.0), second.dropsPerSecond());
        dropped = 0;
        nowNs += 1_000_000_000L;
        assertEquals(Optional.empty(), sampler.sample(sources).dropsPerSecond(), "they began anew");
    }

    @Test
    void shouldGoOnWhenTheFlowAnalyzerDoesNotAnswer() {
        Reports busy = new Reports() {
            @Override
            public List<String> names() {
                return List.of();
            }

            @Override
            public Report ask(String name, Query query) {
                throw new JopilException("JOPIL-161", 503, "busy", "busy");
            }
        };
        Snapshot snapshot = sampler.sample(new Sources(counters, interfaces, null, cost, null, busy, null, null));
        assertEquals(Optional.empty(), snapshot.flowCount());
        assertEquals(Optional.empty(), snapshot.drops());
        assertEquals(Totals.NONE, snapshot.traffic().orElseThrow().total());
    }

    @Test
    void shouldAddTheDifferencesOfBothBooks() {
        Ledger.Snapshot ledger = new Ledger.Snapshot(
                100,
                50,
                40,
                5,
                3,
                List.of(new HandOffs.HandOff(HandOffs.RING, "CPU 0", 60, 50, 5, 4, 3)),
                List.of(new Ledger.Subscriber("flow", 50, 40, 5, 4)),
                List.of(
                        new Ledger.Count("va", "ingress", "tcp", 10, 8, 2, -6, new Ledger.Bytes(0, 0, 0, 0)),
                        new Ledger.Count("va", "egress", "tcp", 1, 1, 0, 0, new Ledger.Bytes(64, 60, 0, 4))),
                List.of(new Ledger.Gap("killed", 0, 1_500_000_000L)),
                List.of(),
                Optional.empty(),
                List.of());
        assertEquals(2 + 1 + 6 + 1, ledger.difference());
        Map<String, Object> document = StatsDocument.ledger(ledger);
        assertEquals(10L, document.get("difference"));
        assertEquals(
                "[{reason=killed, start=1970-01-01T00:00:00Z, end=1970-01-01T00:00:01.500Z}]",
                document.get("gaps").toString());
    }

    @Test
    void shouldListInterfacesThatAreNotWatchedWithTheirReason() throws Exception {
        links.add(link(0, "docker0", "", ""));
        links.add(link(1, "va", "xdp-native", "tcx"));
        counted.add(new Counter(1, Direction.INGRESS, 0, Protocols.TCP, 3, 180));
        Snapshot snapshot = sample(counters);
        InterfaceFacts facts = new InterfaceFacts(
                Optional.of("ether"),
                Optional.of("00:00:00:12:34:56"),
                Optional.empty(),
                Optional.empty(),
                Optional.of(10_000),
                Optional.of("full"),
                Optional.of(List.of("generic-receive-offload")),
                Optional.of(2),
                Optional.of(1),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        Report report = SourceReports.interfaces(
                Query.first(10).withSort("name"), links, Map.of("va", facts), snapshot.traffic());
        Object[] docker = report.rows().get(0);
        assertEquals("because", docker[report.indexOf("reason")]);
        assertNull(docker[report.indexOf("ingress")]);
        assertNull(docker[report.indexOf("device_rx_packets")]);
        for (String fact : List.of("mac", "mac_vendor", "offloads", "rx_queues", "speed_mbps", "device_losses")) {
            assertNull(docker[report.indexOf(fact)], fact);
        }
        Object[] va = report.rows().get(1);
        assertNull(va[report.indexOf("reason")]);
        assertEquals("XEROX CORPORATION", va[report.indexOf("mac_vendor")]);
        assertEquals(List.of("generic-receive-offload"), va[report.indexOf("offloads")]);
        assertEquals(2L, va[report.indexOf("rx_queues")]);
        assertNull(va[report.indexOf("numa_node")]);
        assertEquals(3L, va[report.indexOf("ingress_packets")]);
        assertEquals("{ingress=xdp-native, egress=tcx}", va[report.indexOf("hook")].toString());
    }
}
