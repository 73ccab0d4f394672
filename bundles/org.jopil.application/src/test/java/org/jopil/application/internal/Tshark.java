// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Payload packets of a capture as tshark takes them apart, with what it says of them. */
final class Tshark {
    private static final String SEPARATOR = "\u001f";
    private static final List<String> TRANSPORT = List.of(
            "frame.number",
            "frame.time_epoch",
            "frame.protocols",
            "ip.src",
            "ip.dst",
            "ipv6.src",
            "ipv6.dst",
            "tcp.srcport",
            "tcp.dstport",
            "tcp.stream",
            "tcp.seq_raw",
            "tcp.len",
            "tcp.flags",
            "tcp.payload",
            "udp.srcport",
            "udp.dstport",
            "udp.stream",
            "udp.length",
            "udp.payload");

    private Tshark() {}

    /**
     * @param application what stands behind TCP or UDP in the chain of protocols, empty if nothing
     * @param values per field asked for; of a field that is not there none
     */
    record Packet(
            int frame,
            long timestampNs,
            boolean tcp,
            String stream,
            String source,
            String destination,
            int sourcePort,
            int destinationPort,
            int sequence,
            int flags,
            int payloadBytes,
            byte[] payload,
            String application,
            List<List<String>> values) {}

    static List<Packet> packets(Path capture, List<String> fields) throws IOException, InterruptedException {
        List<String> names = new ArrayList<>(TRANSPORT);
        names.addAll(fields);
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        for (String option : List.of(
                "ip.defragment",
                "ipv6.defragment",
                "ip.tso_support",
                "http.desegment_body",
                "http.desegment_headers",
                "tcp.relative_sequence_numbers")) {
            command.addAll(List.of("-o", option + ":FALSE"));
        }
        command.addAll(List.of("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=" + SEPARATOR));
        command.addAll(List.of("-E", "separator=/t", "-Y", "tcp or udp"));
        names.forEach(name -> command.addAll(List.of("-e", name)));
        List<Packet> packets = new ArrayList<>();
        for (String line : run(command)) {
            String[] columns = line.split("\t", -1);
            assertEquals(names.size(), columns.length, line);
            List<List<String>> values = new ArrayList<>();
            for (String column : columns) {
                values.add(column.isEmpty() ? List.of() : List.of(column.split(SEPARATOR, -1)));
            }
            Packet packet = packet(values);
            if (packet != null) {
                packets.add(packet);
            }
        }
        return packets;
    }

    /** tshark's names of a field's numbers. */
    static Map<Integer, String> names(String field) throws IOException, InterruptedException {
        Map<Integer, String> names = new TreeMap<>();
        for (String line : run(List.of("tshark", "-G", "values"))) {
            String[] columns = line.split("\t");
            if (columns.length == 4 && columns[0].equals("V") && columns[1].equals(field)) {
                names.put(Integer.decode(columns[2]), columns[3]);
            }
        }
        return names;
    }

    private static Packet packet(List<List<String>> values) {
        List<String> chain = List.of(first(values, "frame.protocols").split(":"));
        int transport = 0;
        while (transport < chain.size() && !List.of("tcp", "udp").contains(chain.get(transport))) {
            if (chain.get(transport).startsWith("icmp")) {
                return null;
            }
            transport++;
        }
        if (transport == chain.size()) {
            return null;
        }
        boolean tcp = chain.get(transport).equals("tcp");
        String prefix = tcp ? "tcp." : "udp.";
        boolean ipv4 = !first(values, "ip.src").isEmpty();
        String payload = first(values, prefix + "payload");
        String length = first(values, tcp ? "tcp.len" : "udp.length");
        if (length.isEmpty() || first(values, prefix + "stream").isEmpty()) {
            return null;
        }
        byte[] bytes = HexFormat.of().parseHex(payload.replace(":", ""));
        List<String> behind = chain.subList(transport + 1, chain.size());
        String[] time = first(values, "frame.time_epoch").split("\\.");
        return new Packet(
                Integer.parseInt(first(values, "frame.number")),
                Long.parseLong(time[0]) * 1_000_000_000L + Long.parseLong(time[1]),
                tcp,
                prefix + first(values, prefix + "stream"),
                first(values, ipv4 ? "ip.src" : "ipv6.src"),
                first(values, ipv4 ? "ip.dst" : "ipv6.dst"),
                Integer.parseInt(first(values, prefix + "srcport")),
                Integer.parseInt(first(values, prefix + "dstport")),
                tcp ? (int) Long.parseLong(first(values, "tcp.seq_raw")) : 0,
                tcp ? Integer.decode(first(values, "tcp.flags")) : 0,
                Math.max(bytes.length, Integer.parseInt(length) - (tcp ? 0 : 8)),
                bytes,
                behind.stream()
                        // on a port of HTTP/1, HTTP/2 stands behind it
                        .filter(p -> !(p.equals("http") && behind.contains("http2"))
                                && !p.equals("mptcp")
                                && !p.equals("data")
                                && !p.startsWith("tcp.")
                                && !p.startsWith("_ws"))
                        .findFirst()
                        .orElse(""),
                values.subList(TRANSPORT.size(), values.size()));
    }

    private static String first(List<List<String>> values, String field) {
        List<String> all = values.get(TRANSPORT.indexOf(field));
        return all.isEmpty() ? "" : all.get(0);
    }

    private static List<String> run(List<String> command) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jopil-tshark", ".txt");
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD);
            builder.environment().put("TZ", "UTC");
            Process process;
            try {
                process = builder.start();
            } catch (IOException e) {
                return missing();
            }
            int status = process.waitFor();
            // 2: the capture is cut in the middle of a packet; what is before it was read
            if (status != 0 && status != 2) {
                fail(command + " ended with " + status);
            }
            return Files.readString(out, StandardCharsets.UTF_8).lines().toList();
        } finally {
            Files.delete(out);
        }
    }

    private static List<String> missing() {
        String reason = "tshark is not installed: apt install tshark";
        if ("true".equals(System.getenv("CI"))) {
            return fail(reason);
        }
        return abort(reason);
    }
}
