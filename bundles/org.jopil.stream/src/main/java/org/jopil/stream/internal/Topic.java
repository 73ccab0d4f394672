// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What can be subscribed to. */
enum Topic {
    STATS,
    FLOWS,
    PACKETS,
    DROPS,
    JOURNEYS;

    static final List<String> NAMES = Arrays.stream(values()).map(Topic::text).toList();

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<Topic> named(String text) {
        return Arrays.stream(values()).filter(t -> t.text().equals(text)).findFirst();
    }
}
