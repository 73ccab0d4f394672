// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Builds pcapng bytes block by block, also wrong ones. */
final class PcapngFile {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private ByteOrder order = ByteOrder.LITTLE_ENDIAN;

    PcapngFile section(ByteOrder next) {
        order = next;
        return block(
                0x0A0D0D0A,
                body(16).putInt(0x1A2B3C4D)
                        .putShort((short) 1)
                        .putShort((short) 0)
                        .putLong(-1));
    }

    /** An Ethernet interface with these options. */
    PcapngFile interfaceBlock(int snaplen, ByteBuffer... options) {
        return block(1, body(8).putShort((short) 1).putShort((short) 0).putInt(snaplen), options);
    }

    PcapngFile packet(int interfaceId, long units, byte[] data, int length, ByteBuffer... options) {
        ByteBuffer fixed = body(20 + padded(data.length));
        fixed.putInt(interfaceId).putInt((int) (units >>> 32)).putInt((int) units);
        return block(6, fixed.putInt(data.length).putInt(length).put(data), options);
    }

    PcapngFile obsoletePacket(int interfaceId, long units, byte[] data, int length) {
        ByteBuffer fixed = body(20 + padded(data.length));
        fixed.putShort((short) interfaceId)
                .putShort((short) 0)
                .putInt((int) (units >>> 32))
                .putInt((int) units);
        return block(2, fixed.putInt(data.length).putInt(length).put(data));
    }

    PcapngFile simplePacket(byte[] data, int length) {
        return block(3, body(4 + padded(data.length)).putInt(length).put(data));
    }

    PcapngFile block(int type, ByteBuffer fixed, ByteBuffer... options) {
        int length = 12 + fixed.capacity();
        for (ByteBuffer option : options) {
            length += option.capacity();
        }
        return raw(body(8).putInt(type).putInt(length)).raw(fixed).raw(options).raw(body(4).putInt(length));
    }

    PcapngFile raw(ByteBuffer... parts) {
        for (ByteBuffer part : parts) {
            bytes.writeBytes(part.array());
        }
        return this;
    }

    ByteBuffer option(int code, ByteBuffer value) {
        int length = value.capacity();
        return body(4 + padded(length))
                .putShort((short) code)
                .putShort((short) length)
                .put(value.array());
    }

    ByteBuffer body(int capacity) {
        return ByteBuffer.allocate(capacity).order(order);
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    CaptureReader open() throws IOException {
        return PcapngFile.open(bytes());
    }

    static CaptureReader open(byte[] file) throws IOException {
        return CaptureReader.open(new ByteArrayInputStream(file), "test", CaptureReader.DEFAULT_MAX_BLOCK_BYTES);
    }

    private static int padded(int length) {
        return length + 3 & ~3;
    }
}
