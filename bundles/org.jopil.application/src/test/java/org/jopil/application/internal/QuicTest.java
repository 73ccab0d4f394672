// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuicTest {
    private static final byte[] ID = HexFormat.of().parseHex("8394c8f03e515708");

    private static void keys(int version, boolean client, String key, String iv, String hp) {
        QuicCrypto.Keys keys = new QuicCrypto().keys(version, ID, client);
        assertArrayEquals(HexFormat.of().parseHex(key), keys.packet().getEncoded());
        assertArrayEquals(HexFormat.of().parseHex(iv), keys.iv());
        assertArrayEquals(HexFormat.of().parseHex(hp), keys.header().getEncoded());
    }

    /** RFC 9001 appendix A.1. */
    @Test
    void shouldMakeTheKeysOfVersion1() {
        keys(
                QuicCrypto.VERSION_1,
                true,
                "1f369613dd76d5467730efcbe3b1a22d",
                "fa044b2f42a3fd3b46fb255c",
                "9f50449e04a0e810283a1e9933adedd2");
        keys(
                QuicCrypto.VERSION_1,
                false,
                "cf3a5331653c364c88f0f379b6067e37",
                "0ac1493ca1905853b0bba03e",
                "c206b8d9b9f0f37644430b490eeaa314");
    }

    /** RFC 9369 appendix A.1. */
    @Test
    void shouldMakeTheKeysOfVersion2() {
        keys(
                QuicCrypto.VERSION_2,
                true,
                "8b1a0bc121284290a29e0971b5cd045d",
                "91f73e2351d8fa91660e909f",
                "45b95e15235d6f45a6b19cbcb0294ba9");
    }

    @Test
    void shouldReadHelloInAnyOrder() {
        Conversations conversation = QuicPackets.conversation("quic", QuicCrypto.VERSION_1);
        Feeder feeder = Feeder.udp(443);
        feeder.feed(true, conversation.messages().get(0).data());
        assertEquals("quic", feeder.name());
        assertNull(feeder.detector().serverName());
        feeder.feed(true, conversation.messages().get(1).data());
        assertEquals("quic.example.org", feeder.detector().serverName());
        assertEquals(List.of("h2", "http/1.1"), feeder.get("tls.handshake.extensions_alpn_str.client"));
        assertTrue(feeder.get("tls.handshake.ja4").toString().startsWith("q13d"));
        feeder.feed(false, conversation.messages().get(2).data());
        assertEquals("TLS 1.3", feeder.get("jopil.tls.version"));
        assertTrue(feeder.detector().isFinal());
    }

    /** A Retry makes the client begin again, with keys from the identifier that the server chose (RFC 9001 section 5.2). */
    @Test
    void shouldReadOnBehindARetry() {
        byte[] chosen = HexFormat.of().parseHex("0011223344556677");
        Feeder feeder = Feeder.udp(443);
        feeder.feed(
                true,
                QuicPackets.conversation("quic", QuicCrypto.VERSION_1)
                        .messages()
                        .get(0)
                        .data());
        feeder.feed(false, HexFormat.of().parseHex("f000000001" + "00" + "08" + "0011223344556677" + "aa".repeat(32)));
        assertEquals(true, feeder.get("jopil.quic.retry"));
        byte[] hello = Conversations.clientHello("retry.example.org");
        byte[] frame = new byte[hello.length - 5 + 4];
        frame[0] = 6;
        frame[2] = (byte) (0x40 | (hello.length - 5) >> 8);
        frame[3] = (byte) (hello.length - 5);
        System.arraycopy(hello, 5, frame, 4, hello.length - 5);
        QuicCrypto.Keys keys = new QuicCrypto().keys(QuicCrypto.VERSION_1, chosen, true);
        feeder.feed(true, QuicPackets.initial(QuicCrypto.VERSION_1, keys, chosen, new byte[0], 2, frame, 1200));
        assertEquals("retry.example.org", feeder.detector().serverName());
    }

    @Test
    void shouldTellVersionNegotiation() {
        Feeder feeder = Feeder.udp(443)
                .feed(false, HexFormat.of().parseHex("8000000000" + "00" + "00" + "00000001" + "6b3343cf"));
        assertEquals("quic", feeder.name());
        assertEquals(List.of("0x00000001", "0x6b3343cf"), feeder.get("quic.supported_version"));
    }

    /** A tag that does not fit: the version is there, nothing else. */
    @Test
    void shouldReadNothingFromWhatIsNotOpened() {
        byte[] packet = QuicPackets.conversation("quic", QuicCrypto.VERSION_1)
                .messages()
                .get(1)
                .data()
                .clone();
        packet[packet.length - 1] ^= 1;
        Feeder feeder = Feeder.udp(443).feed(true, packet);
        assertEquals("quic", feeder.name());
        assertEquals(Map.of("quic.version", "0x00000001"), feeder.details());
    }
}
