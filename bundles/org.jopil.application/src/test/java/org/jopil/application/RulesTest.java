// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jopil.api.event.Protocols;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesTest {
    private static Detector feed(Rules rules, int protocol, int serverPort, byte[] data) {
        Detector detector = new Detectors(rules, 4, false).detector(protocol, 40000, serverPort);
        detector.feed(true, 0, 0, data, 0, data.length, data.length);
        return detector;
    }

    private static Detector tcp(String rules, int serverPort, String data) throws RuleException {
        return feed(Rules.parse(rules), Protocols.TCP, serverPort, data.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void shouldMatchAtAnOffset() throws RuleException {
        assertEquals("x", tcp("x tcp at 2 6263 \"d\"", 9, "aabcd").application().name());
        assertNull(tcp("x tcp at 3 6263 \"d\"", 9, "aabcd").application());
        assertNull(tcp("x udp at 2 6263", 9, "aabcd").application());
        assertNull(tcp("x tcp at 2 \"bcde\"", 9, "aabcd").application());
    }

    @Test
    void shouldMatchWithinTheFirstBytes() throws RuleException {
        assertEquals("x", tcp("x tcp within 5 \"cd\"", 9, "aabcd").application().name());
        assertNull(tcp("x tcp within 4 \"cd\"", 9, "aabcd").application());
    }

    @Test
    void shouldWantAllClausesAndTheLength() throws RuleException {
        String rule = "x tcp length 5 at 0 \"a\" within 5 \"d\"";
        assertEquals("x", tcp(rule, 9, "aabcd").application().name());
        assertNull(tcp(rule, 9, "aabcde").application());
        assertNull(tcp(rule, 9, "aabce").application());
    }

    @Test
    void shouldKnowPorts() throws RuleException {
        assertNull(tcp("x tcp on 5,10-12 at 0 \"a\"", 9, "a").application());
        assertEquals(
                "x", tcp("x tcp on 5,10-12 at 0 \"a\"", 11, "a").application().name());
        assertTrue(tcp("x tcp usually 5 at 0 \"a\"", 9, "a").unusualPort());
        assertFalse(tcp("x tcp usually 5 at 0 \"a\"", 5, "a").unusualPort());
        assertFalse(tcp("x tcp at 0 \"a\"", 5, "a").unusualPort());
    }

    @Test
    void shouldGiveWayToWhatIsBuiltIn() throws RuleException {
        assertEquals(
                "http",
                tcp("x tcp at 0 \"GET\"", 80, "GET / HTTP/1.1\r\n\r\n")
                        .application()
                        .name());
    }

    @Test
    void shouldTakeTheFirstThatMatches() throws RuleException {
        assertEquals(
                "y",
                tcp("x tcp at 0 \"b\"\ny tcp at 0 \"a\"\nz tcp at 0 \"a\"", 9, "a")
                        .application()
                        .name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\u0001',
            value = {
                "X tcp at 0 00|1|1|a name",
                "x sctp at 0 00|1|3|tcp or udp",
                "x|1|2|tcp or udp",
                "x tcp|1|6|at or within",
                "x tcp on at 0 00|1|10|ports",
                "x tcp on 0 at 0 00|1|10|ports",
                "x tcp on 9-8 at 0 00|1|10|ports",
                "x tcp on 65536 at 0 00|1|10|ports",
                "x tcp length y at 0 00|1|14|length",
                "x tcp from 0 00|1|7|at or within",
                "x tcp at y 00|1|10|an offset",
                "x tcp at 1536 00|1|10|an offset",
                "x tcp within 0 00|1|14|how many bytes",
                "x tcp at 0|1|11|bytes such as",
                "x tcp at 0 0|1|12|two hexadecimal digits",
                "x tcp at 0 0g|1|12|two hexadecimal digits",
                "x tcp at 0 \"a|1|14|a closing quotation mark",
                "x tcp at 0 \"\"|1|12|text between",
                "x tcp at 0 \"\u00e4\"|1|12|printable ASCII",
                "x tcp within 2 000000|1|22|no more bytes",
                "x tcp at 0 00 at 1|1|19|bytes such as"
            })
    void shouldSayWhatIsWrongAndWhere(String text, int line, int column, String expected) {
        RuleException wrong = assertThrows(RuleException.class, () -> Rules.parse("# first\n\n" + text));
        assertTrue(wrong.expected().contains(expected), wrong.getMessage());
        assertEquals(line + 2, wrong.line(), wrong.getMessage());
        assertEquals(column, wrong.column(), wrong.getMessage());
    }

    /** One packet for each application that is shipped as a rule, from the sources that the rules name. */
    @ParameterizedTest
    @CsvSource({
        "smb, tcp, 445, 000000c0fe534d4240000000",
        "smb, tcp, 139, 00000085ff534d4272000000",
        "rdp, tcp, 3389, 0300002c27e00000000000436f6f6b69653a206d737473686173683d6a6f650d0a",
        "rdp, tcp, 3389, 030000130ed000001234000209080002000000",
        "vnc, tcp, 5900, 524642203030332e3030380a",
        "tftp, udp, 69, 000166696c65006f6374657400",
        "bittorrent, tcp, 51413, 13426974546f7272656e742070726f746f636f6c0000000000000000",
        "bt-dht, udp, 6881, 64313a6164323a696432303a6162636465666768696a30313233343536373839",
        "smtp, tcp, 25, 3232302061",
        "ftp, tcp, 21, 3232302061",
        "imap, tcp, 143, 2a204f4b2061",
        "pop3, tcp, 110, 2b4f4b2061",
        "irc, tcp, 6667, 4e49434b206a6f650d0a55534552206a6f6520302a203a4a6f650d0a",
        "xmpp, tcp, 5222, 3c73747265616d3a73747265616d20786d6c6e733a73747265616d3d27687474703a2f2f6574686572782e6a61626265722e6f72672f73747265616d73273e",
        "telnet, tcp, 23, fffd18fffd20",
        "sip, udp, 5060, 4f5054494f4e53207369703a61205349502f322e300d0a43616c6c2d49443a20310d0a",
        "rtsp, tcp, 554, 4f5054494f4e5320727473703a2f2f612f20525453502f312e300d0a",
        "stun, udp, 3478, 000100002112a442000102030405060708090a0b",
        "dtls, udp, 4433, 16feff000000000000000000800100007400",
        "syslog, udp, 514, 3c33343e31",
        "ssdp, udp, 1900, 4d2d534541524348202a20485454502f312e310d0a",
        "snmp, udp, 161, 302902010104067075626c6963",
        "gquic, udp, 443, 0d00010203040506075130323401",
        "db-lsp-disc, udp, 17500, 7b22686f73745f696e74223a20317d",
        "mongo, tcp, 27017, 290000000100000000000000dd07000000000000",
        "memcache, tcp, 11211, 67657420610d0a",
        "amqp, tcp, 5672, 414d515000000901"
    })
    void shouldShipRulesThatMatch(String name, String transport, int port, String hex) {
        int protocol = transport.equals("tcp") ? Protocols.TCP : Protocols.UDP;
        Application found = feed(
                        Rules.standard(), protocol, port, HexFormat.of().parseHex(hex))
                .application();
        assertEquals(name, found == null ? null : found.name());
    }

    @Test
    void shouldShipARuleForWireGuard() {
        byte[] initiation = new byte[148];
        initiation[0] = 1;
        assertEquals(
                "wg",
                feed(Rules.standard(), Protocols.UDP, 51820, initiation)
                        .application()
                        .name());
        assertTrue(Rules.standard().applications().contains(new Application("wg")));
    }
}
