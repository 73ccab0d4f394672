// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.jopil.application.Detectors;
import org.jopil.application.Rules;
import org.junit.jupiter.api.Test;

/** What is special to one protocol and not seen in {@link ConversationsTest}. */
class ReadersTest {
    @Test
    void shouldLeaveOutTheQueryString() {
        String request = "GET /login?user=joe&password=x HTTP/1.1\r\nHost: Example.ORG:8080\r\n\r\n";
        Feeder feeder = Feeder.tcp(80).client(request);
        assertEquals("/login", feeder.get("http.request.uri.path"));
        assertEquals("Example.ORG:8080", feeder.get("http.host"));
        assertEquals("Example.ORG", feeder.detector().serverName());
        assertFalse(feeder.details().toString().contains("password"));
        Feeder wanted = new Feeder(new Detectors(Rules.standard(), 4, true), true, 40000, 80).client(request);
        assertEquals("user=joe&password=x", wanted.get("http.request.uri.query"));
    }

    @Test
    void shouldTimeTheFirstResponse() {
        Feeder feeder = Feeder.tcp(8081)
                .client("POST /a HTTP/1.1\r\n")
                .client("Host: h\r\n\r\n")
                .server("HTTP/1.1 200 OK\r\n");
        assertEquals(2 * Conversations.STEP_NS, feeder.detector().responseNs());
        assertEquals(0.004, feeder.get("http.time"));
        assertEquals(200L, feeder.get("http.response.code"));
        assertTrue(feeder.detector().unusualPort());
    }

    @Test
    void shouldEscapeWhatIsHostileInHttp() {
        Feeder feeder = Feeder.tcp(80).client("GET /\u00e9 HTTP/1.0\r\nhost:\u001b[31mx\r\nUser-Agent: a\tb\r\n\r\n");
        assertEquals("/\\233", feeder.get("http.request.uri.path"));
        assertEquals("\\027[31mx", feeder.get("http.host"));
        assertEquals("a\\009b", feeder.get("http.user_agent"));
    }

    @Test
    void shouldTellAVeryLongTarget() {
        Feeder feeder = Feeder.tcp(80).client("GET /" + "a".repeat(1400));
        assertEquals("http", feeder.name());
        assertEquals(Set.of("http.request.method"), feeder.details().keySet());
    }

    @Test
    void shouldNotTakeOthersForHttp() {
        for (String text : List.of(
                "GET",
                "GET ",
                "GET /",
                "GETS / HTTP/1.1\r\n",
                "GET / RTSP/1.0\r\n",
                "GET  HTTP/1.1\r\n",
                "OPTIONS sip:a SIP/2.0\r\n",
                "HTTP/1.1 2x0 OK",
                "HTTP/1.1x200",
                "HTTP/2 200")) {
            assertFalse(Feeder.tcp(80).client(text).name().equals("http"), text);
        }
    }

    @Test
    void shouldReadHttpThatIsSeenLate() {
        Feeder feeder = Feeder.tcp(80).client("end of a body").client("GET /next HTTP/1.1\r\n\r\n");
        assertEquals("/next", feeder.get("http.request.uri.path"));
    }

