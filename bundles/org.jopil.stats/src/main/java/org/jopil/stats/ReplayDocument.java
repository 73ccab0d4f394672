// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jopil.api.source.Replays;

/** A replay as people and programs get it: maps of platform types, in the order in which they are shown. */
public final class ReplayDocument {
    private ReplayDocument() {}

    /** The object of {@code GET /api/replay}. */
    public static Map<String, Object> of(Replays.Status status) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("state", status.state().name().toLowerCase(Locale.ROOT));
        document.put("number", status.number());
        document.put("file", status.file());
        document.put("speed", status.speed() == Replays.FASTEST ? "max" : String.valueOf(status.speed()));
        document.put("link_types", status.linkTypes());
        document.put("interfaces", status.interfaces());
        document.put("packets", status.packets());
        document.put("bytes", status.bytes());
        document.put("skipped", new TreeMap<>(status.skipped()));
        document.put("first_time", time(status.firstNs()));
        document.put("last_time", time(status.lastNs()));
        document.put("percent", percent(status));
        document.put("end", status.end().isEmpty() ? null : status.end());
        return document;
    }

    private static String time(OptionalLong ns) {
        return ns.isPresent() ? Instant.ofEpochSecond(0, ns.getAsLong()).toString() : null;
    }

    /** Of the file; null without one. */
    private static Double percent(Replays.Status status) {
        if (!status.isShown()) {
            return null;
        }
        return status.fileBytes() == 0 ? 100.0 : Math.floor(1000.0 * status.readBytes() / status.fileBytes()) / 10;
    }
}
