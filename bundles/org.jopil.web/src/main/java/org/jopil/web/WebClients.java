// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Connected live clients, for the ledger. Any thread. */
@ProviderType
public interface WebClients {
    List<Client> list();

    /**
     * One connection.
     *
     * @param name address and port of the peer
     * @param sent messages handed over to the connection
     * @param shed messages that a newer one replaced because the client was too slow
     */
    record Client(String name, long sent, long shed) {}
}
