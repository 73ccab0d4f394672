// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

/** A kind of message of which only the newest waits for a slow client. */
enum Slot {
    STATS(Topic.STATS),
    SERIES(Topic.STATS),
    FLOWS(Topic.FLOWS),
    PACKETS(Topic.PACKETS),
    DROPS(Topic.DROPS),
    JOURNEYS(Topic.JOURNEYS);

    final Topic topic;

    Slot(Topic topic) {
        this.topic = topic;
    }
}
