// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Connected live clients, for the ledger. Any thread. */
@ProviderType
public interface WebClients {
    /** Name of the one account of all clients that are gone. */
    String GONE = "gone";

    /** Those who are here, then the sums over those who are gone. */
    List<Client> list();

    /**
     * One connection: {@code offered = sent + shed + queued}, in messages.
     *
     * @param name address and port of the peer
     * @param offered messages for it
     * @param sent messages that left, as the connection says
     * @param shed messages that a newer one replaced because the client was too slow
     * @param queued messages that wait, or are on their way
     * @param skippedPackets packets that it did not get because of the rate it asked for: its choice, and no loss
     */
    record Client(String name, long offered, long sent, long shed, long queued, long skippedPackets) {}
}
