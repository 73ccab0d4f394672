// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What tshark and tcpdump say of a capture. */
public final class Oracle {
    private Oracle() {}

    /** Per frame the values of {@code fields} and of {@code frame.protocols}, each occurrence one element. */
    public static List<Map<String, List<String>>> tshark(Path capture, List<String> fields)
            throws IOException, InterruptedException {
        List<String> names = new ArrayList<>(fields);
        names.add("frame.protocols");
        List<String> command = new ArrayList<>(List.of("tshark", "-n", "-r", capture.toString()));
        for (String option : List.of("ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams")) {
            command.addAll(List.of("-o", option + ":FALSE"));
        }
        command.addAll(List.of("-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|", "-E", "separator=/t"));
        names.forEach(name -> command.addAll(List.of("-e", name)));
        List<Map<String, List<String>>> frames = new ArrayList<>();
        for (String line : Tool.lines(command)) {
            String[] columns = line.split("\t", -1);
            Map<String, List<String>> frame = new HashMap<>();
            for (int i = 0; i < names.size(); i++) {
                frame.put(names.get(i), columns[i].isEmpty() ? List.of() : List.of(columns[i].split("\\|", -1)));
            }
            frames.add(frame);
        }
        return frames;
    }

    /** The frames that libpcap lets through, in their order. */
    public static List<Capture.Frame> tcpdump(Path capture, String filter) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jopil-oracle", ".pcap");
        try {
            // tcpdump as root gives up its rights before it opens the file unless told to stay
            Tool.lines(List.of("tcpdump", "-nn", "-Z", "root", "-r", capture.toString(), "-w", out.toString(), filter));
            return Capture.read(out).frames();
        } finally {
            Files.delete(out);
        }
    }
}
