// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.application.Application;

/** QUIC by its long header (RFC 8999, RFC 9000 section 17.2), and the TLS hellos in its Initial packets. */
final class QuicReader implements Reader {
    private static final int LONG_HEADER = 0x80;
    private static final int FIXED_BIT = 0x40;
    private static final int MOST_ID_BYTES = 20;
    /** Coalesced in one datagram. */
    private static final int MOST_PACKETS = 8;
    /** Of a client's first datagram (RFC 9000 section 14.1). */
    private static final int LEAST_INITIAL_BYTES = 1200;

    private static final int MOST_VERSIONS = 16;

    private static final int INITIAL = 0;
    private static final int ZERO_RTT = 1;
    private static final int RETRY = 3;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if ((bytes.u8(0) & LONG_HEADER) == 0 || !bytes.has(0, 7)) {
            return Answer.NO;
        }
        int version = bytes.i32(1);
        int idEnd = 6 + bytes.u8(5);
        if (bytes.u8(5) > MOST_ID_BYTES || !bytes.has(idEnd, 1) || bytes.u8(idEnd) > MOST_ID_BYTES) {
            return Answer.NO;
        }
        int end = idEnd + 1 + bytes.u8(idEnd);
        if (!bytes.has(end, 1)) {
            return Answer.NO;
        }
        if (version == 0) {
            return versionNegotiation(bytes, end, findings);
        }
        if (!QuicCrypto.isKnown(version)) {
            return unknownVersion(bytes, version, findings);
        }
        // once both sides know it they may send it as they like (RFC 9287)
        if ((bytes.u8(0) & FIXED_BIT) == 0 && findings.application() != Application.QUIC) {
            return Answer.NO;
        }
        findings.application(Application.QUIC);
        findings.put("quic.version", Text.hex(version & 0xFFFF_FFFFL, 8));
        return packets(bytes, fromClient, findings) ? Answer.DONE : Answer.YES;
    }

    private static Answer versionNegotiation(Bytes bytes, int at, Findings findings) {
        int count = (bytes.length() - at) / 4;
        boolean known = findings.application() == Application.QUIC;
        List<String> versions = new ArrayList<>();
        for (int i = 0; i < Math.min(MOST_VERSIONS, count); i++) {
            known |= QuicCrypto.isKnown(bytes.i32(at + 4 * i));
            versions.add(Text.hex(bytes.u32(at + 4 * i), 8));
        }
        if (!known || count == 0 || (bytes.length() - at) % 4 != 0) {
            return Answer.NO;
        }
        findings.application(Application.QUIC);
        findings.put("quic.supported_version", List.copyOf(versions));
        return Answer.YES;
    }

    /** A version nobody has, by which a client asks which ones the server has (RFC 9000 section 15). */
    private static Answer unknownVersion(Bytes bytes, int version, Findings findings) {
        boolean reserved = (version & 0x0F0F0F0F) == 0x0A0A0A0A && (bytes.u8(0) & FIXED_BIT) != 0;
        if (!reserved || findings.payloadBytes < LEAST_INITIAL_BYTES) {
            return Answer.NO;
        }
        findings.application(Application.QUIC);
        findings.put("quic.version", Text.hex(version & 0xFFFF_FFFFL, 8));
        return Answer.YES;
    }

    /** Whether a hello of this side is complete. */
    private static boolean packets(Bytes datagram, boolean fromClient, Findings findings) {
        boolean complete = false;
        Bytes rest = datagram;
        for (int i = 0; i < MOST_PACKETS && rest.has(0, 7) && (rest.u8(0) & LONG_HEADER) != 0; i++) {
            int version = rest.i32(1);
            int sourceId = 6 + rest.u8(5);
            if (!QuicCrypto.isKnown(version)
                    || rest.u8(5) > MOST_ID_BYTES
                    || !rest.has(sourceId, 1)
                    || !rest.has(sourceId + 1, rest.u8(sourceId))) {
                return complete;
            }
            int type = type(rest.u8(0), version);
            if (type == RETRY) {
                findings.put("jopil.quic.retry", true);
                return complete;
            }
            if (type == ZERO_RTT) {
                findings.put("jopil.quic.zero_rtt", true);
            }
            Cursor cursor = new Cursor(rest, sourceId + 1 + rest.u8(sourceId));
            if (type == INITIAL) {
                cursor.skip(cursor.variable());
            }
            long length = cursor.variable();
            if (cursor.at < 0 || length < 0 || length > rest.length() - cursor.at) {
                return complete;
            }
            int end = cursor.at + (int) length;
            if (type == INITIAL) {
                complete |= initial(rest.slice(0, end), cursor.at, version, fromClient, findings);
            }
            rest = rest.slice(end, rest.length());
        }
        return complete;
    }

    /** Version 2 has them in another order (RFC 9369 section 3.2). */
    private static int type(int first, int version) {
        int type = first >> 4 & 3;
        return version == QuicCrypto.VERSION_2 ? type + 3 & 3 : type;
    }

    private static boolean initial(Bytes packet, int numberAt, int version, boolean fromClient, Findings findings) {
        QuicState state = findings.quic();
        QuicCrypto crypto = findings.shared.quicCrypto();
        QuicCrypto.Keys keys = fromClient ? state.clientKeys : state.serverKeys;
        byte[] frames = keys == null ? null : crypto.open(packet, numberAt, keys);
        if (frames == null && fromClient && state.mayMakeKeys()) {
            byte[] id = packet.copy(6, packet.u8(5));
            keys = crypto.keys(version, id, true);
            frames = crypto.open(packet, numberAt, keys);
            if (frames != null) {
                state.clientKeys = keys;
                state.serverKeys = crypto.keys(version, id, false);
            }
        }
        if (frames == null) {
            return false;
        }
        Stream stream = state.crypto(fromClient);
        collect(new Bytes().set(frames, 0, frames.length), stream);
        Bytes hello = stream.view(new Bytes());
        return hello.length() > 0 && TlsHello.read(hello, true, Application.QUIC, findings) == Answer.DONE;
    }

    /** The CRYPTO frames; the other kinds that an Initial may have are passed over (RFC 9000 section 12.4). */
    private static void collect(Bytes frames, Stream stream) {
        Cursor cursor = new Cursor(frames, 0);
        while (cursor.at >= 0 && cursor.at < frames.length()) {
            int type = frames.u8(cursor.at++);
            switch (type) {
                case 0, 1 -> {}
                case 2, 3 -> {
                    cursor.variable();
                    cursor.variable();
                    long ranges = cursor.variable();
                    cursor.variable();
                    for (long i = 0; i < 2 * ranges && cursor.at >= 0; i++) {
                        cursor.variable();
                    }
                    for (int i = 0; type == 3 && i < 3; i++) {
                        cursor.variable();
                    }
                }
                case 6 -> {
                    long offset = cursor.variable();
                    long length = cursor.variable();
                    int data = cursor.at;
                    cursor.skip(length);
                    if (cursor.at >= 0) {
                        stream.put(offset, frames, data, (int) length);
                    }
                }
                default -> {
                    return;
                }
            }
        }
    }

    /** Reads variable-length integers (RFC 9000 section 16); {@link #at} is -1 behind what is cut. */
    private static final class Cursor {
        private final Bytes bytes;
        int at;

        Cursor(Bytes bytes, int at) {
            this.bytes = bytes;
            this.at = at;
        }

        long variable() {
            int count = at >= 0 && bytes.has(at, 1) ? 1 << (bytes.u8(at) >> 6) : 0;
            if (count == 0 || !bytes.has(at, count)) {
                at = -1;
                return -1;
            }
            long value = bytes.u8(at) & 0x3F;
            for (int i = 1; i < count; i++) {
                value = value << 8 | bytes.u8(at + i);
            }
            at += count;
            return value;
        }

        void skip(long count) {
            at = at < 0 || count < 0 || count > bytes.length() - at ? -1 : at + (int) count;
        }
    }
}
