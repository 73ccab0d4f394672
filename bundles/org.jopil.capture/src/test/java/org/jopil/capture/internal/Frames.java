// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.nio.ByteBuffer;

/** Frames for tests. */
final class Frames {
    static final int HEADER_BYTES = 42;

    private Frames() {}

    /** Ethernet, IPv4, UDP from 10.0.0.1:1000 to 10.0.0.2, with so much payload, each byte its index. */
    static byte[] udp(int port, int payload) {
        ByteBuffer frame = ByteBuffer.allocate(HEADER_BYTES + payload);
        frame.put(new byte[] {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}).putShort((short) 0x0800);
        frame.putShort((short) 0x4500)
                .putShort((short) (28 + payload))
                .putInt(0)
                .putShort((short) 0x4011);
        frame.putShort((short) 0).putInt(0x0a000001).putInt(0x0a000002);
        frame.putShort((short) 1000)
                .putShort((short) port)
                .putShort((short) (8 + payload))
                .putShort((short) 0);
        for (int i = 0; i < payload; i++) {
            frame.put((byte) i);
        }
        return frame.array();
    }
}
