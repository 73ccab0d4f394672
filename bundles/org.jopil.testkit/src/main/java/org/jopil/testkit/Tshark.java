// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** tshark as an oracle: each frame by itself, numbers as they are in it. */
public final class Tshark {
    private static final List<String> OPTIONS = List.of(
            "ip.defragment:FALSE",
            "ipv6.defragment:FALSE",
            "tcp.desegment_tcp_streams:FALSE",
            "tcp.relative_sequence_numbers:FALSE",
            "ip.tso_support:FALSE",
            "ip.check_checksum:TRUE",
            "udp.check_checksum:TRUE");

    private static final Pattern PROTO =
            Pattern.compile("<proto name=\"([\\w.]+)\" showname=.* size=\"(\\d+)\" pos=\"(\\d+)\">");

    private Tshark() {}

    /**
     * Per frame the values of {@code fields} and of {@code frame.protocols}, each occurrence one element. A file whose end
     * is corrupt gives the frames before.
     */
    public static List<Map<String, List<String>>> frames(Path capture, List<String> fields)
            throws IOException, InterruptedException {
        List<String> names = new ArrayList<>(fields);
        names.add("frame.protocols");
        List<String> command = command(capture);
        command.addAll(List.of("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "separator=/t"));
        names.forEach(name -> command.addAll(List.of("-e", name)));
        List<Map<String, List<String>>> frames = new ArrayList<>();
        for (String line : Tool.lines(command, ISO_8859_1, Tool.CUT_SHORT)) {
            String[] columns = line.split("\t", -1);
            Map<String, List<String>> frame = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                frame.put(names.get(i), columns[i].isEmpty() ? List.of() : List.of(columns[i].split("\\|", -1)));
            }
            frames.add(frame);
        }
        return frames;
    }

    /** Where a protocol stands in a frame, bytes. */
    public record Position(String protocol, int offset, int length) {}

    /** Per frame the place of every protocol, in the order in which they were dissected. */
    public static List<List<Position>> positions(Path capture) throws IOException, InterruptedException {
        List<String> command = command(capture);
        // of all but these it leaves the fields out, and among them is what an error quotes, and AH in IPv6
        command.addAll(List.of("-T", "pdml", "-j", "icmp icmpv6 ipv6"));
        List<List<Position>> frames = new ArrayList<>();
        for (String line : Tool.lines(command, ISO_8859_1, Tool.CUT_SHORT)) {
            if (line.strip().equals("<packet>")) {
                frames.add(new ArrayList<>());
            }
            Matcher proto = PROTO.matcher(line);
            if (proto.find()) {
                frames.get(frames.size() - 1)
                        .add(new Position(
                                proto.group(1), Integer.parseInt(proto.group(3)), Integer.parseInt(proto.group(2))));
            }
        }
        return frames;
    }

    private static List<String> command(Path capture) {
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        OPTIONS.forEach(option -> command.addAll(List.of("-o", option)));
        return command;
    }
}
