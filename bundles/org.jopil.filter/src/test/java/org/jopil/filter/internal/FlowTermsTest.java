// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import java.util.stream.Collectors;
import org.jopil.api.filter.FilterException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlowTermsTest {
    private static Optional<String> terms(String filter) throws FilterException {
        return new FilterLanguage().parse(filter).flow().map(all -> all.stream()
                .map(term -> term.part() + "=" + term.value())
                .collect(Collectors.joining(" ")));
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
        assertEquals(Optional.of(expected), terms(filter));
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
        assertEquals(Optional.empty(), terms(filter));
    }
}
