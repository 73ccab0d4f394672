// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.jopil.bpf.ClassicCompiler;
import org.jopil.bpf.ClassicCompiler.RefusedExpression;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.PcapCompiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PcapFiltersTest {
    private final PcapFilters filters = new PcapFilters(new PcapCompiler());

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                // fields of lists
                "bytes > 1000;0;greater 1000;greater 1000",
                "tcp and src_ip == 10.0.0.1;8;src host;src host 10.0.0.1",
                "tcp.port == 80;0;src port 443;src port 443",
                "tcp.flags.syn;0;tcp[tcpflags] & tcp-syn != 0;tcp[tcpflags]",
                "udp or (srtt_us > 5 and tcp);8;tcp, host 10.0.0.1 or port 443;``",
                "not application == dns;4;tcp, host 10.0.0.1 or port 443;``",
                "len ~ 5;0;a primitive;greater 1000",
                "len > 1k;6;a number of bytes such as 1000;``",
                "len in {1, 2};0;a primitive;``",
                "inbound;0;chosen beside it;``",
                "tcp and not outbound;12;chosen beside it;``",
                // names that a server, or a file of this machine, would have to know
                "host example.org;5;names are not looked up;``",
                "src example.org;4;names are not looked up;``",
                "net localnet;4;10.0.0.0/8;``",
                "ether host router;11;names are not looked up;``",
                "gateway router;0;host or net;``",
                "port htps;5;a service;https",
                "portrange http-htps;10;8000-8080;``",
                "ip proto tpc;9;its name;tcp",
                "protochain tpc;11;its name;tcp",
                // what the grammar of both forbids
                "tcp prot 80;4;and, or;port, proto",
                "tcp and;7;a primitive;``",
                "(tcp;4;);``",
                "tcp[13;6;];``",
                "port 70000;5;65535;``",
                "tcp host 10.0.0.1;0;'tcp and';``",
                "vlan 5000;5;4095;``",
                "net 10.0.0.1/8;4;10.0.0.0;``",
                "ether proto 70000;12;0x0800;``",
                // what libpcap alone forbids
                "tcp[13] & 2;0;tcp[13] & 2 != 0;``",
                "udp and tcp[13] &;8;tcp[13] & 2 != 0;``",
                "tcp[tcpflag] = 2;0;tcp[13] & 2 != 0;``",
                "tcp[0:3] = 1;0;:1, :2 or :4;``",
                "host 10.0.0.1 or 10.0.0.2 or ip[0] / 0 = 1;29;arithmetic;``",
                "1 << 40 = 3;0;arithmetic;``",
                "ip broadcast;0;192.168.1.255;``",
                "radio[0] = 1 or tcp;0;Ethernet;``",
                "mpls 2000000;0;smaller;``",
                "port 80 or 443 and pppoes 70000;19;smaller;``",
                "tcp[0] = 1 host a.b;11;a sign of arithmetic;``",
                "tcp[0 or host a.b] = 1;6;a sign of arithmetic;``",
                "tcp[0] + (1 and dst port 5) = 2;12;a sign of arithmetic;``",
                "geneve or host 10.0.0.1;0;'geneve' at the end;``",
            })
    void shouldPointAtTheMistake(String text, int column, String expected, String suggestions) {
        refused(text, LinkType.ETHERNET, column, expected, suggestions);
    }

    @ParameterizedTest
    @CsvSource({
        "vlan,0",
        "tcp and vlan 5,8",
        "arp,0",
        "ether host 00:11:22:33:44:55,0",
        "host 10.0.0.1 or broadcast,17",
        "multicast,0"
    })
    void shouldSayWhatNeedsEthernet(String text, int column) {
        refused(text, LinkType.RAW_IP, column, "primitives of IP", "");
    }

    private void refused(String text, LinkType type, int column, String expected, String suggestions) {
        FilterException e = assertThrows(FilterException.class, () -> filters.compile(text, type));
        String said = e.getMessage() + " | " + e.expected() + " | " + e.suggestions();
        assertEquals(column, e.column(), said);
        assertTrue(e.expected().contains(expected), said);
        assertTrue(suggestions.isEmpty() || String.join(", ", e.suggestions()).startsWith(suggestions), said);
        assertTrue(!e.neverMatches() && !e.getMessage().isBlank(), said);
    }

    @ParameterizedTest
    @CsvSource({"tcp and udp", "ip and ip6", "arp and port 80", "icmp and ip6"})
    void shouldTellThatNothingCanMatch(String text) {
        FilterException e = assertThrows(FilterException.class, () -> filters.compile(text, LinkType.ETHERNET));
        assertTrue(e.neverMatches(), e.getMessage());
    }

    /** Ours, and what libpcap is asked with numbers in the place of names. */
    @ParameterizedTest
    @CsvSource({
        "port http,port 80",
        "tcp port https or domain,tcp port 443 or 53",
        "portrange ftp-http,portrange 21-80",
        "ip proto \\udp,ip proto 17",
        "ip proto ospf,ip proto 89",
        "ip6 protochain \\tcp,ip6 protochain 6",
        "ether proto \\arp,ether proto 0x0806",
        "ether proto lldp,ether proto 0x88cc",
        "tcp AND NOT port ssh,tcp and not port 22",
        "net 10.0.0.0 MASK 255.0.0.0,net 10.0.0.0 mask 255.0.0.0",
        "ip6 and geneve and ip,ip6 and geneve and ip",
        "not ip and vlan and ip,not ip and vlan and ip",
        "(len - 4) > 100 or 6 = ip[9],(len - 4) > 100 or 6 = ip[9]",
        "'',''",
        "'  ',''"
    })
    void shouldAskLibpcapWithoutNames(String text, String asked) throws Exception {
        PacketFilter ours = filters.compile(text, LinkType.ETHERNET);
        assertEquals(text, ours.text());
        assertArrayEquals(new PcapCompiler().compile(asked, LinkType.ETHERNET).instructions(), ours.instructions());
    }

    @Test
    void shouldSayWhoCompiled() throws FilterException {
        PacketFilter filter = filters.compile("tcp", LinkType.RAW_IP);
        assertTrue(filter.compiler().startsWith("libpcap version 1."), filter.compiler());
        assertEquals(LinkType.RAW_IP, filter.linkType());
    }

    @Test
    void shouldTellNotCapturedFromNotThere() throws FilterException {
        PacketFilter filter = filters.compile("ether[20] = 7", LinkType.ETHERNET);
        byte[] bytes = new byte[64];
        bytes[3 + 20] = 7;
        assertEquals(Verdict.MATCH, filter.test(bytes, 3, 21, 21));
        assertEquals(Verdict.UNDECIDED, filter.test(bytes, 3, 20, 21));
        assertEquals(Verdict.NO_MATCH, filter.test(bytes, 3, 20, 20));
        assertEquals(Verdict.NO_MATCH, filter.test(bytes, 0, 60, 60));
        assertTrue(filter.matches(bytes, 3, 21, 1500));
        assertTrue(!filter.matches(bytes, 3, 20, 1500));
    }

    @Test
    void shouldNotLoseWhatStandsBehindANul() {
        assertThrows(FilterException.class, () -> filters.compile("tcp[13] = 2\0 and udp", LinkType.ETHERNET));
    }

    @Test
    void shouldNotAskLibpcapForNames() {
        ClassicCompiler never = new ClassicCompiler() {
            @Override
            public String version() {
                return "";
            }

            @Override
            public ClassicProgram compile(String expression, LinkType linkType) throws RefusedExpression {
                throw new AssertionError("asked for " + expression);
            }
        };
        for (String text : new String[] {"host a.b", "src a.b", "net a", "ether host a", "gateway a", "port a"}) {
            assertThrows(FilterException.class, () -> new PcapFilters(never).compile(text, LinkType.ETHERNET));
        }
    }
}
