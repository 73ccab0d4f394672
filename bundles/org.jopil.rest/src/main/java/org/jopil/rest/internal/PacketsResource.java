// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Optional;
import org.jopil.web.Route;
import org.jopil.web.render.Listing;

/** Sampled packets with their headers. */
final class PacketsResource {
    static final Listing.Rules PACKETS = new Listing.Rules("", 1000, Optional.of(""), true, true);

    private final Lists lists;

    PacketsResource(Lists lists) {
        this.lists = lists;
    }

    List<Route> routes() {
        return List.of(lists.report(
                "/api/packets",
                "Packet samples, newest first; weight says for how many packets one stands. One's own connections to"
                        + " JOPIL are left out unless own=1",
                "packets",
                PACKETS,
                "packet"));
    }
}
