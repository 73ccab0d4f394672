// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.testkit.ExceptionList;

/** nDPI's own expected result, the file {@code .out} beside a capture. */
final class NdpiResult {
    /** Only what nDPI read in the packets, not what it guessed by port or address. */
    private static final Pattern FLOW = Pattern.compile(
            "\\s*\\d+\\s+(TCP|UDP) (\\S+) <?-> (\\S+) \\[proto: [^/]*/([^.\\]]+)[^\\]]*].*" + "\\[Confidence: DPI].*");

    private NdpiResult() {}

    /** Flow → our name of nDPI's protocol; flows of other protocols are left out. Empty without such a file. */
    static Map<String, String> read(Path capture) throws IOException {
        Path file = Path.of(capture + ".out");
        Map<String, String> verdicts = new HashMap<>();
        if (!Files.exists(file)) {
            return verdicts;
        }
        Map<String, String> names = ExceptionList.read("/ndpi-names.tsv", 1);
        for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
            Matcher flow = FLOW.matcher(line);
            if (flow.matches() && names.containsKey(flow.group(4))) {
                verdicts.put(key(flow.group(1), flow.group(2), flow.group(3)), names.get(flow.group(4)));
            }
        }
        return verdicts;
    }

    static String key(CaptureFlow flow) {
        Tshark.Packet first = flow.first();
        return key(
                flow.tcp() ? "TCP" : "UDP",
                end(first.source(), first.sourcePort()),
                end(first.destination(), first.destinationPort()));
    }

    private static String end(String address, int port) {
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + port;
    }

    private static String key(String transport, String one, String other) {
        List<String> ends = one.compareTo(other) < 0 ? List.of(one, other) : List.of(other, one);
        return transport + " " + ends;
    }
}
