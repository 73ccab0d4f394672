// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jopil.application.Application;

/** What is known of one flow so far. A reader writes here only what it is sure of. */
final class Findings {
    static final double NS_PER_SECOND = 1e9;

    final Shared shared;
    final int clientPort;
    final int serverPort;
    private Application application;
    private boolean ruled;
    private String serverName;
    private Map<String, Object> details = Map.of();
    private boolean changed;
    private long responseNs = -1;

    /** Of the packet at hand. */
    long nowNs;
    /** Of the first packet of the bytes at hand. */
    long startNs;
    /** Payload bytes of the packet at hand on the wire. */
    int payloadBytes;

    private boolean requested;
    private long requestNs;
    private DnsQuestions questions;
    private QuicState quic;

    Findings(Shared shared, int clientPort, int serverPort) {
        this.shared = shared;
        this.clientPort = clientPort;
        this.serverPort = serverPort;
    }

    void begin(long timestampNs, int wireBytes) {
        nowNs = timestampNs;
        startNs = timestampNs;
        payloadBytes = wireBytes;
        changed = false;
    }

    boolean changed() {
        return changed;
    }

    boolean onPort(int port) {
        return serverPort == port || clientPort == port;
    }

    Application application() {
        return application;
    }

    void application(Application found) {
        if (!ruled && !found.equals(application)) {
            application = found;
            changed = true;
        }
    }

    /** A rule says so, and what a reader finds behind it does not change it. */
    void ruled(Application found) {
        application(found);
        ruled = true;
    }

    String serverName() {
        return serverName;
    }

    void serverName(String name) {
        if (!name.equals(serverName)) {
            serverName = name;
            changed = true;
        }
    }

    void put(String field, Object value) {
        if (details.isEmpty()) {
            details = new LinkedHashMap<>();
        }
        if (!value.equals(details.put(field, value))) {
            changed = true;
        }
    }

    /** Forgets the fields of the message before. */
    void newMessage() {
        details = Map.of();
        responseNs = -1;
        changed = true;
    }

    Map<String, Object> details() {
        return Collections.unmodifiableMap(details);
    }

    long responseNs() {
        return responseNs;
    }

    /** {@code field} gets the time in seconds. */
    void response(String field, long ns) {
        responseNs = ns;
        put(field, ns / NS_PER_SECOND);
    }

    /** The bytes at hand are a request. */
    void request() {
        requested = true;
        requestNs = startNs;
    }

    /** The bytes at hand are its answer. */
    void answer(String field) {
        if (requested && startNs >= requestNs && responseNs < 0) {
            response(field, startNs - requestNs);
        }
    }

    DnsQuestions questions() {
        if (questions == null) {
            questions = new DnsQuestions();
        }
        return questions;
    }

    QuicState quic() {
        if (quic == null) {
            quic = new QuicState();
        }
        return quic;
    }
}
