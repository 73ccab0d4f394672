// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import com.sun.jna.LastErrorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/** A NETLINK_ROUTE socket that asks for dumps (RFC 3549, man 7 rtnetlink). One thread; belongs to that thread's namespace. */
final class Rtnetlink implements AutoCloseable {
    static final int RTM_NEWLINK = 16;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWROUTE = 24;
    static final int RTM_GETROUTE = 26;

    private static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;
    private static final int NLM_F_REQUEST = 1;
    private static final int NLM_F_DUMP = 0x300;
    private static final int NLM_F_DUMP_INTR = 0x10;
    private static final int HEADER_BYTES = 16;
    /** The kernel fills up to 32 KiB a message when the reader offers it. */
    private static final int RECEIVE_BYTES = 65536;

    private static final int ATTEMPTS = 5;

    private final int fd;
    private final byte[] received = new byte[RECEIVE_BYTES];

    Rtnetlink() {
        try {
            fd = LibC.socket(LibC.AF_NETLINK, LibC.SOCK_RAW | LibC.SOCK_CLOEXEC, 0);
        } catch (LastErrorException e) {
            throw new NetException("socket NETLINK_ROUTE", e.getErrorCode());
        }
        byte[] twoSeconds = buffer(16).putLong(2).putLong(0).array();
        LibC.setsockopt(fd, LibC.SOL_SOCKET, LibC.SO_RCVTIMEO, twoSeconds, twoSeconds.length);
    }

    static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }

    /**
     * Dumps; a dump that a change interrupted is asked for again.
     *
     * @param start makes room for the answers of an attempt
     * @param message gets every message of type {@code wanted}, at its family header
     */
    void dump(int type, int wanted, byte[] familyHeader, Runnable start, Consumer<ByteBuffer> message) {
        for (int attempt = 1; ; attempt++) {
            start.run();
            if (once(type, wanted, familyHeader, attempt, message) || attempt == ATTEMPTS) {
                return;
            }
        }
    }

    private boolean once(int type, int wanted, byte[] familyHeader, int sequence, Consumer<ByteBuffer> message) {
        ByteBuffer request = buffer(HEADER_BYTES + familyHeader.length);
        request.putInt(request.capacity());
        request.putShort((short) type).putShort((short) (NLM_F_REQUEST | NLM_F_DUMP));
        request.putInt(sequence).putInt(0).put(familyHeader);
        boolean whole = true;
        try {
            LibC.send(fd, request.array(), request.capacity(), 0);
            while (true) {
                int length = receive();
                ByteBuffer data = ByteBuffer.wrap(received, 0, length).order(ByteOrder.nativeOrder());
                while (data.remaining() >= HEADER_BYTES) {
                    int at = data.position();
                    int size = data.getInt();
                    int got = data.getShort() & 0xFFFF;
                    int flags = data.getShort();
                    int answers = data.getInt();
                    if (size < HEADER_BYTES || size > length - at) {
                        throw new NetException("read rtnetlink message", 0);
                    }
                    if (answers == sequence) {
                        whole &= (flags & NLM_F_DUMP_INTR) == 0;
                        ByteBuffer body = slice(data, at + HEADER_BYTES, size - HEADER_BYTES);
                        if (got == NLMSG_DONE) {
                            return whole;
                        }
                        if (got == NLMSG_ERROR) {
                            throw new NetException("rtnetlink dump", -body.getInt(0));
                        }
                        if (got == wanted) {
                            message.accept(body);
                        }
                    }
                    data.position(Math.min(length, at + aligned(size)));
                }
            }
        } catch (LastErrorException e) {
            throw new NetException("rtnetlink dump", e.getErrorCode());
        }
    }

    private int receive() {
        while (true) {
            try {
                return (int) LibC.recv(fd, received, received.length, 0);
            } catch (LastErrorException e) {
                if (e.getErrorCode() != LibC.EINTR) {
                    throw e;
                }
            }
        }
    }

    /** Calls for every attribute from the buffer's position on, with a buffer of its value. */
    static void attributes(ByteBuffer from, AttributeHandler handler) {
        while (from.remaining() >= 4) {
            int at = from.position();
            int size = from.getShort() & 0xFFFF;
            int type = from.getShort() & 0x3FFF;
            if (size < 4 || size > from.limit() - at) {
                return;
            }
            handler.attribute(type, slice(from, at + 4, size - 4));
            from.position(Math.min(from.limit(), at + aligned(size)));
        }
    }

    private static ByteBuffer slice(ByteBuffer from, int at, int size) {
        return from.slice(at, size).order(ByteOrder.nativeOrder());
    }

    private static int aligned(int size) {
        return (size + 3) & ~3;
    }

    @Override
    public void close() {
        LibC.close(fd);
    }

    interface AttributeHandler {
        void attribute(int type, ByteBuffer value);
    }
}
