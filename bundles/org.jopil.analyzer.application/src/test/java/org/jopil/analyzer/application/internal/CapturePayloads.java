// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Applications.Flow;
import org.jopil.decode.HeaderParser;
import org.jopil.testkit.Capture;

/** The first four payloads of each flow and direction of a capture, as the kernel would tell them. */
final class CapturePayloads {
    private static final int ETHERNET = 1;
    private static final int CAPTURED_BYTES = 1536;
    private static final int PACKETS = 4;
    private static final int TCP_SEQUENCE = 4;

    /** All of them, in the order of capture. */
    final Payloads rows = new Payloads();

    /** With the lower end as the source, in the order of their first payload. */
    final Set<Flow> flows = new LinkedHashSet<>();

    CapturePayloads(Path file) throws IOException {
        HeaderParser parser = new HeaderParser();
        Map<Flow, Integer> told = new HashMap<>();
        for (Capture.Frame frame : Capture.read(file).frames()) {
            byte[] data = frame.data();
            parser.parse(data, 0, data.length, frame.length(), frame.linkType() != ETHERNET, true);
            boolean tcp = parser.ipProtocol() == Protocols.TCP;
            boolean carries = parser.hasPorts() && (tcp || parser.ipProtocol() == Protocols.UDP);
            int from = parser.headerBytes();
            if (!carries || parser.isLaterFragment() || parser.payloadBytes() <= 0 || from >= data.length) {
                continue;
            }
            Flow sent = new Flow(
                    1,
                    parser.outerVlan(),
                    parser.innerVlan(),
                    parser.ipProtocol(),
                    parser.srcHi(),
                    parser.srcLo(),
                    parser.srcPort(),
                    parser.dstHi(),
                    parser.dstLo(),
                    parser.dstPort());
            if (told.merge(sent, 1, Integer::sum) <= PACKETS) {
                int captured = Math.min(Math.min(parser.payloadBytes(), data.length - from), CAPTURED_BYTES);
                int sequence = tcp ? ByteBuffer.wrap(data).getInt(parser.layer4Offset() + TCP_SEQUENCE) : 0;
                byte[] payload = Arrays.copyOfRange(data, from, from + captured);
                rows.add(frame.timestampNs(), sent, sequence, parser.payloadBytes(), payload);
                flows.add(sent.ordered());
            }
        }
    }
}
