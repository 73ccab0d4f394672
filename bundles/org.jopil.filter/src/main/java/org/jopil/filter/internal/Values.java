// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jopil.api.event.Addresses;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.report.Column;
import org.jopil.filter.internal.Names.Prefix;
import org.jopil.filter.internal.Node.Operator;
import org.jopil.filter.internal.Node.Value;
import org.jopil.filter.internal.Node.Value.Scalar;

/** Operator and value, read as the field's type wants them, to a test. {@code !=} is bound as {@code ==}: the caller negates. */
final class Values {
    private Values() {}

    private interface LongTest {
        boolean test(long value);
    }

    private interface RealTest {
        boolean test(double value);
    }

    private interface AddressTest {
        boolean test(long hi, long lo);
    }

    private interface TextTest {
        boolean test(String value);
    }

    static RowPredicate test(Node.Comparison node, Column column, int field) throws FilterException {
        Operator operator = node.operator();
        if (column.type() == Column.Type.OBJECT) {
            throw refused(node, "'" + node.field() + "' is nested and cannot be compared", "one of its flat fields");
        }
        if (operator == Operator.MATCHES || operator == Operator.CONTAINS) {
            return text(node, column, field);
        }
        return switch (column.type()) {
            case TEXT -> {
                TextTest test = texts(equality(node), node.value(), column);
                yield row -> row.has(field) && test.test(row.text(field));
            }
            case LIST -> list(equality(node), column, field);
            case ADDRESS -> {
                AddressTest test = addresses(equality(node), node.value());
                yield row -> row.has(field) && test.test(row.addressHi(field), row.addressLo(field));
            }
            case BOOLEAN -> {
                long wanted = truth(equality(node)) ? 1 : 0;
                yield row -> row.has(field) && row.number(field) == wanted;
            }
            case REAL, PERCENT, PACKETS_PER_SECOND, BITS_PER_SECOND -> {
                RealTest test = reals(node, node.value(), column.type());
                yield row -> row.has(field) && test.test(row.real(field));
            }
            default -> {
                LongTest test = longs(node, node.value(), column.type());
                yield row -> row.has(field) && test.test(row.number(field));
            }
        };
    }

    /** Whether the comma-joined list has the element. */
    static boolean isElement(String list, String element) {
        int from = 0;
        while (from <= list.length()) {
            int comma = list.indexOf(',', from);
            int end = comma < 0 ? list.length() : comma;
            if (end - from == element.length() && list.regionMatches(true, from, element, 0, element.length())) {
                return true;
            }
            from = end + 1;
        }
        return false;
    }

    static boolean truth(Node.Comparison node) throws FilterException {
        Scalar scalar = scalar(equality(node).value());
        return switch (scalar.text().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "1" -> true;
            case "false", "no", "0" -> false;
            default -> throw misfit(scalar, "true or false", List.of("true", "false"));
        };
    }

    // ---- text

    private static RowPredicate text(Node.Comparison node, Column column, int field) throws FilterException {
        if (column.type().isNumeric() || column.type() == Column.Type.BOOLEAN) {
            throw refused(
                    node,
                    "'" + node.operator().sign + "' needs text, and '" + node.field() + "' is a number",
                    "one of == != > >= < <= in");
        }
        String wanted = scalar(node.value()).text();
        if (node.operator() == Operator.CONTAINS) {
            if (column.type() == Column.Type.LIST) {
                String element = Vocabulary.canonical(column.name(), scalar(node.value()));
                return row -> row.has(field) && isElement(row.text(field), element);
            }
            return row -> row.has(field) && row.text(field).contains(wanted);
        }
        try {
            PatternTest pattern = new PatternTest(Pattern.compile(wanted));
            return row -> row.has(field) && pattern.test(row.text(field));
        } catch (PatternSyntaxException e) {
            throw new FilterException(
                    "The pattern has a mistake: " + e.getDescription(),
                    node.value().column() + Math.max(0, e.getIndex()),
                    "a regular expression",
                    List.of());
        }
    }

    private static TextTest texts(Node.Comparison node, Value value, Column column) throws FilterException {
        if (value instanceof Value.Many many) {
            List<TextTest> tests = new ArrayList<>();
            for (Value each : many.values()) {
                tests.add(texts(node, each, column));
            }
            TextTest[] all = tests.toArray(TextTest[]::new);
            return text -> {
                for (TextTest test : all) {
                    if (test.test(text)) {
                        return true;
                    }
                }
                return false;
            };
        }
        return Vocabulary.canonical(column.name(), scalar(value))::equals;
    }

    /** {@code ==}: exactly these elements, in any order; {@code in}: one of them. */
    private static RowPredicate list(Node.Comparison node, Column column, int field) throws FilterException {
        List<Value> values = node.value() instanceof Value.Many many ? many.values() : List.of(node.value());
        List<String> wanted = new ArrayList<>();
        for (Value value : values) {
            wanted.add(Vocabulary.canonical(column.name(), scalar(value)));
        }
        String[] elements = wanted.toArray(String[]::new);
        if (node.operator() == Operator.IN) {
            return row -> row.has(field) && count(row.text(field), elements) > 0;
        }
        return row -> row.has(field)
                && count(row.text(field), elements) == elements.length
                && size(row.text(field)) == elements.length;
    }

    private static int count(String list, String[] elements) {
        int found = 0;
        for (String element : elements) {
            found += isElement(list, element) ? 1 : 0;
        }
        return found;
    }

    private static int size(String list) {
        int commas = 0;
        for (int i = 0; i < list.length(); i++) {
            commas += list.charAt(i) == ',' ? 1 : 0;
        }
        return list.isEmpty() ? 0 : commas + 1;
    }

