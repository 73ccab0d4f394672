// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Opens QUIC's Initial packets, whose keys follow from what the first of them shows to everybody (RFC 9001 section 5,
 * RFC 9369 section 3.3). Used by one thread.
 */
final class QuicCrypto {
    static final int VERSION_1 = 1;
    static final int VERSION_2 = 0x6B3343CF;
    private static final int DRAFT = 0xFF000000;
    /** The first drafts with salts of their own: draft 33 and 34 have that of version 1. */
    private static final int DRAFT_23 = DRAFT + 23;

    private static final int DRAFT_29 = DRAFT + 29;
    private static final int DRAFT_33 = DRAFT + 33;
    private static final int DRAFT_34 = DRAFT + 34;

    private static final byte[] SALT_1 = HexFormat.of().parseHex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a");
    private static final byte[] SALT_2 = HexFormat.of().parseHex("0dede3def700a6db819381be6e269dcbf9bd2ed9");
    private static final byte[] SALT_DRAFT_23 = HexFormat.of().parseHex("c3eef712c72ebb5a11a7d2432bb46365bef9f502");
    private static final byte[] SALT_DRAFT_29 = HexFormat.of().parseHex("afbfec289993d24c9e9786f19c6111e04390a899");

    private static final int HASH_BYTES = 32;
    private static final int KEY_BYTES = 16;
    private static final int IV_BYTES = 12;
    private static final int SAMPLE_BYTES = 16;
    private static final int TAG_BYTES = 16;

    /** Of one direction. */
    record Keys(SecretKeySpec packet, byte[] iv, SecretKeySpec header) {}

    private final Cipher ecb;
    private final Cipher gcm;
    private final Mac hmac;

    QuicCrypto() {
        try {
            ecb = Cipher.getInstance("AES/ECB/NoPadding");
            gcm = Cipher.getInstance("AES/GCM/NoPadding");
            hmac = Mac.getInstance("HmacSHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has AES and HmacSHA256", e);
        }
    }

    static boolean isKnown(int version) {
        return version == VERSION_1 || version == VERSION_2 || (version >= DRAFT_23 && version <= DRAFT_34);
    }

    Keys keys(int version, byte[] destinationId, boolean client) {
        byte[] initial = hmac(salt(version), destinationId);
        byte[] secret = expand(initial, client ? "client in" : "server in", HASH_BYTES);
        String prefix = version == VERSION_2 ? "quicv2 " : "quic ";
        return new Keys(
                new SecretKeySpec(expand(secret, prefix + "key", KEY_BYTES), "AES"),
                expand(secret, prefix + "iv", IV_BYTES),
                new SecretKeySpec(expand(secret, prefix + "hp", KEY_BYTES), "AES"));
    }

    private static byte[] salt(int version) {
        if (version == VERSION_2) {
            return SALT_2;
        }
        if (version == VERSION_1 || version >= DRAFT_33) {
            return SALT_1;
        }
        return version >= DRAFT_29 ? SALT_DRAFT_29 : SALT_DRAFT_23;
    }

    /**
     * The frames of an Initial packet.
     *
     * @param packet from its first byte to its end
     * @param numberAt where the packet number begins
     * @return null if these are not its keys
     */
    byte[] open(Bytes packet, int numberAt, Keys keys) {
        int sampleAt = numberAt + 4;
        if (!packet.has(sampleAt, SAMPLE_BYTES)) {
            return null;
        }
        try {
            ecb.init(Cipher.ENCRYPT_MODE, keys.header());
            byte[] mask = ecb.doFinal(packet.copy(sampleAt, SAMPLE_BYTES));
            byte[] header = packet.copy(0, numberAt + 4);
            header[0] ^= (byte) (mask[0] & 0x0F);
            int numberBytes = (header[0] & 3) + 1;
            byte[] nonce = keys.iv().clone();
            for (int i = 0; i < numberBytes; i++) {
                header[numberAt + i] ^= mask[1 + i];
                nonce[IV_BYTES - numberBytes + i] ^= header[numberAt + i];
            }
            int from = numberAt + numberBytes;
            if (packet.length() - from <= TAG_BYTES) {
                return null;
            }
            gcm.init(Cipher.DECRYPT_MODE, keys.packet(), new GCMParameterSpec(TAG_BYTES * 8, nonce));
            gcm.updateAAD(header, 0, from);
            return gcm.doFinal(packet.copy(from, packet.length() - from));
        } catch (GeneralSecurityException e) {
            return null;
        }
    }

    private byte[] hmac(byte[] key, byte[] data) {
        try {
            hmac.init(new SecretKeySpec(key, "HmacSHA256"));
            return hmac.doFinal(data);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HmacSHA256 takes any key", e);
        }
    }

    /** HKDF-Expand-Label of RFC 8446 section 7.1 with an empty context and one block. */
    private byte[] expand(byte[] secret, String label, int count) {
        byte[] name = ("tls13 " + label).getBytes(StandardCharsets.US_ASCII);
        byte[] info = new byte[2 + 1 + name.length + 1 + 1];
        info[1] = (byte) count;
        info[2] = (byte) name.length;
        System.arraycopy(name, 0, info, 3, name.length);
        info[info.length - 1] = 1;
        return Arrays.copyOf(hmac(secret, info), count);
    }
}
