// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import static org.jopil.api.report.Column.column;
import static org.jopil.api.report.Column.detail;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class EcsTest {
    private static final long SEEN_NS = 1_700_000_000_123_456_789L;
    private static final String HEAD =
            "{\"@timestamp\":\"2023-11-14T22:13:20.123456789Z\",\"ecs\":{\"version\":\"8.11.0\"},";

    private static String lines(Report.Builder report, String name, String... fields) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Answers.write(
                report.asOf(Units.instant(SEEN_NS)).build().named(name),
                Format.ECS,
                Style.of("thing").withFields(List.of(fields)),
                out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String event(String kind, String dataset) {
        return HEAD + "\"event\":{" + kind + ",\"module\":\"jopil\",\"dataset\":\"jopil." + dataset + "\"";
    }

    private static Report.Builder flows() {
        return Report.of(
                detail("community_id", Type.TEXT, ""),
                column("interface", Type.TEXT, ""),
                column("protocol", Type.TEXT, ""),
                column("src_ip", Type.ADDRESS, ""),
                column("src_port", Type.PORT, ""),
                column("bytes", Type.BYTES, ""),
                detail("bytes_fwd", Type.BYTES, ""),
                column("last_seen", Type.TIME, ""),
                column("duration_ms", Type.MILLISECONDS, ""),
                column("tcp_flags", Type.LIST, ""),
                column("state", Type.TEXT, ""),
                column("process", Type.TEXT, ""),
                column("application", Type.TEXT, ""),
                column("server_name", Type.TEXT, ""),
                detail("uid", Type.NUMBER, ""),
                detail("vlan", Type.NUMBER, ""),
                detail("ip_version", Type.NUMBER, ""),
                detail("ip_protocol", Type.NUMBER, ""));
    }

    @Test
    void shouldCallAListThatHasNoNameByItsRows() throws IOException {
        for (var list : Map.of("capability", "capabilities", "journey", "journeys", "bus", "bus")
                .entrySet()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Report report = Report.of(column("name", Type.TEXT, ""))
                    .row("a")
                    .asOf(Units.instant(SEEN_NS))
                    .build();
            Answers.write(report, Format.ECS, Style.of(list.getKey()), out);
            String line = out.toString(StandardCharsets.UTF_8);
            assertTrue(line.contains("\"dataset\":\"jopil." + list.getValue() + "\""), line);
        }
    }

    @Test
    void shouldWriteAFlow() throws IOException {
        String line = lines(
                flows().row(
                                "1:abc=",
                                "eth0",
                                "tcp",
                                "10.0.0.1",
                                4242L,
                                30L,
                                10L,
                                SEEN_NS,
                                5L,
                                List.of("SYN", "ACK"),
                                "new",
                                "curl[17]",
                                "TLS",
                                "example.org",
                                0L,
                                12L,
                                4L,
                                6L),
                "flows");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\"]", "flows")
                        + ",\"end\":\"2023-11-14T22:13:20.123456789Z\",\"duration\":5000000},"
                        + "\"network\":{\"community_id\":\"1:abc=\",\"transport\":\"tcp\",\"bytes\":30,\"protocol\":\"tls\","
                        + "\"vlan\":{\"id\":\"12\"},\"type\":\"ipv4\",\"iana_number\":\"6\"},"
                        + "\"observer\":{\"ingress\":{\"interface\":{\"name\":\"eth0\"}}},"
                        + "\"source\":{\"ip\":\"10.0.0.1\",\"port\":4242,\"bytes\":10},"
                        + "\"jopil\":{\"tcp\":{\"flags\":[\"SYN\",\"ACK\"]},\"flows\":{\"state\":\"new\"}},"
                        + "\"process\":{\"name\":\"curl\",\"pid\":17},"
                        + "\"tls\":{\"client\":{\"server_name\":\"example.org\"}},\"user\":{\"id\":\"0\"}}\n",
                line);
    }

    @Test
    void shouldWriteWhereBothEndsAre() throws IOException {
        String line = lines(
                Report.of(
                                column("src_ip", Type.ADDRESS, ""),
                                detail("src_country", Type.TEXT, ""),
                                detail("dst_country", Type.TEXT, ""),
                                detail("src_as", Type.NUMBER, ""),
                                detail("dst_as", Type.NUMBER, ""),
                                detail("src_as_name", Type.TEXT, ""),
                                detail("dst_as_name", Type.TEXT, ""))
                        .row("192.0.2.1", "DE", "FR", 64_496L, null, "Example", null),
                "flows");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\"]", "flows")
                        + "},\"source\":{\"ip\":\"192.0.2.1\",\"geo\":{\"country_iso_code\":\"DE\"},"
                        + "\"as\":{\"number\":64496,\"organization\":{\"name\":\"Example\"}}},"
                        + "\"destination\":{\"geo\":{\"country_iso_code\":\"FR\"}}}\n",
                line);
    }

    @Test
    void shouldLeaveOutWhatIsNotKnownAndNotAskedFor() throws IOException {
        Object[] unknown = new Object[18];
        unknown[7] = SEEN_NS;
        unknown[12] = "HTTP";
        unknown[13] = "shop.example";
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"connection\"]", "flows")
                        + "},\"url\":{\"domain\":\"shop.example\"}}\n",
                lines(flows().row(unknown), "flows", "server_name", "src_ip"));
    }

    @Test
    void shouldWriteAPacketWithAddressesInEcsSpellingAndWithoutDotsInNames() throws IOException {
        Map<String, Object> eth = new LinkedHashMap<>();
        eth.put("eth.src", "02:00:00:00:00:0a");
        eth.put("eth.type", "0x0806");
        String line = lines(
                Report.of(
                                column("timestamp", Type.TIME, ""),
                                column("interface", Type.TEXT, ""),
                                column("direction", Type.TEXT, ""),
                                column("protocol", Type.TEXT, ""),
                                detail("wire_bytes", Type.BYTES, ""),
                                detail("eth", Type.OBJECT, ""),
                                detail("tcp", Type.OBJECT, ""))
                        .row(SEEN_NS, "eth0", "egress", "arp", 60L, eth, Map.of("tcp.flags.syn", true)),
                "packets");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"info\"]", "packets")
                        + "},\"observer\":{\"egress\":{\"interface\":{\"name\":\"eth0\"}}},"
                        + "\"network\":{\"direction\":\"egress\",\"type\":\"arp\",\"bytes\":60},"
                        + "\"source\":{\"mac\":\"02-00-00-00-00-0A\"},"
                        + "\"jopil\":{\"packets\":{\"eth\":{\"eth_type\":\"0x0806\"},\"tcp\":{\"tcp_flags_syn\":true}}}}\n",
                line);
    }

    @Test
    void shouldKeepTheKernelsWordsOfADrop() throws IOException {
        String line = lines(
                Report.of(
                                column("timestamp", Type.TIME, ""),
                                column("reason", Type.TEXT, ""),
                                column("symbol", Type.TEXT, ""),
                                column("hook", Type.TEXT, ""))
                        .row(SEEN_NS, "NETFILTER_DROP", "nf_hook_slow", null),
                "drop-events");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"info\"]", "drop_events")
                        + "},\"jopil\":{\"drop\":{\"reason\":\"NETFILTER_DROP\",\"symbol\":\"nf_hook_slow\"}}}\n",
                line);
    }

    @Test
    void shouldWriteDns() throws IOException {
        String line = lines(
                Report.of(
                                column("timestamp", Type.TIME, ""),
                                column("application", Type.TEXT, ""),
                                column("name", Type.TEXT, ""),
                                column("type", Type.TEXT, ""),
                                column("rcode", Type.NUMBER, ""),
                                column("answers", Type.NUMBER, ""),
                                column("latency_ns", Type.NANOSECONDS, ""))
                        .row(SEEN_NS, "mdns", "=evil.example", "AAAA", 3L, 0L, 1500L),
                "dns");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"protocol\",\"info\"]", "dns")
                        + ",\"duration\":1500},\"network\":{\"protocol\":\"mdns\"},"
                        + "\"dns\":{\"question\":{\"name\":\"=evil.example\",\"type\":\"AAAA\"},\"response_code\":\"NXDOMAIN\"},"
                        + "\"jopil\":{\"dns\":{\"answers\":0}}}\n",
                line);
    }

    @Test
    void shouldWriteAnApplicationWithItsRequest() throws IOException {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("http.request.method", "GET");
        details.put("http.response.code", 404L);
        details.put("http.host", "shop.example");
        String line = lines(
                Report.of(column("timestamp", Type.TIME, ""), detail("details", Type.OBJECT, ""))
                        .row(SEEN_NS, details),
                "applications");
        assertEquals(
                event("\"kind\":\"event\",\"category\":[\"network\"],\"type\":[\"protocol\"]", "applications")
                        + "},\"http\":{\"request\":{\"method\":\"GET\"},\"response\":{\"status_code\":404}},"
                        + "\"jopil\":{\"applications\":{\"details\":{\"http_host\":\"shop.example\"}}}}\n",
                line);
    }

    @Test
    void shouldNotSayWhoOpenedAConnectionWhereThatIsNotKnown() throws IOException {
        Report.Builder tcp = Report.of(
                column("local_ip", Type.ADDRESS, ""),
                column("remote_port", Type.PORT, ""),
                detail("opened_by", Type.TEXT, ""));
        String head = event("\"kind\":\"state\",\"category\":[\"network\"],\"type\":[\"connection\"]", "tcp");
        assertEquals(
                head + "},\"source\":{\"ip\":\"::1\"},\"destination\":{\"port\":80}}\n"
                        + head + "},\"destination\":{\"ip\":\"::1\"},\"source\":{\"port\":80}}\n"
                        + head + "},\"jopil\":{\"tcp\":{\"local_ip\":\"::1\",\"remote_port\":80}}}\n",
                lines(
                        tcp.row("::1", 80L, "us").row("::1", 80L, "peer").row("::1", 80L, null),
                        "tcp",
                        "local_ip",
                        "remote_port"));
    }

    @Test
    void shouldKeepWhatAPlugInCallsItsColumns() throws IOException {
        assertEquals(
                event("\"kind\":\"state\"", "top_talkers")
                        + "},\"source\":{\"ip\":\"::1\"},\"jopil\":{\"top_talkers\":{\"reason\":\"x\",\"bytes\":5,"
                        + "\"since\":\"2023-11-14T22:13:20.123456789Z\"}}}\n",
                lines(
                        Report.of(
                                        column("src_ip", Type.ADDRESS, ""),
                                        column("reason", Type.TEXT, ""),
                                        column("bytes", Type.BYTES, ""),
                                        column("since", Type.TIME, ""))
                                .row("::1", "x", 5L, SEEN_NS),
                        "top-talkers"));
    }

    @Test
    void shouldWriteADocumentAsAState() {
        assertEquals(
                HEAD + "\"event\":{\"kind\":\"state\",\"module\":\"jopil\"},\"jopil\":{\"up\":true}}",
                Json.text(Ecs.document(Map.of("up", true), Instant.parse("2023-11-14T22:13:20.123456789Z"))));
    }
}
