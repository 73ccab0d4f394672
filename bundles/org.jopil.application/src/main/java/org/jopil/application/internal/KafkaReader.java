// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import org.jopil.application.Application;

/** The header of a Kafka request (Kafka protocol guide, "Request Header v1"). */
final class KafkaReader implements Reader {
    private static final int PORT = 9092;
    private static final int CLIENT_ID_AT = 14;
    private static final int MOST_API_KEY = 100;
    private static final int MOST_API_VERSION = 20;
    private static final int MOST_CLIENT_ID_BYTES = 255;
    private static final int API_VERSIONS = 18;
    private static final int METADATA = 3;

    @Override
    public Answer read(Bytes bytes, boolean fromClient, Findings findings) {
        // an answer begins with a length and a number, too
        if (!fromClient) {
            return Answer.NO;
        }
        if (!bytes.has(0, CLIENT_ID_AT)) {
            boolean begun = findings.onPort(PORT)
                    && bytes.has(0, 8)
                    && bytes.u16(4) <= MOST_API_KEY
                    && bytes.u16(6) <= MOST_API_VERSION;
            return begun ? Answer.MORE : Answer.NO;
        }
        long length = bytes.u32(0);
        int key = bytes.u16(4);
        int version = bytes.u16(6);
        int clientId = bytes.u16(12);
        // what a client asks first, wherever the server listens; the length is that of this packet
        boolean first = (key == API_VERSIONS || key == METADATA)
                && clientId > 0
                && length == findings.payloadBytes - 4
                && bytes.i32(8) >= 0
                && bytes.i32(8) < 256;
        boolean plausible = findings.onPort(PORT) ? length >= CLIENT_ID_AT - 4 && length < 1 << 28 : first;
        if (!plausible
                || key > MOST_API_KEY
                || version > MOST_API_VERSION
                || clientId > MOST_CLIENT_ID_BYTES
                || clientId > length - (CLIENT_ID_AT - 4)) {
            return Answer.NO;
        }
        int seen = Math.min(clientId, bytes.length() - CLIENT_ID_AT);
        if (!bytes.printable(CLIENT_ID_AT, seen)) {
            return Answer.NO;
        }
        if (seen < clientId) {
            return Answer.MORE;
        }
        findings.application(Application.KAFKA);
        findings.put("kafka.api_key", (long) key);
        findings.put("kafka.api_version", (long) version);
        if (clientId > 0) {
            findings.put("kafka.client_id", Text.line(bytes, CLIENT_ID_AT, clientId));
        }
        return Answer.DONE;
    }
}
