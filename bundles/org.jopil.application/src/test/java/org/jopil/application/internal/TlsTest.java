// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class TlsTest {
    /** The lists of the example in FoxIO's technical_details/JA4.md, GREASE in each of them. */
    private static final String CIPHERS = "1a1a130113021303c02bc02fc02cc030cca9cca8c013c014009c009d002f0035";

    private static final String ALGORITHMS = "04030804040105030805050108060601";

    private static String extension(int type, String body) {
        return String.format("%04x%04x", type, body.length() / 2) + body;
    }

    private static String list(String body) {
        return String.format("%04x", body.length() / 2) + body;
    }

    private static Bytes hello(String ciphers, String extensions) {
        String body = "0303" + "00".repeat(32) + "00" + list(ciphers) + "0100" + list(extensions);
        byte[] message = HexFormat.of().parseHex("01" + String.format("%06x", body.length() / 2) + body);
        return new Bytes().set(message, 0, message.length);
    }

    private static String example(String alpn) {
        return extension(0x0A0A, "")
                + extension(0, list("00" + list(Conversations.text("example.org"))))
                + extension(0x33, "")
                + extension(0x0D, list(ALGORITHMS))
                + extension(0x23, "")
                + extension(0x0B, "0100")
                + extension(0xFF01, "00")
                + extension(0x0A, list("3a3a001d"))
                + extension(0x1B, "")
                + extension(0x4469, "")
                + extension(0x12, "")
                + extension(0x2D, "0101")
                + extension(0x10, list(alpn))
                + extension(0x05, "")
                + extension(0x2B, "06" + "0a0a03040303")
                + extension(0x17, "")
                + extension(0x15, "")
                + extension(0x1A1A, "00");
    }

    @Test
    void shouldMakeTheFingerprintOfTheSpecification() {
        TlsHello hello = TlsHello.parseClient(hello(CIPHERS, example("0268" + "32")));
        assertTrue(hello.complete);
        assertEquals("t13d1516h2_8daaf6152771_e5627efa2ab1", Ja4.of(hello, false));
        assertEquals("q13d1516h2_8daaf6152771_e5627efa2ab1", Ja4.of(hello, true));
    }

    @Test
    void shouldFingerprintWhatIsMissing() {
        TlsHello bare = TlsHello.parseClient(hello("0a0a", ""));
        assertEquals("t12i000000_000000000000_000000000000", Ja4.of(bare, false));
        TlsHello strange = TlsHello.parseClient(hello(CIPHERS, example("03ab41cd")));
        assertEquals("t13d1516ad_8daaf6152771_e5627efa2ab1", Ja4.of(strange, false));
    }

    @Test
    void shouldTellTheNegotiatedVersion() {
        Feeder feeder = Feeder.tcp(443).feed(false, Conversations.serverHello("1302", 0x0304));
        assertEquals("TLS 1.3", feeder.get("jopil.tls.version"));
        assertEquals("0x0303", feeder.get("tls.handshake.version"));
        assertEquals("0x0304", feeder.get("tls.handshake.extensions.supported_version"));
        assertEquals("0x1302", feeder.get("tls.handshake.ciphersuite"));
        assertEquals("TLS_AES_256_GCM_SHA384", feeder.get("jopil.tls.cipher"));
    }

    @Test
    void shouldReadNamesAndProtocols() {
        Feeder feeder = Feeder.tcp(8888)
                .feed(true, Conversations.clientHello("a.example.org"))
                .feed(false, Conversations.serverHello("c02f", 0x0303));
        assertEquals("a.example.org", feeder.detector().serverName());
        assertEquals(List.of("h2", "http/1.1"), feeder.get("tls.handshake.extensions_alpn_str.client"));
        assertEquals("h2", feeder.get("tls.handshake.extensions_alpn_str.server"));
        assertTrue(feeder.detector().unusualPort());
        assertTrue(feeder.detector().isFinal());
    }

    @Test
    void shouldJoinAHelloOfThreePacketsInAnyOrder() {
        byte[] hello = Conversations.clientHello("three.example.org");
        int third = hello.length / 3;
        for (int[] order : new int[][] {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {2, 1, 0}}) {
            Feeder feeder = Feeder.tcp(443);
            for (int i : order) {
                feeder.piece(true, hello, i * third, i == 2 ? hello.length : (i + 1) * third);
            }
            // packets before one that a hello begins with are not kept: they may be anything
            if (order[0] == 0) {
                assertEquals("three.example.org", feeder.detector().serverName(), Arrays.toString(order));
                assertTrue(feeder.get("tls.handshake.ja4").toString().startsWith("t13d"));
            }
            assertEquals("tls", feeder.name(), Arrays.toString(order));
        }
    }

    @Test
    void shouldReadAHelloOfTwoRecords() {
        byte[] hello = Conversations.clientHello("records.example.org");
        byte[] body = Arrays.copyOfRange(hello, 5, hello.length);
        String split = "16030100" + "50" + HexFormat.of().formatHex(body, 0, 0x50) + "160301"
                + String.format("%04x", body.length - 0x50) + HexFormat.of().formatHex(body, 0x50, body.length);
        Feeder feeder = Feeder.tcp(443).feed(true, HexFormat.of().parseHex(split));
        assertEquals("records.example.org", feeder.detector().serverName());
    }

    @Test
    void shouldEscapeAHostileName() {
        String name = HexFormat.of().formatHex(new byte[] {'a', 0x1B, '[', '\\', (byte) 0xFF});
        TlsHello hello = TlsHello.parseClient(hello(CIPHERS, extension(0, list("00" + list(name)))));
        assertEquals("a\\027[\\092\\255", hello.serverName);
        TlsHello tooLong = TlsHello.parseClient(hello(CIPHERS, extension(0, list("00" + list("61".repeat(300))))));
        assertEquals("a".repeat(255) + "…", tooLong.serverName);
    }

    @Test
    void shouldTellAnAlert() {
        Feeder feeder = Feeder.tcp(443).feed(false, HexFormat.of().parseHex("15030300020228"));
        assertEquals(40L, feeder.get("tls.alert_message.desc"));
        assertEquals("tls", feeder.name());
    }

    @Test
    void shouldNotTakeOthersForTls() {
        assertEquals(
                "", Feeder.tcp(443).client("\u0016\u0002\u0001\u0000\u0001x").name());
        assertEquals("", Feeder.tcp(443).client("\u0080\u0001hello").name());
        assertNull(Feeder.tcp(443).client("\u0016\u0003\u0001").detector().application());
        assertFalse(Feeder.tcp(443).client("x").detector().unusualPort());
    }
}
