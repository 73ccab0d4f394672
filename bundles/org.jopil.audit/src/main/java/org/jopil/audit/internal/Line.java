// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jopil.audit.Audit.Event;

/**
 * A line of the file: a JSON object that ends with the hash of the line before and with its own, SHA-256 over all that
 * stands before it. Who changes a line, or takes one out, must make all that follow anew.
 */
record Line(Instant time, long sequence, Event event, String previous, String text) {
    /** Of the very first line. */
    static final String BEGIN = "0".repeat(64);

    static final int MOST_CHARACTERS = 1000;

    private static final JsonFactory FACTORY = new JsonFactory();
    private static final String HASH = ",\"hash\":\"";
    private static final int HASH_CHARACTERS = 64;

    static Line of(Instant time, long sequence, Event event, String previous) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("time", time.toString());
            json.writeNumberField("sequence", sequence);
            json.writeStringField("who", cut(event.who()));
            json.writeStringField("from", cut(event.from()));
            json.writeStringField("action", cut(event.action()));
            json.writeStringField("what", cut(event.what()));
            json.writeStringField("result", cut(event.result()));
            json.writeStringField("previous", previous);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String open = text.toString().substring(0, text.getBuffer().length() - 1);
        return new Line(time, sequence, event, previous, open + HASH + hash(open) + "\"}");
    }

    private static String cut(String text) {
        return text.length() <= MOST_CHARACTERS ? text : text.substring(0, MOST_CHARACTERS) + "…";
    }

    /** Empty if it is no line of ours, or was changed. */
    static Optional<Line> read(String text) {
        int end = text.length() - HASH.length() - HASH_CHARACTERS - 2;
        if (end < 0
                || !text.startsWith(HASH, end)
                || !hash(text.substring(0, end)).equals(hashOf(text))) {
            return Optional.empty();
        }
        Map<String, String> fields = new HashMap<>();
        try (JsonParser json = FACTORY.createParser(text)) {
            json.nextToken();
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                fields.put(name, value == JsonToken.VALUE_NULL ? "" : json.getText());
            }
            return Optional.of(new Line(
                    Instant.parse(fields.getOrDefault("time", "")),
                    Long.parseLong(fields.getOrDefault("sequence", "")),
                    new Event(
                            fields.getOrDefault("who", ""),
                            fields.getOrDefault("from", ""),
                            fields.getOrDefault("action", ""),
                            fields.getOrDefault("what", ""),
                            fields.getOrDefault("result", "")),
                    fields.getOrDefault("previous", ""),
                    text));
        } catch (IOException | DateTimeException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    String hash() {
        return hashOf(text);
    }

    private static String hashOf(String text) {
        return text.substring(text.length() - HASH_CHARACTERS - 2, text.length() - 2);
    }

    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