    // ---- addresses

    private static AddressTest addresses(Node.Comparison node, Value value) throws FilterException {
        if (value instanceof Value.Many many) {
            List<AddressTest> tests = new ArrayList<>();
            for (Value each : many.values()) {
                tests.add(addresses(node, each));
            }
            AddressTest[] all = tests.toArray(AddressTest[]::new);
            return (hi, lo) -> {
                for (AddressTest test : all) {
                    if (test.test(hi, lo)) {
                        return true;
                    }
                }
                return false;
            };
        }
        if (value instanceof Value.Range range) {
            long[] from = address(range.from());
            long[] to = address(range.to());
            return (hi, lo) -> compare(hi, lo, from) >= 0 && compare(hi, lo, to) <= 0;
        }
        Scalar scalar = scalar(value);
        Prefix prefix = prefix(scalar);
        long wantedHi = prefix.hi() & prefix.maskHi();
        long wantedLo = prefix.lo() & prefix.maskLo();
        return (hi, lo) -> (hi & prefix.maskHi()) == wantedHi && (lo & prefix.maskLo()) == wantedLo;
    }

    private static int compare(long hi, long lo, long[] other) {
        int high = Long.compareUnsigned(hi, other[0]);
        return high != 0 ? high : Long.compareUnsigned(lo, other[1]);
    }

    private static Prefix prefix(Scalar scalar) throws FilterException {
        int slash = scalar.text().indexOf('/');
        long[] address = address(
                slash < 0 ? scalar : new Scalar(scalar.column(), scalar.text().substring(0, slash), true));
        if (slash < 0) {
            return new Prefix(address[0], address[1], -1L, -1L);
        }
        int most = Addresses.isIpv4(address[0], address[1]) ? 32 : 128;
        OptionalInt bits = Names.within(scalar.text().substring(slash + 1), most);
        if (bits.isEmpty()) {
            throw misfit(scalar, "a prefix length from 0 to " + most + " after the /", List.of());
        }
        return Prefix.of(address[0], address[1], bits.getAsInt() + 128 - most);
    }

    private static long[] address(Scalar scalar) throws FilterException {
        Optional<long[]> address = Addresses.parse(scalar.text());
        if (address.isEmpty()) {
            throw misfit(scalar, "an address or a network such as 10.0.0.0/8", List.of());
        }
        return address.get();
    }

    // ---- numbers

    private static LongTest longs(Node.Comparison node, Value value, Column.Type type) throws FilterException {
        if (value instanceof Value.Many many) {
            equality(node);
            List<LongTest> tests = new ArrayList<>();
            for (Value each : many.values()) {
                tests.add(longs(node, each, type));
            }
            LongTest[] all = tests.toArray(LongTest[]::new);
            return number -> {
                for (LongTest test : all) {
                    if (test.test(number)) {
                        return true;
                    }
                }
                return false;
            };
        }
        if (value instanceof Value.Range range) {
            equality(node);
            long from = Literals.integer(range.from(), type);
            long to = Literals.integer(range.to(), type);
            return number -> number >= from && number <= to;
        }
        long wanted = Literals.integer(scalar(value), type);
        return switch (node.operator()) {
            case GREATER -> number -> number > wanted;
            case GREATER_EQUAL -> number -> number >= wanted;
            case LESS -> number -> number < wanted;
            case LESS_EQUAL -> number -> number <= wanted;
            default -> number -> number == wanted;
        };
    }

    private static RealTest reals(Node.Comparison node, Value value, Column.Type type) throws FilterException {
        if (value instanceof Value.Many many) {
            equality(node);
            List<RealTest> tests = new ArrayList<>();
            for (Value each : many.values()) {
                tests.add(reals(node, each, type));
            }
            RealTest[] all = tests.toArray(RealTest[]::new);
            return number -> {
                for (RealTest test : all) {
                    if (test.test(number)) {
                        return true;
                    }
                }
                return false;
            };
        }
        if (value instanceof Value.Range range) {
            equality(node);
            double from = Literals.real(range.from(), type);
            double to = Literals.real(range.to(), type);
            return number -> number >= from && number <= to;
        }
        double wanted = Literals.real(scalar(value), type);
        return switch (node.operator()) {
            case GREATER -> number -> number > wanted;
            case GREATER_EQUAL -> number -> number >= wanted;
            case LESS -> number -> number < wanted;
            case LESS_EQUAL -> number -> number <= wanted;
            default -> number -> number == wanted;
        };
    }

    // ---- errors

    /** The same node, if it does not ask for an order where there is none. */
    private static Node.Comparison equality(Node.Comparison node) throws FilterException {
        return switch (node.operator()) {
            case EQUAL, NOT_EQUAL, IN -> node;
            default -> throw refused(
                    node, "'" + node.operator().sign + "' does not fit '" + node.field() + "' here", "one of == != in");
        };
    }

    private static Scalar scalar(Value value) throws FilterException {
        if (value instanceof Scalar scalar) {
            return scalar;
        }
        if (value instanceof Value.Range range) {
            return new Scalar(
                    range.column(), range.from().text() + ".." + range.to().text(), false);
        }
        throw new FilterException("A list does not fit here", value.column(), "one value", List.of());
    }

    private static FilterException refused(Node.Comparison node, String message, String expected) {
        return new FilterException(message, node.column() + node.field().length(), expected, List.of());
    }

    static FilterException misfit(Scalar scalar, String expected, List<String> suggestions) {
        return new FilterException("'" + scalar.text() + "' does not fit here", scalar.column(), expected, suggestions);
    }
}
