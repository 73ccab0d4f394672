// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** The names of IANA's registries that we have are those that tshark has. */
class NamesOracleTest {
    @Test
    void shouldNameCiphers() throws Exception {
        assertTrue(same(TlsCiphers::name, Tshark.names("tls.handshake.ciphersuite")) >= 35);
    }

    @Test
    void shouldNameTypesOfRecords() throws Exception {
        Map<Integer, String> theirs = Tshark.names("dns.qry.type");
        // RFC 8162, not yet in Wireshark 4.0
        theirs.putIfAbsent(53, "SMIMEA");
        assertTrue(same(DnsTypes::name, theirs) >= 41);
    }

    /** How many there are; tshark writes an explanation behind some. */
    private static int same(IntFunction<String> ours, Map<Integer, String> theirs) {
        int named = 0;
        for (int number = 0; number < 0x10000; number++) {
            String name = ours.apply(number);
            if (!name.isEmpty()) {
                named++;
                assertEquals(theirs.get(number).split(" ")[0].replace("*", "ANY"), name, "number " + number);
            }
        }
        return named;
    }
}
