// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jopil.decode.LinkType;
import org.jopil.testkit.Capture;

/** Captures as an interface of Linux would show them: the cooked link header is cut off. */
final class Captures {
    private static final int COOKED_BYTES = 16;

    private Captures() {}

    static Capture read(Path file) throws IOException {
        Capture capture = Capture.read(file);
        List<Capture.Frame> frames =
                capture.frames().stream().map(Captures::cut).toList();
        return new Capture(file, frames);
    }

    private static Capture.Frame cut(Capture.Frame frame) {
        if (frame.linkType() != LinkType.LINUX_SLL.number()) {
            return frame;
        }
        byte[] data = Arrays.copyOfRange(frame.data(), COOKED_BYTES, frame.data().length);
        return new Capture.Frame(LinkType.RAW.number(), frame.timestampNs(), data, frame.length() - COOKED_BYTES);
    }

    /** Whether its frames start at the IP header. */
    static boolean isLayer3(Capture capture) {
        return capture.frames().get(0).linkType() == LinkType.RAW.number();
    }
}
