// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.bpf.PcapCompiler;
import org.jopil.filter.internal.FilterLanguage;
import org.jopil.filter.internal.PcapFilters;
import org.jopil.testkit.Capture;
import org.jopil.testkit.ExceptionList;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;

/**
 * A filter of pcap primitives lets through the frames that libpcap lets through, frame by frame. libpcap reads files as
 * if no tag had been taken off; in a live capture on Linux the outer tag travels beside the frame, which is what our
 * filters mean, so the oracle is asked about tagged frames behind their tag.
 */
class LibpcapOracleTest {
    private static final String TAGGED = "(ether[12:2] = 0x8100 or ether[12:2] = 0x88a8 or ether[12:2] = 0x9100)";

    private static final List<String> FILTERS = List.of(
            "tcp",
            "udp",
            "sctp",
            "icmp",
            "icmp6",
            "igmp",
            "arp",
            "ip",
            "ip6",
            "not ip",
            "ip proto 6",
            "ip proto \\udp",
            "ip6 proto 17",
            "proto 132",
            "ether proto 0x0806",
            "ether proto \\ip6",
            "port 80",
            "port 443 or 53",
            "tcp port 80 or 443",
            "udp port 53",
            "src port 443",
            "dst port 53",
            "src and dst port 5353",
            "not port 80",
            "portrange 1000-30000",
            "tcp dst portrange 1-1023",
            "host 192.168.1.1",
            "host 192.168.1.178 or 192.168.1.34",
            "src host 192.168.1.178",
            "arp host 192.168.1.1",
            "ip host 192.168.1.1",
            "not host 192.168.1.178",
            "src or dst host 2a00:1450:4006:804::200e",
            "net 10",
            "net 192.168",
            "src net 192.168.0.0/16",
            "dst net 172.16.0.0 mask 255.240.0.0",
            "src and dst net 192.168.0.0/16",
            "net fe80::/10",
            "ip6 net 2a00::/16",
            "ip multicast",
            "ip6 multicast",
            "less 64",
            "greater 1000",
            "vlan",
            "vlan 200",
            "vlan 200 and udp",
            "vlan and port 67 or 68",
            "udp or tcp and port 443",
            "udp or (tcp and port 443)",
            "not tcp and not udp",
            "tcp and not (port 80 or 443) and greater 100",
            "! (src net 192.168 and dst port 80)",
            "tcp[13] & 2 != 0",
            "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not port 80",
            "not tcp[13] & 16 != 0",
            "ip[8] < 64 or ip6[7] < 64",
            "icmp[icmptype] = icmp-echo or icmp6[icmp6type] = icmp6-neighborsolicit",
            "udp and ip[2:2] > 100",
            "(ip[2:2] - ((ip[0] & 0xf) << 2)) > 60",
            "ip6 protochain 17",
            "ether multicast",
            "broadcast or ip",
            "not ether host 08:00:27:00:44:72");

    private static final FilterLanguage LANGUAGE = new FilterLanguage(new PcapFilters(new PcapCompiler()));

    /** capture and filter of the known differences, with the number of frames and the cause. */
    private static final String EXCEPTIONS = "/libpcap-exceptions.tsv";

    @Test
    void shouldMeanWhatLibpcapMeans() throws Exception {
        TreeMap<String, Integer> differences = new TreeMap<>();
        long asked = 0;
        long matched = 0;
        for (Path file : Capture.shared()) {
            Path plain = unzipped(file);
            try {
                Capture capture = Captures.read(file);
                RecentPackets packets = new RecentPackets(
                        capture.frames().size(),
                        new OwnSessions(0, 0, "", "", new NothingHidden()),
                        NumaNodes.ofThisMachine());
                packets.onPackets(new CaptureBatch(capture, 0));
                for (String filter : FILTERS) {
                    if (Captures.isLayer3(capture)
                            && (filter.contains("vlan") || filter.matches(".*(less|greater|ether|broadcast).*"))) {
                        continue;
                    }
                    boolean wrap = !Captures.isLayer3(capture) && !filter.contains("vlan");
                    String question =
                            wrap ? "((" + filter + ") and not vlan) or (" + TAGGED + " and (" + filter + "))" : filter;
                    List<Capture.Frame> theirs = Oracle.tcpdump(plain, question);
                    List<Capture.Frame> ours = ours(capture, packets, filter);
                    asked += capture.frames().size();
                    matched += theirs.size();
                    int different = different(ours, theirs);
                    if (different > 0) {
                        differences.put(capture.name() + "\t" + filter, different);
                    }
                }
            } finally {
                if (!plain.equals(file)) {
                    Files.delete(plain);
                }
            }
        }
        System.out.printf(
                "%d filters: %d tests of a frame, %d matched, %d differ%n",
                FILTERS.size(),
                asked,
                matched,
                differences.values().stream().mapToInt(i -> i).sum());
        Set<String> found = new TreeSet<>();
        differences.forEach((where, count) -> found.add(where + "\t" + count));
        assertEquals(ExceptionList.read(EXCEPTIONS, 3).keySet(), found);
    }

    private static List<Capture.Frame> ours(Capture capture, RecentPackets packets, String filter) throws Exception {
        Report report = packets.report(Query.first(Integer.MAX_VALUE)
                .withFilter(LANGUAGE.parse(filter))
                .withSort("id"));
        int id = report.indexOf("id");
        List<Capture.Frame> frames = new ArrayList<>();
        report.rows().forEach(row -> frames.add(capture.frames().get(((Long) row[id]).intValue())));
        return frames;
    }

    /** How many frames one of the two lists has and the other has not. */
    private static int different(List<Capture.Frame> ours, List<Capture.Frame> theirs) {
        Map<ByteBuffer, Integer> balance = new HashMap<>();
        ours.forEach(frame -> balance.merge(ByteBuffer.wrap(frame.data()), 1, Integer::sum));
        theirs.forEach(frame -> balance.merge(ByteBuffer.wrap(frame.data()), -1, Integer::sum));
        return balance.values().stream().mapToInt(Math::abs).sum();
    }

    private static Path unzipped(Path file) throws Exception {
        if (!file.toString().endsWith(".gz")) {
            return file;
        }
        Path plain = Files.createTempFile("jopil-oracle", ".pcap");
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
        }
        return plain;
    }
}