    @Test
    void shouldDecodeHpackOfTheSpecification() {
        // RFC 7541 C.4.1 and C.6.1
        assertEquals(
                List.of(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com"),
                hpack("828684418cf1e3c2e5f23a6ba0ab90f4ff"));
        assertEquals(
                List.of(
                        ":status: 302",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com"),
                hpack("488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad17"
                        + "1863c78f0b97c8e9ae82ae43d3"));
        // C.2.1, then what it put into the dynamic table
        assertEquals(
                List.of("custom-key: custom-header", "custom-key: custom-header"),
                hpack("400a637573746f6d2d6b65790d637573746f6d2d686561646572" + "be"));
        assertEquals(List.of(), hpack("bf"));
        assertEquals(List.of(), hpack("7fffffffffff"));
    }

    private static List<String> hpack(String hex) {
        byte[] block = HexFormat.of().parseHex(hex);
        List<String> headers = new ArrayList<>();
        new Hpack((name, value) -> headers.add(name + ": " + value)).decode(new Bytes().set(block, 0, block.length));
        return headers;
    }

    @Test
    void shouldRefuseBadHuffman() {
        byte[] paddedByZeros = {(byte) 0x00};
        byte[] paddedTooLong = {(byte) 0xFF};
        assertNull(Huffman.decode(new Bytes().set(paddedByZeros, 0, 1)));
        assertNull(Huffman.decode(new Bytes().set(paddedTooLong, 0, 1)));
    }

    @Test
    void shouldWriteNamesOfTheDns() {
        assertEquals("a\\046b.c\\032d.\\000", name("03" + "612e62" + "03" + "632064" + "01" + "00" + "00"));
        assertEquals(".", name("00"));
        assertNull(name("c000"));
        assertNull(name("40" + "61"));
        assertNull(name("03" + "6161"));
        assertNull(name(("3f" + "61".repeat(63)).repeat(4) + "00"));
        assertEquals(63 * 3 + 2, name(("3f" + "61".repeat(63)).repeat(3) + "00").length());
    }

    private static String name(String hex) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        return DnsName.read(new Bytes().set(bytes, 0, bytes.length), 0, false);
    }

    private static byte[] question(int id, String name) {
        StringBuilder hex = new StringBuilder(String.format("%04x", id) + "01000001000000000000");
        for (String label : name.split("\\.")) {
            hex.append(String.format("%02x", label.length())).append(Conversations.text(label));
        }
        return HexFormat.of().parseHex(hex + "0000010001");
    }

    private static byte[] answer(int id, String name) {
        byte[] answer = question(id, name);
        answer[2] |= (byte) 0x80;
        return answer;
    }

    @Test
    void shouldTimeEachQuestion() {
        Feeder feeder = Feeder.udp(53);
        feeder.feed(true, question(1, "a.example"));
        feeder.feed(true, question(2, "b.example"));
        feeder.feed(true, question(1, "a.example"));
        feeder.feed(false, answer(2, "B.example"));
        assertEquals(2 * Conversations.STEP_NS, feeder.detector().responseNs());
        feeder.feed(false, answer(1, "a.example"));
        assertEquals(4 * Conversations.STEP_NS, feeder.detector().responseNs());
        assertEquals(0.008, feeder.get("dns.time"));
        feeder.feed(false, answer(1, "a.example"));
        assertEquals(-1, feeder.detector().responseNs());
        feeder.feed(false, answer(3, "a.example"));
        assertFalse(feeder.details().containsKey("dns.time"));
    }

    @Test
    void shouldTimeAnAnswerOverTcpToItsBeginning() {
        byte[] answer = answer(1, "a.example");
        byte[] message = new byte[2 + answer.length];
        message[1] = (byte) answer.length;
        System.arraycopy(answer, 0, message, 2, answer.length);
        byte[] question = message.clone();
        question[4] &= 0x7F;
        Feeder feeder = Feeder.tcp(53).feed(true, question);
        feeder.piece(false, message, 0, 20).piece(false, message, 20, message.length);
        assertEquals("a.example", feeder.get("dns.qry.name"));
        assertEquals(Conversations.STEP_NS, feeder.detector().responseNs());
    }

    @Test
    void shouldReadDnsForEver() {
        Feeder feeder = Feeder.udp(53);
        for (int i = 0; i < 100; i++) {
            feeder.feed(true, question(i, "n" + i + ".example"));
            assertEquals("n" + i + ".example", feeder.get("dns.qry.name"));
            feeder.feed(false, answer(i, "n" + i + ".example"));
            assertEquals(Conversations.STEP_NS, feeder.detector().responseNs());
        }
        assertFalse(feeder.detector().isFinal());
    }

    @Test
    void shouldFindDnsOnAnotherPort() {
        Feeder feeder = Feeder.udp(5300).feed(true, question(7, "odd.example"));
        assertEquals("dns", feeder.name());
        assertTrue(feeder.detector().unusualPort());
        byte[] longer = new byte[question(7, "odd.example").length + 1];
        System.arraycopy(question(7, "odd.example"), 0, longer, 0, longer.length - 1);
        assertEquals("", Feeder.udp(5300).feed(true, longer).name());
    }

    @Test
    void shouldNotShowSecrets() {
        String shown = "";
        for (Conversations conversation : Conversations.all()) {
            Feeder feeder = Feeder.of(conversation);
            conversation.messages().forEach(m -> feeder.feed(m.fromClient(), m.data()));
            shown += feeder.details();
        }
        assertFalse(shown.contains("secret"), shown);
        assertFalse(shown.contains("alice"), shown);
        assertTrue(shown.contains("jopil.pgsql.database=shop"), shown);
        assertTrue(shown.contains("jopil.redis.command=GET"), shown);
    }

    @Test
    void shouldKeepTheNameThatMailBeganWith() {
        Feeder feeder = Feeder.tcp(587)
                .server("220 mail.example.org ESMTP\r\n")
                .client("EHLO me\r\n")
                .server("250 STARTTLS\r\n")
                .client("STARTTLS\r\n")
                .server("220 go ahead\r\n")
                .feed(true, Conversations.clientHello("mail.example.org"));
        assertEquals("smtp", feeder.name());
        assertEquals("mail.example.org", feeder.detector().serverName());
        assertFalse(feeder.detector().unusualPort());
    }

    @Test
    void shouldStopAtTheLimit() {
        Feeder feeder = Feeder.tcp(9);
        for (int i = 0; i < 4; i++) {
            feeder.client("?").server("!");
        }
        assertTrue(feeder.detector().isFinal());
        feeder.client("GET / HTTP/1.1\r\n\r\n");
        assertEquals("", feeder.name());
    }

    @Test
    void shouldKnowNothingOfOtherTransports() {
        assertTrue(new Detectors().detector(132, 1, 2).isFinal());
    }

    @Test
    void shouldLeaveOutThePort() {
        assertEquals("h", Text.withoutPort("h:80"));
        assertEquals("h", Text.withoutPort("h"));
        assertEquals("[::1]", Text.withoutPort("[::1]:80"));
        assertEquals("::1", Text.withoutPort("::1"));
        assertEquals("h:", Text.withoutPort("h:"));
    }
}
