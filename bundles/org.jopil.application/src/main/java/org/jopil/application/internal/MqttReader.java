// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/**
 * MQTT's CONNECT (MQTT 3.1.1 and 5.0, section 3.1). Of a flow seen late a PUBLISH that fits its packet and has a topic,
 * and on the registered port any packet that fits.
 */
final class MqttReader implements Reader {
    private static final int PORT = 1883;
    private static final int CONNECT = 0x10;
    private static final int MQTT_5 = 5;
    private static final int LEAST_TOPIC_BYTES = 3;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        if (bytes.u8(0) == CONNECT) {
            return connect(bytes, findings);
        }
        boolean expected = findings.application() == Application.MQTT || findings.onPort(PORT);
        return expected || isPublish(bytes) ? other(bytes, findings) : Answer.NO;
    }

    /** Section 3.3, with a topic of printable ASCII, in which no wildcard may be. */
    private static boolean isPublish(Bytes bytes) {
        int at = bytes.u8(0) >> 4 == 3 && (bytes.u8(0) & 6) != 6 ? afterLength(bytes) : -1;
        if (at < 0 || !bytes.has(at, 2)) {
            return false;
        }
        int length = bytes.u16(at);
        return length >= LEAST_TOPIC_BYTES
                && length <= variableLength(bytes, 1) - 2
                && bytes.has(at + 2, length)
                && bytes.printable(at + 2, length)
                && bytes.indexOf('#', at + 2, at + 2 + length) < 0
                && bytes.indexOf('+', at + 2, at + 2 + length) < 0;
    }

    private static Answer connect(Bytes bytes, Findings findings) {
        int at = afterLength(bytes);
        if (at < 0) {
            return bytes.length() < 5 ? Answer.MORE : Answer.NO;
        }
        int name = bytes.has(at, 2) ? bytes.u16(at) : 0;
        if (!bytes.has(at, 2) || !bytes.has(at + 2, name + 1)) {
            boolean begun = bytes.agrees(at, "\0\4MQTT") || bytes.agrees(at, "\0\6MQIsdp");
            return begun ? Answer.MORE : Answer.NO;
        }
        if (!bytes.startsWith(at, "\0\4MQTT") && !bytes.startsWith(at, "\0\6MQIsdp")) {
            return Answer.NO;
        }
        at += 2 + name;
        int level = bytes.u8(at);
        findings.application(Application.MQTT);
        findings.put("mqtt.ver", (long) level);
        // flags and keep-alive
        at += 4;
        if (level == MQTT_5) {
            int properties = variableLength(bytes, at);
            at = properties < 0 ? Integer.MAX_VALUE : afterVariable(bytes, at) + properties;
        }
        if (!bytes.has(at, 2) || !bytes.has(at + 2, bytes.u16(at))) {
            return Answer.YES;
        }
        if (bytes.u16(at) > 0) {
            findings.put("mqtt.clientid", Text.line(bytes, at + 2, bytes.u16(at)));
        }
        return Answer.DONE;
    }

    /** By the fixed header alone: a type with the flags it must have, and a length that fits one packet. */
    private static Answer other(Bytes bytes, Findings findings) {
        int type = bytes.u8(0) >> 4;
        int flags = bytes.u8(0) & 15;
        boolean reserved =
                type == 0 || type == 1 || (type != 3 && flags != (type == 6 || type == 8 || type == 10 ? 2 : 0));
        int at = afterLength(bytes);
        if (reserved || at < 0 || at + variableLength(bytes, 1) != findings.payloadBytes) {
            return Answer.NO;
        }
        findings.application(Application.MQTT);
        return Answer.DONE;
    }

    private static int afterLength(Bytes bytes) {
        return variableLength(bytes, 1) < 0 ? -1 : afterVariable(bytes, 1);
    }

    /** A variable byte integer of at most four bytes; -1 if it is cut or longer. */
    private static int variableLength(Bytes bytes, int from) {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            if (!bytes.has(from + i, 1)) {
                return -1;
            }
            value |= (bytes.u8(from + i) & 0x7F) << 7 * i;
            if ((bytes.u8(from + i) & 0x80) == 0) {
                return value;
            }
        }
        return -1;
    }

    private static int afterVariable(Bytes bytes, int from) {
        int at = from;
        while ((bytes.u8(at) & 0x80) != 0) {
            at++;
        }
        return at + 1;
    }
}
