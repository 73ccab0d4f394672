// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** What must be remembered of a QUIC flow until both hellos are read. */
final class QuicState {
    /** How often keys are made for one flow: a Retry changes them, a hostile flow would want them for every packet. */
    private static final int MOST_KEYS = 3;

    private int made;
    QuicCrypto.Keys clientKeys;
    QuicCrypto.Keys serverKeys;
    private Stream clientCrypto;
    private Stream serverCrypto;

    boolean mayMakeKeys() {
        return made++ < MOST_KEYS;
    }

    Stream crypto(boolean client) {
        if (client) {
            clientCrypto = clientCrypto == null ? new Stream() : clientCrypto;
            return clientCrypto;
        }
        serverCrypto = serverCrypto == null ? new Stream() : serverCrypto;
        return serverCrypto;
    }
}
