// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.jopil.bpf.net.NetworkNamespace;

/** A tun device whose other end is this object. */
final class Tun implements AutoCloseable {
    private static final C LIBC = Native.load("c", C.class);
    private static final long TUNSETIFF = 0x400454caL;
    private static final short IFF_TUN_NO_PI = 0x1001;
    private static final short IFF_TAP_NO_PI = 0x1002;

    private final int fd;

    interface C extends Library {
        int open(String path, int flags) throws LastErrorException;

        int ioctl(int fd, long request, byte[] argument) throws LastErrorException;

        long write(int fd, byte[] data, long length) throws LastErrorException;

        int close(int fd) throws LastErrorException;
    }

    Tun(String namespace, String name) {
        this(namespace, name, IFF_TUN_NO_PI);
    }

    /** Of Ethernet frames. */
    static Tun tap(String namespace, String name) {
        return new Tun(namespace, name, IFF_TAP_NO_PI);
    }

    /** An Ethernet frame of zeros. */
    static byte[] frame(int etherType, int length) {
        return ByteBuffer.allocate(length)
                .put(new byte[] {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2})
                .putShort((short) etherType)
                .array();
    }

    private Tun(String namespace, String name, short flags) {
        fd = NetworkNamespace.named(namespace).call(() -> {
            int opened = LIBC.open("/dev/net/tun", 2);
            ByteBuffer request = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
            request.put(name.getBytes(StandardCharsets.US_ASCII));
            request.putShort(16, flags);
            LIBC.ioctl(opened, TUNSETIFF, request.array());
            return opened;
        });
    }

    /** An IPv4 packet with UDP. */
    static byte[] udp(int source, int destination, int sourcePort, int destinationPort, int payload) {
        ByteBuffer packet = ByteBuffer.allocate(28 + payload);
        packet.put((byte) 0x45)
                .put((byte) 0)
                .putShort((short) packet.capacity())
                .putInt(0);
        packet.put((byte) 64).put((byte) 17).putShort((short) 0).putInt(source).putInt(destination);
        packet.putShort((short) sourcePort).putShort((short) destinationPort);
        packet.putShort((short) (8 + payload)).putShort((short) 0);
        return packet.array();
    }

    void write(byte[] packet) {
        LIBC.write(fd, packet, packet.length);
    }

    @Override
    public void close() {
        LIBC.close(fd);
    }
}
