// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.protocol.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jopil.api.event.Direction;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class ProtocolAnalyzerTest {
    private long factor = 1;
    private final ProtocolAnalyzer analyzer = new ProtocolAnalyzer(visitor -> {
        visitor.counter(1, Direction.INGRESS, 0, Protocols.TCP, 60 * factor, 6000 * factor);
        visitor.counter(1, Direction.EGRESS, 1, Protocols.TCP, 20 * factor, 2000 * factor);
        visitor.counter(2, Direction.INGRESS, 0, Protocols.UDP, 10, 1000);
        visitor.counter(2, Direction.INGRESS, 0, Protocols.ofEtherType(0x88CC), 10, 900);
    });

    @Test
    void shouldSumOverInterfacesDirectionsAndCpus() throws Exception {
        Report report = analyzer.report(Query.first(10));
        assertArrayEquals(
                new Object[] {"tcp", 80L, 8000L, null, null, 80.0},
                report.rows().get(0));
        assertEquals(3, report.total());
        assertEquals(
                "lldp",
                report.rows().get(2)[0].equals("udp")
                        ? report.rows().get(1)[0]
                        : report.rows().get(2)[0]);
    }

    @Test
    void shouldGiveRatesOverTheTimeThatPassed() throws Exception {
        analyzer.poll(1_000_000_000L);
        assertNull(analyzer.report(Query.first(10)).rows().get(0)[3]);
        factor = 2;
        analyzer.poll(3_000_000_000L);
        Object[] tcp = analyzer.report(Query.first(10)).rows().get(0);
        assertEquals(40.0, tcp[3]);
        assertEquals(32_000.0, tcp[4]);
    }
}
