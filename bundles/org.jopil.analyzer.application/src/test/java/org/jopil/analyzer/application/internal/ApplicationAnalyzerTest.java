// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.Applications;
import org.jopil.api.source.Applications.Application;
import org.jopil.api.source.Applications.Flow;
import org.jopil.api.source.Applications.NamedBy;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Privacy;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApplicationAnalyzerTest {
    private static final String CLIENT = "10.0.0.9";
    private static final String SERVER = "10.0.0.2";
    private static final byte[] REQUEST = text("GET /secret?token=1 HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    private static final byte[] RESPONSE = text("HTTP/1.1 200 OK\r\n\r\n");
    /** Id 0x1234, A of shop.example. */
    private static final String QUESTION = "0473686f70076578616d706c6500" + "00010001";

    private static byte[] text(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static byte[] hex(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private static Flow flow(int clientPort, int serverPort, int protocol) {
        return new Flow(
                1,
                0,
                0,
                protocol,
                0,
                Addresses.parse(CLIENT).orElseThrow()[1],
                clientPort,
                0,
                Addresses.parse(SERVER).orElseThrow()[1],
                serverPort);
    }

    private static ApplicationAnalyzer analyzer(Path folder, int flows) {
        return new ApplicationAnalyzer(
                new NothingHidden(), folder.resolve("rules"), flows, false, new SecondOpinion(null, false, 16));
    }

    private static Object cell(Report report, int row, String column) {
        return report.rows().get(row)[report.indexOf(column)];
    }

    @Test
    void shouldSayWhatAFlowSpeaksFromEitherEnd(@TempDir Path folder) throws Exception {
        ApplicationAnalyzer analyzer = analyzer(folder, 100);
        analyzer.onPayloads(new Payloads()
                .add(1_000, Protocols.TCP, CLIENT, 40_000, SERVER, 9999, REQUEST)
                .add(5_000, Protocols.TCP, SERVER, 9999, CLIENT, 40_000, RESPONSE));
        Application found = analyzer.of(flow(40_000, 9999, Protocols.TCP)).orElseThrow();
        assertEquals("http", found.name());
        assertEquals(NamedBy.JOPIL, found.namedBy());
        assertEquals("shop.example", found.serverName());
        assertTrue(found.unusualPort());
        assertEquals(4_000, found.responseNs());
        assertFalse(
                found.details().toString().contains("token"), found.details().toString());
        assertEquals(
                found, analyzer.of(flow(40_000, 9999, Protocols.TCP).reversed()).orElseThrow());
        assertTrue(analyzer.of(flow(40_001, 9999, Protocols.TCP)).isEmpty());
        Report report = analyzer.report(Query.first(10));
        assertEquals(1, report.rows().size());
        assertEquals(CLIENT, cell(report, 0, "src_ip"));
        assertEquals(9999L, cell(report, 0, "dst_port"));
        assertEquals("http", cell(report, 0, "application"));
        assertEquals(4_000L, cell(report, 0, "response_ns"));
    }

    @Test
    void shouldKnowTheClientWhereTheServerSpeaksFirst(@TempDir Path folder) throws Exception {
        ApplicationAnalyzer analyzer = analyzer(folder, 100);
        analyzer.onPayloads(
                new Payloads().add(1, Protocols.TCP, SERVER, 22, CLIENT, 40_000, text("SSH-2.0-OpenSSH_9.2\r\n")));
        Report report = analyzer.report(Query.first(10));
        assertEquals(CLIENT, cell(report, 0, "src_ip"));
        assertEquals("ssh", cell(report, 0, "application"));
        assertEquals(false, cell(report, 0, "unusual_port"));
    }

    @Test
    void shouldTellEachReaderOfEveryChange(@TempDir Path folder) throws Exception {
        ApplicationAnalyzer analyzer = analyzer(folder, 100);
        List<Applications.Change> seen = new ArrayList<>();
        long next = analyzer.changes(0, seen::add);
        assertEquals(0, next);
        analyzer.onPayloads(new Payloads().add(1, Protocols.TCP, CLIENT, 1, SERVER, 80, REQUEST));
        next = analyzer.changes(next, seen::add);
        assertEquals(1, seen.size());
        assertEquals(flow(1, 80, Protocols.TCP).ordered(), seen.get(0).flow());
        assertEquals(next, analyzer.changes(next, seen::add));
        analyzer.changes(0, seen::add);
        assertEquals(2, seen.size());
    }

    @Test
    void shouldForgetWhatCarriedNothingForTheLongestTime(@TempDir Path folder) throws Exception {
        ApplicationAnalyzer analyzer = analyzer(folder, 3);
        for (int port = 1; port <= 4; port++) {
            analyzer.onPayloads(new Payloads().add(port, Protocols.TCP, CLIENT, port, SERVER, 80, REQUEST));
            analyzer.onPayloads(new Payloads().add(port, Protocols.TCP, SERVER, 80, CLIENT, 1, RESPONSE));
        }
        assertTrue(analyzer.of(flow(2, 80, Protocols.TCP)).isEmpty());
        assertTrue(analyzer.of(flow(1, 80, Protocols.TCP)).isPresent());
        assertEquals(3, analyzer.report(Query.first(10)).rows().size());
    }

    @Test
    void shouldTakeTheUsersRulesAsTheyChange(@TempDir Path folder) throws Exception {
        Path rules = folder.resolve("rules");
        ApplicationAnalyzer analyzer = analyzer(folder, 100);
        byte[] own = text("ACME1 hello");
        analyzer.onPayloads(new Payloads().add(1, Protocols.TCP, CLIENT, 1, SERVER, 7777, own));
        assertTrue(analyzer.of(flow(1, 7777, Protocols.TCP)).isEmpty());
        Files.writeString(rules, "acme tcp usually 7000 at 0 \"ACME1\"\n");
        analyzer.onPayloads(new Payloads().add(2, Protocols.TCP, CLIENT, 2, SERVER, 7777, own));
        Application found = analyzer.of(flow(2, 7777, Protocols.TCP)).orElseThrow();
        assertEquals("acme", found.name());
        assertEquals(NamedBy.RULE, found.namedBy());
        assertTrue(found.unusualPort());
        assertNull(found.serverName());
        Files.writeString(rules, "acme tcp at nowhere\n");
        Files.setLastModifiedTime(rules, FileTime.fromMillis(System.currentTimeMillis() + 5_000));
        analyzer.onPayloads(new Payloads().add(3, Protocols.TCP, CLIENT, 3, SERVER, 7777, own));
        assertTrue(analyzer.of(flow(3, 7777, Protocols.TCP)).isPresent(), "a mistake changes nothing");
    }

    /** Version 1, confirmable GET, path "a": a message of CoAP, which nobody of ours reads. */
    private static final byte[] COAP = hex("40010001b161");

    private static Payloads coap(int clientPort) {
        return new Payloads()
                .add(1_000_000, Protocols.UDP, CLIENT, clientPort, SERVER, 5683, COAP)
                .add(2_000_000, Protocols.UDP, SERVER, 5683, CLIENT, clientPort, hex("60450001ff6f6b"));
    }

    @Test
    void shouldSayWhenNdpiSaysIt(@TempDir Path folder) throws Exception {
        NdpiInstalled.orSkip();
        SecondOpinion second = new SecondOpinion(null, true, 16);
        ApplicationAnalyzer analyzer =
                new ApplicationAnalyzer(new NothingHidden(), folder.resolve("rules"), 100, false, second);
        analyzer.onPayloads(coap(40_000).add(3_000_000, Protocols.TCP, CLIENT, 1, SERVER, 80, REQUEST));
        Report report = analyzer.report(Query.first(10));
        assertEquals("http", cell(report, 0, "application"));
        assertEquals("jopil", cell(report, 0, "application_source"));
        assertEquals("coap", cell(report, 1, "application"));
        assertEquals("ndpi", cell(report, 1, "application_source"));
        assertEquals(Map.of("jopil.ndpi.protocol", "COAP"), cell(report, 1, "details"));
        assertEquals(false, cell(report, 1, "unusual_port"));
        assertEquals(HealthCheck.Status.UP, analyzer.check().status());
        String message = analyzer.check().message();
        assertTrue(message.contains("libndpi 4.2.") && message.contains(" 1 flows so far"), message);

        second.want(false, 16);
        analyzer.onPayloads(coap(40_001));
        assertTrue(analyzer.of(flow(40_001, 5683, Protocols.UDP)).isEmpty());
        assertTrue(analyzer.of(flow(40_000, 5683, Protocols.UDP)).isPresent(), "what was said stays");
        second.want(true, 32);
        analyzer.onPayloads(coap(40_002));
        assertTrue(analyzer.of(flow(40_002, 5683, Protocols.UDP)).isPresent());
        analyzer.deactivate();
    }

    @Test
    void shouldDoWithoutNdpiAndSayWhatIsMissing(@TempDir Path folder) throws Exception {
        SecondOpinion missing = new SecondOpinion("libnothing-of-that-name.so.7", true, 16);
        ApplicationAnalyzer analyzer =
                new ApplicationAnalyzer(new NothingHidden(), folder.resolve("rules"), 100, false, missing);
        analyzer.onPayloads(coap(40_000).add(3_000_000, Protocols.TCP, CLIENT, 1, SERVER, 80, REQUEST));
        Report report = analyzer.report(Query.first(10));
        assertEquals(1, report.rows().size());
        assertEquals("http", cell(report, 0, "application"));
        assertEquals(HealthCheck.Status.DEGRADED, analyzer.check().status());
        String message = analyzer.check().message();
        assertTrue(message.startsWith("ndpi: absent."), message);
        assertTrue(message.contains("apt install libndpi4.2") && message.contains("JOPIL-113"), message);
        missing.want(false, 16);
        analyzer.onPayloads(new Payloads());
        assertEquals(HealthCheck.Status.UP, analyzer.check().status());
        analyzer.deactivate();
    }

    @Test
    void shouldNameInOurSpelling() {
        assertEquals("smb", SecondOpinion.name("SMBv23"));
        assertEquals("skype_teams", SecondOpinion.name("Skype_Teams"));
        assertEquals("sina_weibo", SecondOpinion.name("Sina(Weibo)"));
        assertEquals("z39_50", SecondOpinion.name("Z39.50"));
    }

    @Test
    void shouldPairQuestionsOfDnsWithTheirAnswers() throws Exception {
        DnsQueries queries = new DnsQueries(new NothingHidden());
        queries.onPayloads(new Payloads()
                .add(1_000_000, Protocols.UDP, CLIENT, 5000, SERVER, 53, hex("123401000001000000000000" + QUESTION))
                .add(2_000_000, Protocols.UDP, CLIENT, 5000, SERVER, 53, hex("123501000001000000000000" + QUESTION))
                .add(9_000_000, Protocols.UDP, SERVER, 53, CLIENT, 5000, hex("123481830001000000000000" + QUESTION)));
        Report report = queries.report(Query.first(10));
        assertEquals(2, report.rows().size());
        assertNull(cell(report, 0, "rcode"), "no answer yet");
        assertEquals("shop.example", cell(report, 1, "name"));
        assertEquals("A", cell(report, 1, "type"));
        assertEquals(3L, cell(report, 1, "rcode"));
        assertEquals(0L, cell(report, 1, "answers"));
        assertEquals(8_000_000L, cell(report, 1, "latency_ns"));
        assertEquals("0x1234", ((Map<?, ?>) cell(report, 1, "details")).get("dns.id"));
    }

    /** Hides names, and nothing else. */
    private static final Privacy NAMES_OFF = new NothingHidden() {
        @Override
        public Level level() {
            return Level.NAMES_OFF;
        }
    };

    @Test
    void shouldTellOfPayloadWhatIsNoNameWhereNamesAreOff(@TempDir Path folder) throws Exception {
        ApplicationAnalyzer analyzer = new ApplicationAnalyzer(
                NAMES_OFF, folder.resolve("rules"), 100, true, new SecondOpinion(null, true, 16));
        analyzer.onPayloads(new Payloads()
                .add(1, Protocols.TCP, CLIENT, 5000, SERVER, 80, REQUEST)
                .add(2_000_001, Protocols.TCP, SERVER, 80, CLIENT, 5000, RESPONSE));
        Application found = analyzer.of(flow(5000, 80, Protocols.TCP)).orElseThrow();
        assertEquals("http", found.name());
        assertNull(found.serverName());
        assertEquals(2_000_000L, found.responseNs());
        assertEquals(
                List.of("http.response.code", "http.time"),
                List.copyOf(found.details().keySet()));
        assertFalse(analyzer.report(Query.first(10)).rows().stream()
                .anyMatch(row -> Arrays.toString(row).contains("shop")));
        analyzer.onPayloads(coap(40_000));
        assertTrue(analyzer.of(flow(40_000, 5683, Protocols.UDP)).isEmpty(), "what libndpi names is often a site");
    }

    @Test
    void shouldTellOfQuestionsWithoutTheirNames() throws Exception {
        DnsQueries queries = new DnsQueries(NAMES_OFF);
        queries.onPayloads(new Payloads()
                .add(1_000_000, Protocols.UDP, CLIENT, 5000, SERVER, 53, hex("123401000001000000000000" + QUESTION))
                .add(9_000_000, Protocols.UDP, SERVER, 53, CLIENT, 5000, hex("123481830001000000000000" + QUESTION)));
        Report report = queries.report(Query.first(10));
        assertEquals(1, report.rows().size());
        assertNull(cell(report, 0, "name"));
        assertEquals("A", cell(report, 0, "type"));
        assertEquals(3L, cell(report, 0, "rcode"));
        assertEquals(8_000_000L, cell(report, 0, "latency_ns"));
        Map<?, ?> details = (Map<?, ?>) cell(report, 0, "details");
        assertTrue(Told.WITHOUT_NAMES.containsAll(details.keySet()), details.toString());
    }
}
