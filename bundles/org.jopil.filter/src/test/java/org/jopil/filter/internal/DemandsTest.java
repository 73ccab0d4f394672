// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.filter.Demands;
import org.jopil.api.filter.FilterException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemandsTest {
    private static Demands of(String filter) throws FilterException {
        return new FilterLanguage().parse(filter).demands();
    }

    @Test
    void shouldFindWhatEveryMatchHas() throws FilterException {
        assertEquals(
                new Demands(6, List.of("10.0.0.2", "10.0.0.9"), List.of(8080)),
                of("tcp port 8080 and dst host 10.0.0.2 and src_ip == 10.0.0.9"));
        assertEquals(new Demands(17, List.of(), List.of(53)), of("udp.port == 53 and length > 100"));
        assertEquals(new Demands(1, List.of(), List.of()), of("icmp"));
        assertEquals(new Demands(17, List.of("fd00::1"), List.of()), of("protocol == udp and host fd00::1"));
        assertEquals(
                new Demands(6, List.of(), List.of(443)), of("(tcp and port 443) and (host 10.0.0.1 or host 10.0.0.2)"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "tcp or udp",
                "not tcp",
                "tcp port 80 or 443",
                "net 10.0.0.0/8",
                "portrange 80-90",
                "src_port != 53",
                "process contains nginx",
                "ip"
            })
    void shouldDemandNothingThatAMatchMayLack(String filter) throws FilterException {
        assertTrue(of(filter).isEmpty(), filter);
    }
}
