// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jopil.analyzer.packet.internal.Capture;
import org.jopil.analyzer.packet.internal.ExceptionList;
import org.jopil.analyzer.packet.internal.Oracle;
import org.junit.jupiter.api.Test;

/** Every field of every frame of every capture, beside what tshark says. */
class HeaderDecoderOracleTest {
    /** What the kernel hands over at most. */
    private static final int CAPTURED = 192;

    private static final double MOST_EXCEPTIONS = 0.001;

    /** The fields that a layer has, all of them: the decoder must have a field exactly where tshark has it. */
    private static final Map<String, List<String>> FIELDS = fields();

    private static Map<String, List<String>> fields() {
        Map<String, List<String>> fields = new LinkedHashMap<>();
        fields.put("eth", List.of("eth.dst", "eth.src", "eth.type", "eth.len"));
        fields.put(
                "arp",
                List.of(
                        "arp.hw.type",
                        "arp.proto.type",
                        "arp.hw.size",
                        "arp.proto.size",
                        "arp.opcode",
                        "arp.src.hw_mac",
                        "arp.src.proto_ipv4",
                        "arp.dst.hw_mac",
                        "arp.dst.proto_ipv4"));
        fields.put(
                "ip",
                List.of(
                        "ip.version",
                        "ip.hdr_len",
                        "ip.dsfield",
                        "ip.dsfield.dscp",
                        "ip.dsfield.ecn",
                        "ip.len",
                        "ip.id",
                        "ip.flags",
                        "ip.flags.rb",
                        "ip.flags.df",
                        "ip.flags.mf",
                        "ip.frag_offset",
                        "ip.ttl",
                        "ip.proto",
                        "ip.checksum",
                        "ip.src",
                        "ip.dst"));
        fields.put(
                "ipv6",
                List.of(
                        "ipv6.version",
                        "ipv6.tclass",
                        "ipv6.tclass.dscp",
                        "ipv6.tclass.ecn",
                        "ipv6.flow",
                        "ipv6.plen",
                        "ipv6.nxt",
                        "ipv6.hlim",
                        "ipv6.src",
                        "ipv6.dst",
                        "ipv6.fraghdr.nxt",
                        "ipv6.fraghdr.offset",
                        "ipv6.fraghdr.more",
                        "ipv6.fraghdr.ident",
                        "ipv6.routing.nxt",
                        "ipv6.routing.len",
                        "ipv6.routing.type",
                        "ipv6.routing.segleft",
                        "ipv6.hopopts.nxt",
                        "ipv6.dstopts.nxt"));
        fields.put(
                "tcp",
                List.of(
                        "tcp.srcport",
                        "tcp.dstport",
                        "tcp.seq_raw",
                        "tcp.ack_raw",
                        "tcp.hdr_len",
                        "tcp.len",
                        "tcp.flags",
                        "tcp.flags.ae",
                        "tcp.flags.cwr",
                        "tcp.flags.ece",
                        "tcp.flags.urg",
                        "tcp.flags.ack",
                        "tcp.flags.push",
                        "tcp.flags.reset",
                        "tcp.flags.syn",
                        "tcp.flags.fin",
                        "tcp.window_size_value",
                        "tcp.checksum",
                        "tcp.urgent_pointer",
                        "tcp.options",
                        "tcp.options.mss_val",
                        "tcp.options.wscale.shift",
                        "tcp.options.sack_perm",
                        "tcp.options.timestamp.tsval",
                        "tcp.options.timestamp.tsecr"));
        fields.put("udp", List.of("udp.srcport", "udp.dstport", "udp.length", "udp.checksum"));
        fields.put(
                "icmp", List.of("icmp.type", "icmp.code", "icmp.checksum", "icmp.ident", "icmp.seq", "icmp.redir_gw"));
        fields.put(
                "icmpv6",
                List.of(
                        "icmpv6.type",
                        "icmpv6.code",
                        "icmpv6.checksum",
                        "icmpv6.echo.identifier",
                        "icmpv6.echo.sequence_number",
                        "icmpv6.mtu"));
        fields.put("sctp", List.of("sctp.srcport", "sctp.dstport", "sctp.verification_tag", "sctp.checksum"));
        return fields;
    }

    /** Wireshark's names of a tag's fields: IEEE 802.1Q, and the service tag of 802.1ad. */
    private static final List<List<String>> VLAN_FIELDS = List.of(
            List.of("vlan.priority", "ieee8021ad.priority"),
            List.of("vlan.dei", "ieee8021ad.dei"),
            List.of("vlan.id", "ieee8021ad.id"),
            List.of("vlan.etype", "ieee8021ah.etype"));

    /** Written with colons by {@code -T json}, and by us, and without by {@code -T fields}. */
    private static final List<String> BYTES = List.of("tcp.options", "tcp.options.sack_perm");

    private static final Set<String> LEADS_ON = Set.of(
            "eth",
            "sll",
            "ethertype",
            "vlan",
            "ieee8021ad",
            "ipv6.fraghdr",
            "ipv6.routing",
            "ipv6.hopopts",
            "ipv6.dstopts");

    private long frames;
    private long values;
    /** capture, frame, field → what was seen. */
    private final Map<String, String> differences = new TreeMap<>();

