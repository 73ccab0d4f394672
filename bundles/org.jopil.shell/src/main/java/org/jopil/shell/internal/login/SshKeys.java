// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** Public keys as ssh writes them (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4), whichever provider made them. */
final class SshKeys {
    /** What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410 §4). */
    private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private SshKeys() {}

    /** What stands as Base64 in a {@code .pub} file; empty for a kind of key that is not let in. */
    static Optional<byte[]> blob(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return Optional.of(fields(
                    "ssh-rsa",
                    rsa.getPublicExponent().toByteArray(),
                    rsa.getModulus().toByteArray()));
        }
        if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            if (bits != 256 && bits != 384 && bits != 521) {
                return Optional.empty();
            }
            String curve = "nistp" + bits;
            int length = (bits + 7) / 8;
            byte[] point = new byte[1 + 2 * length];
            point[0] = 4; // uncompressed
            put(ec.getW().getAffineX(), point, 1, length);
            put(ec.getW().getAffineY(), point, 1 + length, length);
            return Optional.of(fields("ecdsa-sha2-" + curve, curve.getBytes(StandardCharsets.US_ASCII), point));
        }
        // Ed25519 has an interface of its own in every provider, but one encoding
        byte[] encoded = key.getEncoded();
        int prefix = ED25519_PREFIX.length;
        if (encoded != null
                && encoded.length == prefix + 32
                && Arrays.equals(encoded, 0, prefix, ED25519_PREFIX, 0, prefix)) {
            return Optional.of(fields("ssh-ed25519", Arrays.copyOfRange(encoded, prefix, encoded.length)));
        }
        return Optional.empty();
    }

    private static void put(BigInteger number, byte[] to, int at, int length) {
        byte[] bytes = number.toByteArray();
        int used = Math.min(bytes.length, length); // toByteArray may put a sign byte in front
        System.arraycopy(bytes, bytes.length - used, to, at + length - used, used);
    }

    private static byte[] fields(String type, byte[]... values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(type.length());
            out.writeBytes(type);
            for (byte[] value : values) {
                out.writeInt(value.length);
                out.write(value);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
