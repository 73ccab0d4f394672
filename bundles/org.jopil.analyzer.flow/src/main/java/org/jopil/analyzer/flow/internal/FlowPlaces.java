// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.HashMap;
import java.util.Map;
import org.jopil.api.source.AddressFacts;
import org.jopil.api.source.AddressFacts.Facts;

/** Country and AS of the ends of flows: asked for when somebody wants to see them. The analyzer's thread, but for the source. */
final class FlowPlaces {
    private static final int MOST_KEYS = 4096;

    private final Map<String, TextKey> keys = new HashMap<>();
    private volatile AddressFacts source;

    void source(AddressFacts found) {
        source = found;
    }

    void gone(AddressFacts gone) {
        if (source == gone) {
            source = null;
        }
    }

    Facts of(long hi, long lo) {
        AddressFacts asked = source;
        return asked == null ? Facts.NONE : asked.of(hi, lo);
    }

    /** By which its rows are grouped. */
    TextKey key(String text) {
        TextKey key = keys.get(text);
        if (key == null) {
            if (keys.size() == MOST_KEYS) {
                keys.clear();
            }
            key = TextKey.of(text);
            keys.put(text, key);
        }
        return key;
    }
}
