// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** Text off the wire, made harmless: what is no printable ASCII is written {@code \DDD} (RFC 4343 section 2.1). */
final class Text {
    /** The longest name of the DNS (RFC 1035 section 2.3.4). */
    static final int MOST_NAME_BYTES = 255;

    private static final String CUT = "…";

    private Text() {}

    /** A name: a space is no part of it, and it is cut after 255 bytes. */
    static String name(Bytes bytes, int at, int count) {
        return text(bytes, at, count, 0x21);
    }

    /** A line of text, cut after 255 bytes. */
    static String line(Bytes bytes, int at, int count) {
        return text(bytes, at, count, 0x20);
    }

    private static String text(Bytes bytes, int at, int count, int lowest) {
        int kept = Math.min(count, MOST_NAME_BYTES);
        StringBuilder text = new StringBuilder(kept + 1);
        for (int i = at; i < at + kept; i++) {
            append(text, bytes.u8(i), lowest);
        }
        return kept < count ? text.append(CUT).toString() : text.toString();
    }

    /** One label of a DNS name: a dot in it is no end of it. */
    static void appendLabel(StringBuilder text, Bytes bytes, int at, int count) {
        for (int i = at; i < at + count; i++) {
            int value = bytes.u8(i);
            if (value == '.') {
                escape(text, value);
            } else {
                append(text, value, 0x21);
            }
        }
    }

    private static void append(StringBuilder text, int value, int lowest) {
        if (value < lowest || value > 0x7E || value == '\\') {
            escape(text, value);
        } else {
            text.append((char) value);
        }
    }

    private static void escape(StringBuilder text, int value) {
        text.append('\\')
                .append((char) ('0' + value / 100))
                .append((char) ('0' + value / 10 % 10))
                .append((char) ('0' + value % 10));
    }

    /** {@code 0x} and so many digits at least, as Wireshark writes it. */
    static String hex(long value, int digits) {
        String text = Long.toHexString(value);
        return "0x" + "0".repeat(Math.max(0, digits - text.length())) + text;
    }

    /** {@code host} of {@code host:port} and {@code [v6]:port}. */
    static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        boolean numeric = colon >= 0
                && colon < host.length() - 1
                && host.chars().skip(colon + 1L).allMatch(c -> c >= '0' && c <= '9');
        boolean addressAlone = colon >= 0 && host.indexOf(':') != colon && !host.startsWith("[");
        return numeric && !addressAlone ? host.substring(0, colon) : host;
    }
}
