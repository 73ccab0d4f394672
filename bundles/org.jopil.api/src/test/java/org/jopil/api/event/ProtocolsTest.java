// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProtocolsTest {
    @Test
    void shouldReadBackTheNameOfEveryIpProtocol() {
        for (int protocol = 0; protocol < 256; protocol++) {
            assertEquals(protocol, Protocols.number(Protocols.name(protocol)));
        }
    }

    @Test
    void shouldNameWhatIsNotIp() {
        assertEquals("arp", Protocols.name(Protocols.ARP));
        assertEquals("lldp", Protocols.name(Protocols.ofEtherType(0x88CC)));
        assertEquals("ethertype-0x88b5", Protocols.name(Protocols.ofEtherType(0x88B5)));
        assertEquals("llc", Protocols.name(Protocols.ofEtherType(0)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "256", "-1", "tcpp", "ip-", "ip-256", "1e2"})
    void shouldNotKnowWhatIsNoProtocol(String text) {
        assertEquals(-1, Protocols.number(text));
    }
}
