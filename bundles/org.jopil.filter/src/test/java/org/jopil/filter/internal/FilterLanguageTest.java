// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.jopil.api.report.Column.column;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterLanguageTest {
    private static final Column[] FLOWS = {
        column("id", Type.TEXT, "-"),
        column("interface", Type.TEXT, "-"),
        column("protocol", Type.TEXT, "-"),
        column("src_ip", Type.ADDRESS, "-"),
        column("src_port", Type.PORT, "-"),
        column("dst_ip", Type.ADDRESS, "-"),
        column("dst_port", Type.PORT, "-"),
        column("bytes", Type.BYTES, "-"),
        column("bits_per_second", Type.BITS_PER_SECOND, "-"),
        column("duration_ms", Type.MILLISECONDS, "-"),
        column("first_seen", Type.TIME, "-"),
        column("tcp_flags", Type.LIST, "-"),
        column("state", Type.TEXT, "-"),
        column("vlan", Type.NUMBER, "-"),
        column("inner_vlan", Type.NUMBER, "-"),
        column("own", Type.BOOLEAN, "-"),
        column("process", Type.TEXT, "-"),
        column("extra", Type.OBJECT, "-"),
    };

    /** 2026-01-01T00:00:00Z. */
    private static final long NEW_YEAR_NS = 1_767_225_600_000_000_000L;

    private final FilterLanguage language = new FilterLanguage();

    /** Ids of the rows that match. */
    private String matching(String filter) throws FilterException {
        Report report = Report.of(Query.first(100).withFilter(language.parse(filter)), FLOWS)
                .row(
                        "web",
                        "eth0",
                        "tcp",
                        "10.0.0.7",
                        51544,
                        "10.1.0.2",
                        443,
                        8400,
                        12.5e6,
                        1500,
                        NEW_YEAR_NS,
                        List.of("SYN", "ACK"),
                        "established",
                        null,
                        null,
                        false,
                        "nginx: worker",
                        null)
                .row(
                        "ssh",
                        "eth0",
                        "tcp",
                        "192.168.1.9",
                        22,
                        "192.168.1.10",
                        40000,
                        900,
                        1e3,
                        90_000,
                        NEW_YEAR_NS + 1,
                        List.of("ACK"),
                        "closing",
                        10,
                        20,
                        true,
                        "sshd",
                        null)
                .row(
                        "dns",
                        "wlan0",
                        "udp",
                        "fe80::1",
                        5353,
                        "ff02::fb",
                        5353,
                        120,
                        0.0,
                        0,
                        NEW_YEAR_NS,
                        null,
                        null,
                        20,
                        null,
                        false,
                        null,
                        null)
                .row(
                        "ping",
                        "eth0",
                        "icmp",
                        "10.0.0.7",
                        8,
                        "8.8.8.8",
                        0,
                        196,
                        0.0,
                        10,
                        NEW_YEAR_NS,
                        null,
                        null,
                        null,
                        null,
                        false,
                        null,
                        null)
                .build();
        return String.join(
                " ", report.rows().stream().map(row -> (String) row[0]).toList());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                // everything
                "``;web ssh dns ping",
                // protocols
                "tcp;web ssh",
                "udp;dns",
                "icmp;ping",
                "icmp6;``",
                "ip;web ssh ping",
                "ip6;dns",
                "ip proto 6;web ssh",
                "ip6 proto \\udp;dns",
                "proto 17;dns",
                "tcp or udp;web ssh dns",
                "not tcp;dns ping",
                "! tcp;dns ping",
                // hosts
                "host 10.0.0.7;web ping",
                "src host 8.8.8.8;``",
                "dst host 8.8.8.8;ping",
                "src or dst host 8.8.8.8;ping",
                "src and dst host 8.8.8.8;``",
                "src 10.0.0.7;web ping",
                "host fe80::1 or 8.8.8.8;dns ping",
                "host (8.8.8.8 or 10.1.0.2);web ping",
                "ip6 host ff02::fb;dns",
                "ip host 8.8.8.8;ping",
                // networks
                "net 10;web ping",
                "net 10.1;web",
                "net 10.0.0.0/8;web ping",
                "net 10.0.0.0 mask 255.0.0.0;web ping",
                "src net 192.168.1.0/24;ssh",
                "net fe80::/10;dns",
                "ip multicast;``",
                "ip6 multicast;dns",
                "src and dst net 192.168;ssh",
                "net 0/0;web ssh ping",
                // ports: only where a transport has them
                "port 443;web",
                "port 8;``",
                "src port 22;ssh",
                "dst port 22;``",
                "port https or ssh;web ssh",
                "tcp port 5353;``",
                "udp port 5353;dns",
                "tcp src port 22;ssh",
                "portrange 400-500;web",
                "dst portrange 443-5353;web dns",
                "port (22 or 443);web ssh",
                "not port 22;web dns ping",
                "port 443 or 22 and host 192.168.1.9;ssh",
                "port 0x16;ssh",
                // and, or bind equally and from the left
                "udp or tcp and port 22;ssh",
                "udp or (tcp and port 22);ssh dns",
                "not udp and not icmp;web ssh",
                "tcp && !port 22;web",
                "tcp || udp;web ssh dns",
                "tcp AND port 22;ssh",
                // vlan: the n-th one is the n-th tag
                "vlan;ssh dns",
                "vlan 10;ssh",
                "vlan 10 and vlan 20;ssh",
                "vlan == 20;dns",
                "vlan and not tcp;dns",
                // fields
                "bytes > 1000;web",
                "bytes >= 900;web ssh",
                "bytes<200;dns ping",
                "bytes <= 120;dns",
                "bytes == 196;ping",
                "bytes != 196;web ssh dns",
                "bytes = 196;ping",
                "bytes > 1k;web",
                "bytes > 1KiB;web",
                "bytes > 8.4kB;``",
                "bytes in 100..200;dns ping",
                "bytes == 100 .. 200;dns ping",
                "bytes in {120, 900};ssh dns",
                "bytes in (120 900);ssh dns",
                "bytes in {120, 800..1k};ssh dns",
                "bits_per_second > 10M;web",
                "bits_per_second > 10Mbit/s;web",
                "duration_ms > 1m;ssh",
                "duration_ms > 1s;web ssh",
                "duration_ms == 1500;web",
                "first_seen > 2026-01-01T00:00:00Z;ssh",
                "first_seen <= 2026-01-01T01:00:00+01:00;web dns ping",
                "interface == eth0;web ssh ping",
                "interface != eth0;dns",
                "interface in {eth0, wlan0};web ssh dns ping",
                "interface ~ ^wl;dns",
                "interface == 'eth0';web ssh ping",
                "process contains nginx;web",
                "process contains \"nginx: w\";web",
                "process ~ \"(nginx|sshd)\";web ssh",
                "process != sshd;web",
                "protocol == TCP;web ssh",
                "protocol == 17;dns",
                "protocol in {tcp, icmp};web ssh ping",
                "src_ip == 10.0.0.0/8;web ping",
                "src_ip in 10.0.0.1..10.0.0.9;web ping",
                "src_ip != 10.0.0.7;ssh dns",
                "src_ip in {10.0.0.0/8, fe80::/10};web dns ping",
                "dst_port == https;web",
                "src_port == 8;ping",
                "tcp_flags contains syn;web",
                "tcp_flags in {SYN, FIN};web",
                "tcp_flags == ACK;ssh",
                "tcp_flags == {ACK, SYN};web",
                "tcp.flags.syn;web",
                "tcp.flags.syn == 0;ssh",
                "tcp.flags.syn == 1;web",
                "own;ssh",
                "not own;web dns ping",
                "own == true;ssh",
                "own != true;web dns ping",
                "state == Established;web",
                // Wireshark's names
                "ip.src == 10.0.0.7;web ping",
                "ip.addr == 8.8.8.8;ping",
                "ip.addr != 8.8.8.8;web ssh dns",
                "tcp.port == 22;ssh",
                "tcp.port != 22;web",
                "udp.port == 5353;dns",
                "udp.srcport == 22;``",
                "ipv6.src == fe80::/10;dns",
                "vlan.id == 10;ssh",
                "ip.proto == tcp;web ssh",
                "port == 443;web",
                "host in {8.8.8.8, ff02::fb};dns ping",
                // joined
                "tcp port 443 and net 10.0.0.0/8;web",
                "tcp and bytes > 1000;web",
                "(tcp or udp) and interface == wlan0;dns",
                "((((tcp))));web ssh",
            })
    void shouldMatch(String filter, String ids) throws FilterException {
        assertEquals(ids, matching(filter));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "tcp prot 80;4;port, proto",
                "byts > 1000;0;bytes",
                "tcp.prt == 80;0;tcp.port",
                "tcp and;7;``",
                "(tcp;4;``",
                "tcp);3;``",
                "bytes >;7;``",
                "bytes > abc;8;``",
                "bytes > 1.5;8;``",
                "port htps;5;https",
                "port 70000;5;``",
                "protocol == tpc;12;tcp",
                "direction == ingres;0;``",
                "state == estblished;9;established",
                "state > new;5;``",
                "src_ip == 10.0.0.;10;``",
                "src_ip == 10.0.0.0/33;10;``",
                "src_ip > 10.0.0.1;6;``",
                "host example.org;5;``",
                "host 10.0.0.0/8;5;net",
                "net 10.0.0.1/8;4;``",
                "net 300.0.0.0/8;4;``",
                "ip6 host 10.0.0.1;9;``",
                "ip host ::1;8;``",
                "tcp host 10.0.0.1;0;``",
                "ip port 80;0;``",
                "gateway a;0;``",
                "interface ~ '(';13;``",
                "interface == 'eth0;13;``",
                "extra == 1;5;``",
                "nonsense;0;``",
                "hots 10.0.0.1;0;host",
                "bytes;5;``",
                "less 100;0;packets",
                "tcp[13] & 2 != 0;0;packets",
                "ether[0] & 1 = 0 and tcp;0;packets",
                "(tcp[13] & 2) != 0;0;packets",
                "ether host 00:11:22:33:44:55;0;packets",
                "broadcast;0;packets",
                "mpls 5;0;packets",
                "tcp[13;6;``",
                "vlan and vlan and vlan;18;``",
                "tcp 80;4;``",
                "vlan 5000;5;``",
                "own == maybe;7;true, false",
                "tcp_flags contains SIN;19;FIN, SYN",
                "bytes contains 5;5;``",
                "src_ip in {10.0.0.1, x};21;``",
                "not;3;``",
                "ip proto tpc;9;tcp",
                "and;0;``",
            })
    void shouldPointAtTheMistake(String filter, int column, String suggestions) {
        FilterException e = assertThrows(FilterException.class, () -> matching(filter));
        assertEquals(column, e.column(), e.getMessage());
        assertTrue(
                suggestions.isEmpty() || String.join(", ", e.suggestions()).startsWith(suggestions),
                e.getMessage() + e.suggestions());
        assertTrue(!e.expected().isBlank() && !e.getMessage().isBlank());
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "{", "port (", "bytes in {", "not ", "! "})
    void shouldRefuseBottomlessNesting(String part) {
        assertThrows(FilterException.class, () -> language.parse(part.repeat(600) + "tcp"));
    }

    @Test
    void shouldRefuseWhatIsTooLong() {
        assertThrows(FilterException.class, () -> language.parse("tcp or ".repeat(1000) + "tcp"));
    }

    @Test
    void shouldBindLongChains() throws FilterException {
        assertEquals("web ssh dns ping", matching("port 1 or ".repeat(300) + "net 0/0 or ip6"));
    }

    @Test
    void shouldStopPatternsThatExplode() throws FilterException {
        Column name = column("name", Type.TEXT, "-");
        Report.Builder rows = Report.of(Query.first(9).withFilter(language.parse("name ~ '^(a|aa)+(b?)\\2$'")), name);
        JopilException e = assertThrows(JopilException.class, () -> rows.row("a".repeat(60) + "c"));
        assertEquals("JOPIL-131", e.code());
    }

    @Test
    void shouldSayThatNothingCompiles() {
        FilterException e = assertThrows(FilterException.class, () -> language.parse("tcp[13] & 2 != 0")
                .bind(() -> List.of(column("captured_hex", Type.TEXT, "-"))));
        assertEquals("'tcp[13] & 2 != 0' reads bytes, and nothing here compiles that", e.getMessage());
    }

    @Test
    void shouldKeepTheText() throws FilterException {
        assertEquals(" tcp  port 80", language.parse(" tcp  port 80").text());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip and ip6",
                "tcp and udp",
                "arp and port 80",
                "host 10.0.0.1 and ip6",
                "src host 10.0.0.1 and dst host fe80::1",
                "icmp and icmp6",
                "not (ip or not ip)",
                "tcp and not (ip or ip6)",
                "ether proto 0x0800 and ip6"
            })
    void shouldTellThatNothingCanMatch(String filter) {
        FilterException e = assertThrows(FilterException.class, () -> language.parse(filter));
        assertTrue(e.neverMatches(), e::getMessage);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ip or ip6",
                "not tcp and not udp",
                "net ::/0 and ip",
                "host 10.0.0.1 and arp",
                "port 53 and not udp",
                "ip proto 6 and tcp",
                "not port 80 and tcp",
                "vlan and ip6 and vlan",
                "bytes > 10 and bytes < 5"
            })
    void shouldLetEverythingElseThrough(String filter) throws FilterException {
        assertEquals(filter, language.parse(filter).text());
    }
}
