// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jopil.api.event.Protocols;
import org.jopil.application.Application;
import org.jopil.application.Detector;
import org.jopil.application.Detectors;

/** Feeds one detector by hand, 2 ms between packets, with sequence numbers that go on. */
final class Feeder {
    private final Detector detector;
    private long timestampNs = Conversations.START_NS;
    /** Close to where sequence numbers begin again. */
    private int clientNext = -3;

    private int serverNext = 7;

    Feeder(Detectors detectors, boolean tcp, int clientPort, int serverPort) {
        detector = detectors.detector(tcp ? Protocols.TCP : Protocols.UDP, clientPort, serverPort);
    }

    static Feeder tcp(int serverPort) {
        return new Feeder(new Detectors(), true, 40000, serverPort);
    }

    static Feeder udp(int serverPort) {
        return new Feeder(new Detectors(), false, 40000, serverPort);
    }

    static Feeder of(Conversations conversation) {
        return new Feeder(new Detectors(), conversation.tcp(), conversation.clientPort(), conversation.serverPort());
    }

    Feeder client(String data) {
        return feed(true, data.getBytes(StandardCharsets.ISO_8859_1));
    }

    Feeder server(String data) {
        return feed(false, data.getBytes(StandardCharsets.ISO_8859_1));
    }

    Feeder feed(boolean fromClient, byte[] data) {
        return feed(fromClient, data, data.length);
    }

    /** Of {@code data} only {@code captured} bytes were copied. */
    Feeder feed(boolean fromClient, byte[] data, int captured) {
        feedAt(fromClient, fromClient ? clientNext : serverNext, data, 0, captured, data.length);
        clientNext += fromClient ? data.length : 0;
        serverNext += fromClient ? 0 : data.length;
        return this;
    }

    /** Some bytes of a message that begins at the next sequence number; it is not passed. */
    Feeder piece(boolean fromClient, byte[] data, int from, int to) {
        feedAt(fromClient, (fromClient ? clientNext : serverNext) + from, data, from, to - from, to - from);
        return this;
    }

    Feeder pass(boolean fromClient, int bytes) {
        clientNext += fromClient ? bytes : 0;
        serverNext += fromClient ? 0 : bytes;
        return this;
    }

    private void feedAt(boolean fromClient, int sequence, byte[] data, int from, int captured, int payloadBytes) {
        detector.feed(fromClient, timestampNs, sequence, data, from, captured, payloadBytes);
        timestampNs += Conversations.STEP_NS;
    }

    Detector detector() {
        return detector;
    }

    String name() {
        Application application = detector.application();
        return application == null ? "" : application.name();
    }

    Map<String, Object> details() {
        return detector.details();
    }

    Object get(String field) {
        return detector.details().get(field);
    }
}
