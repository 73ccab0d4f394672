// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** How an answer is written. */
public enum Format {
    JSON("application/json", "json"),
    /** One JSON object a line. */
    NDJSON("application/x-ndjson", "jsonl"),
    CSV("text/csv", "csv"),
    /** One JSON object a line, with the names of the Elastic Common Schema. */
    ECS("application/vnd.elastic.ecs+x-ndjson", "ecs"),
    /** For people. */
    TEXT("text/plain", "table");

    private final String mediaType;
    private final String option;

    Format(String mediaType, String option) {
        this.mediaType = mediaType;
        this.option = option;
    }

    public String mediaType() {
        return mediaType;
    }

    /** With the character set where there is one to name. */
    public String contentType() {
        return this == CSV || this == TEXT ? mediaType + ";charset=utf-8" : mediaType;
    }

    /** Value of the shell's {@code -o} and of REST's {@code format}. */
    public String option() {
        return option;
    }

    /** Whether rows stand alone, an object a line, so that more of them can follow. */
    public boolean isLines() {
        return this == NDJSON || this == ECS;
    }

    /** By the value of {@code -o}, in the order of this list. */
    public static Map<String, Format> byOption() {
        Map<String, Format> formats = new LinkedHashMap<>();
        for (Format format : values()) {
            formats.put(format.option, format);
        }
        return formats;
    }

    /** By the value of {@code -o}. */
    public static Optional<Format> named(String option) {
        return Optional.ofNullable(byOption().get(option));
    }

    /** The one that an {@code Accept} header likes best (RFC 9110 section 12.5.1); JSON if it names none of ours. */
    public static Format negotiate(String accept) {
        if (accept == null) {
            return JSON;
        }
        Format best = JSON;
        double bestQuality = 0;
        for (String range : accept.split(",")) {
            String[] parts = range.split(";", -1);
            String type = parts[0].trim();
            double quality = quality(parts);
            for (Format format : values()) {
                if (format.mediaType.equalsIgnoreCase(type) && quality > bestQuality) {
                    best = format;
                    bestQuality = quality;
                }
            }
        }
        return best;
    }

    private static double quality(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].trim();
            if (parameter.startsWith("q=")) {
                try {
                    return Double.parseDouble(parameter.substring(2));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
