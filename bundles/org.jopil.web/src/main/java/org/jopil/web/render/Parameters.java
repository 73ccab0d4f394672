// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.render;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;

/**
 * Named values of a question: a query string's, or a command's options. What cannot be understood is refused with the
 * parameter, the value and what is allowed ({@code JOPIL-400}).
 */
public final class Parameters {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<String, String[]> values;

    public Parameters(Map<String, String[]> values) {
        this.values = values;
    }

    /**
     * Reads a query string, and it alone: a form in the body is no question.
     *
     * @param query without the question mark, null if there is none
     */
    public static Parameters ofQuery(String query) {
        Map<String, String[]> values = new LinkedHashMap<>();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = decode(equals < 0 ? pair : pair.substring(0, equals));
                    String value = equals < 0 ? "" : decode(pair.substring(equals + 1));
                    values.merge(name, new String[] {value}, Parameters::both);
                }
            }
        }
        return new Parameters(values);
    }

    private static String[] both(String[] first, String[] second) {
        String[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    private static String decode(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        try {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c == '%') {
                    bytes.write(HexFormat.fromHexDigits(text, i + 1, i + 3));
                    i += 2;
                } else if (c < 128) {
                    bytes.write(c == '+' ? ' ' : c);
                } else {
                    bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                }
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException | IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new JopilException(
                    "JOPIL-400",
                    400,
                    "The query string cannot be read",
                    "'" + Units.safe(text.length() > 80 ? text.substring(0, 80) + "…" : text)
                            + "' is not UTF-8 in percent encoding.");
        }
    }

    /** Refuses every other name. */
    public Parameters allow(Collection<String> names) {
        for (Map.Entry<String, String[]> given : values.entrySet()) {
            if (!names.contains(given.getKey())) {
                throw new JopilException(
                        "JOPIL-400",
                        400,
                        "Unknown parameter '" + Units.safe(given.getKey()) + "'",
                        names.isEmpty()
                                ? "There are none here."
                                : NearNames.hint(given.getKey(), names) + "The parameters are: "
                                        + String.join(", ", names) + ".");
            }
            if (given.getValue().length > 1) {
                throw bad(given.getKey(), String.join(", ", given.getValue()), "given once");
            }
        }
        return this;
    }

    /** Empty if absent or blank. */
    public Optional<String> text(String name) {
        String[] given = values.get(name);
        return given == null || given.length == 0 || given[0].isBlank() ? Optional.empty() : Optional.of(given[0]);
    }

    public int integer(String name, int otherwise, int min, int max) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return otherwise;
        }
        try {
            int value = Integer.parseInt(text.get().trim());
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw outOfRange(name, text.get(), min, max);
        }
        throw outOfRange(name, text.get(), min, max);
    }

    private static JopilException outOfRange(String name, String value, int min, int max) {
        return bad(name, value, "a whole number from " + min + " to " + max);
    }

    /** {@code 1}, {@code true} or the bare name mean yes. */
    public boolean flag(String name) {
        String[] given = values.get(name);
        if (given == null || given.length == 0) {
            return false;
        }
        return switch (given[0]) {
            case "", "1", "true" -> true;
            case "0", "false" -> false;
            default -> throw bad(name, given[0], "1 or 0");
        };
    }

    public <T> Optional<T> oneOf(String name, Map<String, T> choices) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        T value = choices.get(text.get());
        if (value == null) {
            throw bad(name, text.get(), "one of " + String.join(", ", choices.keySet()));
        }
        return Optional.of(value);
    }

    /** {@code 90s}, {@code 5m}, {@code 2h}, {@code 1d}, {@code 500ms}. */
    public Optional<Duration> duration(String name) {
        return text(name).map(text -> parseDuration(text)
                .orElseThrow(() -> bad(name, text, "a duration such as 500ms, 90s, 5m, 2h or 1d")));
    }

    /** RFC 3339, or how long ago as a duration. Nanoseconds since the epoch. */
    public Optional<Long> time(String name, Instant now) {
        return text(name).map(text -> {
            Optional<Duration> ago = parseDuration(text);
            if (ago.isPresent()) {
                return nanoseconds(name, text, now.minus(ago.get()));
            }
            try {
                // a plus sign in a query string is a blank once it is decoded
                return nanoseconds(
                        name, text, OffsetDateTime.parse(text.replace(' ', '+')).toInstant());
            } catch (DateTimeException e) {
                throw badTime(name, text);
            }
        });
    }

    private static long nanoseconds(String name, String text, Instant instant) {
        try {
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
        } catch (ArithmeticException e) {
            throw badTime(name, text);
        }
    }

    private static JopilException badTime(String name, String text) {
        return bad(
                name, text, "a time such as 2026-01-31T12:00:00Z, or how long ago: 90s, 5m, 2h, 1d; from 1678 to 2262");
    }

    /** Separated by commas. */
    public List<String> list(String name) {
        return text(name)
                .map(text -> Arrays.stream(text.split(","))
                        .map(String::trim)
                        .filter(s -> !s.isEmpty())
                        .toList())
                .orElse(List.of());
    }

    private static Optional<Duration> parseDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(number);
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }

    /** The refusal of a value. */
    public static JopilException bad(String name, String value, String allowed) {
        return new JopilException(
                "JOPIL-400",
                400,
                "Bad value for '" + name + "'",
                "'" + Units.safe(value.length() > 80 ? value.substring(0, 80) + "…" : value) + "' must be " + allowed
                        + ".");
    }
}
