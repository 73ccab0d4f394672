// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** Names of the DNS, with compression (RFC 1035 sections 3.1 and 4.1.4). */
final class DnsName {
    private static final int MOST_POINTERS = 32;

    private DnsName() {}

    /**
     * In presentation form without the last dot, the root as ".".
     *
     * @param message offsets of pointers count from its start
     * @param mayEnd whether the end of the bytes ends the name, too
     * @return null if it is cut, wrong, or longer than 255 bytes
     */
    static String read(Bytes message, int from, boolean mayEnd) {
        StringBuilder name = new StringBuilder(32);
        int at = from;
        int bytes = 1;
        int pointers = 0;
        while (message.has(at, 1)) {
            int length = message.u8(at);
            if (length == 0) {
                return name.length() == 0 ? "." : name.toString();
            }
            if ((length & 0xC0) == 0xC0) {
                if (!message.has(at, 2) || ++pointers > MOST_POINTERS) {
                    return null;
                }
                at = message.u16(at) & 0x3FFF;
                continue;
            }
            bytes += 1 + length;
            if (length > 63 || bytes > Text.MOST_NAME_BYTES || !message.has(at + 1, length)) {
                return null;
            }
            if (name.length() > 0) {
                name.append('.');
            }
            Text.appendLabel(name, message, at + 1, length);
            at += 1 + length;
        }
        return mayEnd && pointers == 0 && name.length() > 0 ? name.toString() : null;
    }

    /** Behind the name at {@code from}, -1 if it is cut or wrong. */
    static int skip(Bytes message, int from) {
        int at = from;
        while (message.has(at, 1)) {
            int length = message.u8(at);
            if (length == 0) {
                return at + 1;
            }
            if ((length & 0xC0) == 0xC0) {
                return message.has(at, 2) ? at + 2 : -1;
            }
            if (length > 63) {
                return -1;
            }
            at += 1 + length;
        }
        return -1;
    }
}
