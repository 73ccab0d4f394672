// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.stream.Collectors;

/** The fingerprint JA4 of a TLS client, as FoxIO specifies it (technical_details/JA4.md; JA4 alone is BSD 3-Clause). */
final class Ja4 {
    private static final int SERVER_NAME = 0;
    private static final int ALPN = 16;
    private static final int HASH_DIGITS = 12;
    private static final int MOST_COUNTED = 99;

    private Ja4() {}

    static String of(TlsHello hello, boolean quic) {
        List<Integer> ciphers = withoutGrease(hello.ciphers);
        List<Integer> extensions = withoutGrease(hello.extensions);
        StringBuilder text = new StringBuilder(36)
                .append(quic ? 'q' : 't')
                .append(version(hello))
                .append(hello.extensions.contains(SERVER_NAME) ? 'd' : 'i');
        count(text, ciphers.size());
        count(text, extensions.size());
        text.append(alpn(hello.alpn)).append('_').append(hash(sorted(ciphers)));
        String kinds = sorted(
                extensions.stream().filter(e -> e != SERVER_NAME && e != ALPN).toList());
        String algorithms = joined(withoutGrease(hello.signatureAlgorithms));
        return text.append('_')
                .append(hash(algorithms.isEmpty() ? kinds : kinds + "_" + algorithms))
                .toString();
    }

    private static String version(TlsHello hello) {
        int version = withoutGrease(hello.versions).stream()
                .mapToInt(Integer::intValue)
                .max()
                .orElse(hello.legacyVersion);
        return switch (version) {
            case 0x0304 -> "13";
            case 0x0303 -> "12";
            case 0x0302 -> "11";
            case 0x0301 -> "10";
            case 0x0300 -> "s3";
            case 0x0002 -> "s2";
            default -> "00";
        };
    }

    private static void count(StringBuilder text, int count) {
        int shown = Math.min(MOST_COUNTED, count);
        text.append((char) ('0' + shown / 10)).append((char) ('0' + shown % 10));
    }

    /** First and last character of the first value; of its hexadecimal form if one of the two is no letter or digit. */
    private static String alpn(List<byte[]> alpn) {
        if (alpn.isEmpty()) {
            return "00";
        }
        byte first = alpn.get(0)[0];
        byte last = alpn.get(0)[alpn.get(0).length - 1];
        if (isAlphanumeric(first) && isAlphanumeric(last)) {
            return "" + (char) first + (char) last;
        }
        return "" + Character.forDigit(first >> 4 & 15, 16) + Character.forDigit(last & 15, 16);
    }

    private static boolean isAlphanumeric(int letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z');
    }

    static List<Integer> withoutGrease(List<Integer> values) {
        return values.stream().filter(v -> !isGrease(v)).toList();
    }

    private static boolean isGrease(int value) {
        return (value & 0x0F0F) == 0x0A0A && value >>> 8 == (value & 0xFF);
    }

    private static String sorted(List<Integer> values) {
        return joined(values.stream().sorted().toList());
    }

    private static String joined(List<Integer> values) {
        return values.stream().map(v -> Text.hex(v, 4).substring(2)).collect(Collectors.joining(","));
    }

    private static String hash(String text) {
        if (text.isEmpty()) {
            return "0".repeat(HASH_DIGITS);
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            Bytes bytes = new Bytes().set(digest, 0, digest.length);
            return Text.hex(bytes.u64(0) >>> 16, HASH_DIGITS).substring(2);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
