// SPDX-License-Identifier: Apache-2.0
package org.jopil.application;

import org.jopil.application.internal.FlowDetector;
import org.jopil.application.internal.Shared;

/** Makes the detectors of many flows. One thread uses it and all its detectors: they share their working memory. */
public final class Detectors {
    public static final int PACKETS_PER_DIRECTION = 4;

    private final Shared shared;

    /**
     * @param rules for what is not built in
     * @param packetsPerDirection payload packets looked at, 1 to 16; DNS is read for as long as it is fed
     * @param queryStrings whether the query part of HTTP request targets is kept, which often holds secrets
     * @throws IllegalArgumentException if {@code packetsPerDirection} is out of range
     */
    public Detectors(Rules rules, int packetsPerDirection, boolean queryStrings) {
        if (packetsPerDirection < 1 || packetsPerDirection > 16) {
            throw new IllegalArgumentException("packetsPerDirection is " + packetsPerDirection + ", not 1 to 16");
        }
        shared = new Shared(rules.all(), packetsPerDirection, queryStrings);
    }

    /** With the shipped rules, {@link #PACKETS_PER_DIRECTION}, and no query strings. */
    public Detectors() {
        this(Rules.standard(), PACKETS_PER_DIRECTION, false);
    }

    /**
     * @param ipProtocol 6 or 17; of any other nothing is recognised
     * @param clientPort 0 if not known
     * @param serverPort 0 if not known
     */
    public Detector detector(int ipProtocol, int clientPort, int serverPort) {
        return new FlowDetector(shared, ipProtocol, clientPort, serverPort);
    }
}
