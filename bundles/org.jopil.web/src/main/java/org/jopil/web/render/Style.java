// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

/**
 * How an answer shall look.
 *
 * @param fields columns wanted, in this order; empty for the report's own
 * @param zone of times in tables
 * @param noun what a row is, in the singular, for the sentence that stands in place of an empty table
 */
public record Style(List<String> fields, ZoneId zone, String noun) {
    public Style {
        fields = List.copyOf(fields);
    }

    /** All columns, local time. */
    public static Style of(String noun) {
        return new Style(List.of(), ZoneId.systemDefault(), noun);
    }

    public Style withFields(List<String> wanted) {
        return new Style(wanted, zone, noun);
    }

    public Style utc() {
        return new Style(fields, ZoneOffset.UTC, noun);
    }
}