    @Test
    void shouldSayWhatTsharkSays() throws Exception {
        for (Path file : Capture.files().toList()) {
            long before = values;
            Capture capture = Capture.read(file);
            compare(capture);
            System.out.printf(
                    "%-34s %6d frames %8d values%n",
                    capture.name(), capture.frames().size(), values - before);
        }
        System.out.printf("%-34s %6d frames %8d values, %d differ%n", "all", frames, values, differences.size());
        Map<String, String> listed = ExceptionList.read("/tshark-exceptions.tsv", 3);
        Set<String> unlisted = new TreeSet<>(differences.keySet());
        unlisted.removeAll(listed.keySet());
        assertTrue(
                unlisted.isEmpty(),
                () -> unlisted.size() + " differences, first: "
                        + unlisted.stream()
                                .limit(40)
                                .map(k -> k + " " + differences.get(k) + "\n")
                                .toList());
        Set<String> gone = new TreeSet<>(listed.keySet());
        gone.removeAll(differences.keySet());
        assertEquals(Set.of(), gone, "listed, but no longer so");
        assertTrue(differences.size() <= frames * MOST_EXCEPTIONS, differences.size() + " of " + frames);
    }

    private void compare(Capture capture) throws Exception {
        List<String> names = new ArrayList<>();
        FIELDS.values().forEach(names::addAll);
        VLAN_FIELDS.forEach(names::addAll);
        List<Map<String, List<String>>> expected = Oracle.tshark(capture.file(), names);
        assertEquals(expected.size(), capture.frames().size(), capture.name());
        for (int i = 0; i < expected.size(); i++) {
            Capture.Frame frame = capture.frames().get(i);
            String where = capture.name() + "\t" + (i + 1) + "\t";
            Layers layers = decode(capture, frame, Math.min(CAPTURED, frame.data().length));
            compare(where, layers, expected.get(i), capture.layer3());
            shouldNeedNoPayload(where, capture, frame, layers);
            frames++;
        }
    }

    private static Layers decode(Capture capture, Capture.Frame frame, int captured) {
        return HeaderDecoder.decode(frame.data(), captured, frame.length(), 0, capture.layer3());
    }

    /** What the headers alone say is all there is to say. */
    private static void shouldNeedNoPayload(String where, Capture capture, Capture.Frame frame, Layers whole) {
        Layers cut = decode(capture, frame, whole.headerEnd());
        for (String layer : HeaderDecoder.LAYERS) {
            assertEquals(whole.get(layer), cut.get(layer), where + layer);
        }
        assertEquals(whole.info(), cut.info(), where);
    }

    private void compare(String where, Layers layers, Map<String, List<String>> expected, boolean layer3) {
        List<String> outer = outerLayers(expected.get("frame.protocols").get(0), layer3);
        for (Map.Entry<String, List<String>> layer : FIELDS.entrySet()) {
            @SuppressWarnings("unchecked")
            Map<String, Object> ours = (Map<String, Object>) layers.get(layer.getKey());
            boolean theirs = outer.contains(layer.getKey());
            if (ours == null && !theirs) {
                continue;
            }
            if (ours == null || !theirs) {
                differences.put(where + layer.getKey(), "ours " + ours + ", tshark's " + outer);
                continue;
            }
            assertTrue(layer.getValue().containsAll(ours.keySet()), () -> "not compared: " + ours.keySet());
            for (String field : layer.getValue()) {
                List<String> wanted = expected.get(field);
                check(where + field, ours.get(field), wanted.isEmpty() ? null : wanted.get(0));
            }
        }
        compareVlans(where, layers, expected);
    }

    @SuppressWarnings("unchecked")
    private void compareVlans(String where, Layers layers, Map<String, List<String>> expected) {
        List<Map<String, Object>> tags =
                layers.get("vlan") == null ? List.of() : (List<Map<String, Object>>) layers.get("vlan");
        for (List<String> names : VLAN_FIELDS) {
            List<String> wanted = new ArrayList<>(expected.get(names.get(1)));
            wanted.addAll(expected.get(names.get(0)));
            for (int i = 0; i < Math.max(tags.size(), wanted.size()); i++) {
                Object ours = i < tags.size() ? tags.get(i).get(names.get(0)) : null;
                check(where + names.get(0) + "[" + i + "]", ours, i < wanted.size() ? wanted.get(i) : null);
            }
        }
    }

    private void check(String where, Object ours, String wanted) {
        String text = ours == null ? null : ours instanceof Boolean truth ? (truth ? "1" : "0") : ours.toString();
        if (text != null && BYTES.stream().anyMatch(where::endsWith)) {
            text = text.replace(":", "");
        }
        values++;
        if (text == null ? wanted != null : !text.equals(wanted)) {
            differences.put(where, "ours " + text + ", tshark's " + wanted);
        }
    }

    /** The chain of layers up to the first one that is neither link, IP nor transport: what is in a tunnel is not ours. */
    private static List<String> outerLayers(String protocols, boolean layer3) {
        List<String> outer = new ArrayList<>();
        for (String protocol : protocols.split(":")) {
            if (protocol.equals("eth") && layer3) {
                continue;
            }
            if (outer.contains(protocol) && FIELDS.containsKey(protocol)) {
                break;
            }
            if (FIELDS.containsKey(protocol)) {
                boolean secondNetwork = (protocol.equals("ip") || protocol.equals("ipv6"))
                        && (outer.contains("ip") || outer.contains("ipv6"));
                if (secondNetwork) {
                    break;
                }
                outer.add(protocol);
            } else if (!LEADS_ON.contains(protocol)) {
                break;
            }
        }
        return outer;
    }
}
