// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jopil.testkit.Capture;
import org.jopil.testkit.Tool;

/** What tcpdump says of a capture. */
final class Oracle {
    private Oracle() {}

    /** The frames that libpcap lets through, in their order. */
    static List<Capture.Frame> tcpdump(Path capture, String filter) throws IOException, InterruptedException {
        Path out = Files.createTempFile("jopil-oracle", ".pcap");
        try {
            // tcpdump as root gives up its rights before it opens the file unless told to stay
            Tool.lines(List.of("tcpdump", "-nn", "-Z", "root", "-r", capture.toString(), "-w", out.toString(), filter));
            return Captures.read(out).frames();
        } finally {
            Files.delete(out);
        }
    }
}
