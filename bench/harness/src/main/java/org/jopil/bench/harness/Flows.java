// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Flows as the generator and the tools write them down; the records of one flow are added up. */
final class Flows {
    private static final Pattern SOFTFLOWD =
            Pattern.compile("\\[([0-9a-fA-F.:]+)\\]:(\\d+) <> \\[([0-9a-fA-F.:]+)\\]:(\\d+)"
                    + " proto:(\\d+) octets>:(\\d+) packets>:(\\d+) octets<:(\\d+) packets<:(\\d+)");

    private Flows() {}

    /** {@code load --truth}: src sport dst dport proto packets bytes. */
    static Map<FlowKey, FlowCount> ofTruth(String text) {
        return rows(text.lines(), " ", 0);
    }

    /** JOPIL's CSV with the fields src_ip, src_port, dst_ip, dst_port, protocol, packets, bytes; more may follow. */
    static Map<FlowKey, FlowCount> ofJopil(Stream<String> lines) {
        return rows(lines, ",", 1);
    }

    /** {@code pmacct -s -O csv} of src_host, dst_host, src_port, dst_port, proto. */
    static Map<FlowKey, FlowCount> ofPmacct(String text) {
        Map<FlowKey, FlowCount> flows = new HashMap<>();
        text.lines()
                .skip(1)
                .map(line -> line.split(",", -1))
                .filter(cell -> cell.length == 7)
                .forEach(cell -> {
                    FlowKey key = key(cell[0], cell[2], cell[1], cell[3], cell[4]);
                    flows.merge(key, new FlowCount(Long.parseLong(cell[5]), Long.parseLong(cell[6])), FlowCount::plus);
                });
        return flows;
    }

    /** {@code ra -c , -s saddr sport daddr dport proto pkts bytes - udp} */
    static Map<FlowKey, FlowCount> ofArgus(String text) {
        return rows(text.lines(), ",", 0);
    }

    /** {@code softflowctl dump-flows}. */
    static Map<FlowKey, FlowCount> ofSoftflowd(String text) {
        Map<FlowKey, FlowCount> flows = new HashMap<>();
        Matcher line = SOFTFLOWD.matcher(text);
        while (line.find()) {
            FlowKey key = key(line.group(1), line.group(2), line.group(3), line.group(4), line.group(5));
            FlowCount there = new FlowCount(Long.parseLong(line.group(7)), Long.parseLong(line.group(6)));
            FlowCount back = new FlowCount(Long.parseLong(line.group(9)), Long.parseLong(line.group(8)));
            flows.merge(key, there.plus(back), FlowCount::plus);
        }
        return flows;
    }

    /** How many flows of the truth have exactly their packets and bytes. */
    static int right(Map<FlowKey, FlowCount> truth, Map<FlowKey, FlowCount> seen, FlowCount.Bytes unit) {
        return (int) truth.entrySet().stream()
                .filter(flow -> flow.getValue().in(unit).equals(seen.get(flow.getKey())))
                .count();
    }

    private static Map<FlowKey, FlowCount> rows(Stream<String> lines, String separator, int header) {
        Map<FlowKey, FlowCount> flows = new HashMap<>();
        lines.skip(header).filter(line -> !line.isBlank()).forEach(line -> {
            String[] cell = line.split(separator, -1);
            FlowKey key = key(cell[0], cell[1], cell[2], cell[3], cell[4]);
            flows.merge(key, new FlowCount(Long.parseLong(cell[5]), Long.parseLong(cell[6])), FlowCount::plus);
        });
        return flows;
    }

    private static FlowKey key(String a, String portA, String b, String portB, String protocol) {
        String name = protocol.toLowerCase(Locale.ROOT);
        return FlowKey.of(
                address(a),
                Integer.parseInt(portA),
                address(b),
                Integer.parseInt(portB),
                name.equals("17") ? "udp" : name.equals("6") ? "tcp" : name);
    }

    /** One spelling of an address: IPv6 has several. */
    private static String address(String text) {
        if (text.indexOf(':') < 0) {
            return text;
        }
        try {
            // a literal: no name server is asked
            return InetAddress.getByName(text).getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("not an address: " + text, e);
        }
    }
}
