// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.List;

/** What the detectors of one thread share. */
public final class Shared {
    final Rule[] rules;
    final int packetsPerDirection;
    final boolean queryStrings;
    final Bytes view = new Bytes();
    private QuicCrypto quicCrypto;

    public Shared(List<Rule> rules, int packetsPerDirection, boolean queryStrings) {
        this.rules = rules.toArray(new Rule[0]);
        this.packetsPerDirection = packetsPerDirection;
        this.queryStrings = queryStrings;
    }

    /** Made when the first QUIC Initial is seen: loading the ciphers costs some milliseconds. */
    QuicCrypto quicCrypto() {
        if (quicCrypto == null) {
            quicCrypto = new QuicCrypto();
        }
        return quicCrypto;
    }
}
