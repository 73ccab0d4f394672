// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.NearNames;
import org.jopil.api.filter.FilterException;
import org.jopil.api.report.Column;
import org.jopil.filter.internal.Node.Value.Scalar;

/** Numbers as people write them: 10k, 1.5M, 4MiB, 250ms, 0x0800, 2026-01-01T12:00:00Z. */
final class Literals {
    private static final Pattern NUMBER = Pattern.compile("([-+]?\\d+(?:\\.\\d+)?)([a-zA-Zµ%/]*)");

    /** k, M, G, T are powers of 1,000; Ki, Mi, Gi, Ti of 1,024. */
    private static final Map<String, Long> SCALES = Map.of(
            "", 1L,
            "k", 1_000L,
            "K", 1_000L,
            "M", 1_000_000L,
            "G", 1_000_000_000L,
            "T", 1_000_000_000_000L,
            "Ki", 1L << 10,
            "Mi", 1L << 20,
            "Gi", 1L << 30,
            "Ti", 1L << 40);

    private static final Map<String, Long> DURATIONS_NS = Map.of(
            "ns", 1L,
            "us", 1_000L,
            "µs", 1_000L,
            "ms", 1_000_000L,
            "s", 1_000_000_000L,
            "m", 60_000_000_000L,
            "min", 60_000_000_000L,
            "h", 3_600_000_000_000L,
            "d", 86_400_000_000_000L);

    private Literals() {}

    static long integer(Scalar scalar, Column.Type type) throws FilterException {
        if (type == Column.Type.TIME && scalar.text().indexOf('T') > 0) {
            return time(scalar);
        }
        if (type == Column.Type.PORT) {
            OptionalInt port = Names.port(scalar.text());
            if (port.isEmpty()) {
                throw Values.misfit(
                        scalar, "a port, 0 to 65535, or a service", NearNames.of(scalar.text(), Names.services()));
            }
            return port.getAsInt();
        }
        if (scalar.text().startsWith("0x") && Names.number(scalar.text()).isPresent()) {
            return Names.number(scalar.text()).getAsLong();
        }
        try {
            return decimal(scalar, type).longValueExact();
        } catch (ArithmeticException e) {
            throw Values.misfit(scalar, "a whole number", List.of());
        }
    }

    static double real(Scalar scalar, Column.Type type) throws FilterException {
        return decimal(scalar, type).doubleValue();
    }

    private static BigDecimal decimal(Scalar scalar, Column.Type type) throws FilterException {
        Matcher matcher = NUMBER.matcher(scalar.text());
        if (!matcher.matches()) {
            throw Values.misfit(scalar, expected(type), List.of());
        }
        BigDecimal number = new BigDecimal(matcher.group(1));
        String unit = matcher.group(2);
        if (type == Column.Type.MILLISECONDS || type == Column.Type.NANOSECONDS) {
            long own = type == Column.Type.MILLISECONDS ? 1_000_000L : 1L;
            Long ns = unit.isEmpty() ? Long.valueOf(own) : DURATIONS_NS.get(unit);
            if (ns == null) {
                throw Values.misfit(scalar, expected(type), List.of());
            }
            return number.multiply(BigDecimal.valueOf(ns))
                    .divide(BigDecimal.valueOf(own))
                    .stripTrailingZeros();
        }
        Long scale = SCALES.get(withoutUnit(unit, type));
        if (scale == null) {
            throw Values.misfit(scalar, expected(type), List.of());
        }
        return number.multiply(BigDecimal.valueOf(scale)).stripTrailingZeros();
    }

    private static String withoutUnit(String unit, Column.Type type) {
        List<String> names =
                switch (type) {
                    case BYTES -> List.of("B");
                    case PERCENT -> List.of("%");
                    case BITS_PER_SECOND -> List.of("bit/s", "bps", "bit");
                    case PACKETS_PER_SECOND -> List.of("pps", "/s");
                    default -> List.<String>of();
                };
        for (String name : names) {
            if (unit.endsWith(name)) {
                return unit.substring(0, unit.length() - name.length());
            }
        }
        return unit;
    }

    private static String expected(Column.Type type) {
        return switch (type) {
            case MILLISECONDS, NANOSECONDS -> "a duration such as 250ms, 2s or 5m";
            case TIME -> "a time such as 2026-01-01T12:00:00Z";
            case BYTES -> "a number such as 1500, 10k or 4MiB";
            case PERCENT -> "a percentage such as 12.5";
            default -> "a number such as 1500, 10k or 2M";
        };
    }

    private static long time(Scalar scalar) throws FilterException {
        try {
            OffsetDateTime time = OffsetDateTime.parse(scalar.text());
            return Math.addExact(Math.multiplyExact(time.toEpochSecond(), 1_000_000_000L), time.getNano());
        } catch (DateTimeException | ArithmeticException e) {
            throw Values.misfit(scalar, expected(Column.Type.TIME), List.of());
        }
    }
}
