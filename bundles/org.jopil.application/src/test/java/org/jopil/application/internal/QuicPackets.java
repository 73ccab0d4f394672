// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** Makes QUIC Initial packets, as RFC 9001 section 5 protects them. */
final class QuicPackets {
    private static final byte[] CLIENT_ID = HexFormat.of().parseHex("8394c8f03e515708");
    private static final byte[] SERVER_ID = HexFormat.of().parseHex("f067a5502a4262b5");

    private QuicPackets() {}

    /** The client's hello in two datagrams, the end of it first; then the server's hello. */
    static Conversations conversation(String name, int version) {
        byte[] hello = handshake(Conversations.clientHello("quic.example.org"));
        byte[] answer = handshake(Conversations.serverHello("1301", 0x0304));
        QuicCrypto crypto = new QuicCrypto();
        QuicCrypto.Keys client = crypto.keys(version, CLIENT_ID, true);
        QuicCrypto.Keys server = crypto.keys(version, CLIENT_ID, false);
        int middle = hello.length / 2;
        return Conversations.udp(name, 40000, 443)
                .client(initial(version, client, CLIENT_ID, new byte[0], 0, crypto(hello, middle, hello.length), 1200))
                .client(initial(version, client, CLIENT_ID, new byte[0], 1, crypto(hello, 0, middle), 1200))
                .server(initial(version, server, new byte[0], SERVER_ID, 0, crypto(answer, 0, answer.length), 1200));
    }

    private static byte[] handshake(byte[] record) {
        return Arrays.copyOfRange(record, 5, record.length);
    }

    private static byte[] crypto(byte[] data, int from, int to) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes(new byte[] {1, 6, (byte) (0x40 | from >> 8), (byte) from});
        frame.writeBytes(new byte[] {(byte) (0x40 | (to - from) >> 8), (byte) (to - from)});
        frame.write(data, from, to - from);
        return frame.toByteArray();
    }

    static byte[] initial(
            int version, QuicCrypto.Keys keys, byte[] destination, byte[] source, int number, byte[] frames, int size) {
        try {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int type = version == QuicCrypto.VERSION_2 ? 1 : 0;
            head.write(0xC0 | type << 4 | 3);
            head.writeBytes(new byte[] {(byte) (version >> 24), (byte) (version >> 16), (byte) (version >> 8)});
            head.write(version);
            head.write(destination.length);
            head.writeBytes(destination);
            head.write(source.length);
            head.writeBytes(source);
            head.write(0);
            int numberAt = head.size() + 2;
            int length = size - numberAt;
            head.writeBytes(new byte[] {(byte) (0x40 | length >> 8), (byte) length, 0, 0, 0, (byte) number});
            byte[] header = head.toByteArray();
            byte[] nonce = keys.iv().clone();
            nonce[nonce.length - 1] ^= (byte) number;
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(Cipher.ENCRYPT_MODE, keys.packet(), new GCMParameterSpec(128, nonce));
            gcm.updateAAD(header);
            byte[] sealed = gcm.doFinal(Arrays.copyOf(frames, length - 4 - 16));
            Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding");
            ecb.init(Cipher.ENCRYPT_MODE, keys.header());
            byte[] mask = ecb.doFinal(sealed, 0, 16);
            header[0] ^= (byte) (mask[0] & 15);
            for (int i = 0; i < 4; i++) {
                header[numberAt + i] ^= mask[1 + i];
            }
            byte[] packet = Arrays.copyOf(header, header.length + sealed.length);
            System.arraycopy(sealed, 0, packet, header.length, sealed.length);
            return packet;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
