// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Collectors;
import org.jopil.api.filter.Equalities;
import org.jopil.api.filter.FilterException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTermsTest {
    private static String terms(String filter) throws FilterException {
        return of(filter).terms().stream()
                .map(term -> term.part() + "=" + term.value())
                .collect(Collectors.joining(" "));
    }

    private static Equalities of(String filter) throws FilterException {
        return new FilterLanguage().parse(filter).equalities();
    }

    @ParameterizedTest
    @CsvSource({
        "dst port 8080, DESTINATION_PORT=8080",
        "udp dst port domain, PROTOCOL=udp DESTINATION_PORT=53",
        "tcp port 443 and src host 10.0.0.1, PROTOCOL=tcp PORT=443 SOURCE_ADDRESS=10.0.0.1",
        "host 2001:db8::1, ADDRESS=2001:db8::1",
        "dst_port == 80 and protocol == tcp, DESTINATION_PORT=80 PROTOCOL=tcp",
        "tcp.dstport == 80 and ip.src == 10.1.2.3, PROTOCOL=tcp DESTINATION_PORT=80 SOURCE_ADDRESS=10.1.2.3",
        "icmp6, PROTOCOL=icmpv6",
    })
    void shouldNameAFlow(String filter, String expected) throws FilterException {
        assertEquals(expected, terms(filter));
        assertTrue(of(filter).whole());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ip",
                "not port 80",
                "port 80 or port 81",
                "net 10.0.0.0/8",
                "portrange 80-90",
                "dst_port > 80",
                "bytes == 80",
                "process == nginx",
                "src and dst port 80"
            })
    void shouldBeNoFlow(String filter) throws FilterException {
        assertFalse(of(filter).whole());
    }

    @ParameterizedTest
    @CsvSource({
        "udp.port == 53 and length > 100, PROTOCOL=udp PORT=53",
        "(tcp and port 443) and (host 10.0.0.1 or host 10.0.0.2), PROTOCOL=tcp PORT=443",
        "tcp or udp, ''",
        "not tcp, ''",
        "tcp port 80 or 443, ''",
        "net 10.0.0.0/8, ''",
        "src_port != 53, ''",
        "process contains nginx, ''",
    })
    void shouldFindWhatEveryMatchHas(String filter, String expected) throws FilterException {
        assertEquals(expected, terms(filter));
        assertFalse(of(filter).whole());
    }
}
