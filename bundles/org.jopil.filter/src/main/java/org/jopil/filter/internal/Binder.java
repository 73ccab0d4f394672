// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jopil.api.NearNames;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.FrameRow;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.jopil.api.filter.PacketFilters;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Column;
import org.jopil.filter.internal.Aliases.Alias;
import org.jopil.filter.internal.Node.End;
import org.jopil.filter.internal.Node.Family;
import org.jopil.filter.internal.Node.Operator;

/** Tree and schema to predicate: every name is an index afterwards, every value a number, address or text. */
final class Binder {
    /** Only rows that are packets have it. */
    private static final String PACKET_FIELD = "captured_hex";

    private final Schema schema;
    /** Null if nothing here compiles them. */
    private final PacketFilters packets;
    /** Of the primitives so far: what those behind it are read inside of; empty if there is none. */
    private String tunnel = "";

    private boolean innerTag;
    /** Whether the node stands behind an odd number of {@code not}. */
    private boolean negated;

    Binder(Schema schema, PacketFilters packets) {
        this.schema = schema;
        this.packets = packets;
    }

    RowPredicate bind(Node node) throws FilterException {
        if (node instanceof Node.And and) {
            return both(bind(and.left()), bind(and.right()));
        } else if (node instanceof Node.Or or) {
            return either(bind(or.left()), bind(or.right()));
        } else if (node instanceof Node.Not not) {
            negated = !negated;
            RowPredicate inner = bind(not.inner());
            negated = !negated;
            return row -> !inner.test(row);
        } else if (node instanceof Node.Comparison comparison) {
            return comparison(comparison);
        } else if (node instanceof Node.Truth truth) {
            return truth(truth);
        }
        return primitive(node);
    }

    private RowPredicate primitive(Node node) throws FilterException {
        if (!tunnel.isEmpty()) {
            throw insideOf(tunnel, node);
        }
        if (node instanceof Node.Protocol protocol) {
            return protocol(protocol);
        } else if (node instanceof Node.EtherType type) {
            return etherType(type);
        } else if (node instanceof Node.Address address) {
            return address(address);
        } else if (node instanceof Node.Port port) {
            return port(port);
        } else if (node instanceof Node.Vlan vlan) {
            return vlan(vlan);
        } else if (node instanceof Node.Length length) {
            return length(length);
        } else if (node instanceof Node.Bound bound) {
            return textIs(need(bound, "direction"), bound.in() ? "ingress" : "egress");
        }
        return bytes((Node.PacketOnly) node);
    }

    private RowPredicate bytes(Node.PacketOnly node) throws FilterException {
        if (schema.indexOf(PACKET_FIELD) < 0) {
            throw new FilterException(
                    "'" + node.text() + "' reads bytes that only packets have",
                    node.column(),
                    "'packets' instead of this list",
                    List.of("packets"));
        }
        if (packets == null) {
            throw new FilterException(
                    "'" + node.text() + "' reads bytes, and nothing here compiles that",
                    node.column(),
                    "fields or other primitives",
                    List.of());
        }
        if (innerTag) {
            throw insideOf("vlan and vlan", node);
        }
        tunnel = Parser.isEncapsulation(node.text()) ? node.text() : "";
        boolean undecided = negated;
        Optional<PacketFilter> ethernet = compiled(node, LinkType.ETHERNET);
        Optional<PacketFilter> raw = compiled(node, LinkType.RAW_IP);
        return row -> {
            if (!(row instanceof FrameRow frame)) {
                return false;
            }
            Optional<PacketFilter> filter = frame.linkType() == LinkType.ETHERNET ? ethernet : raw;
            if (filter.isEmpty()) {
                return false;
            }
            // behind 'not', too, a packet whose byte was not captured is left out
            Verdict verdict = frame.test(filter.get());
            return verdict == Verdict.MATCH || (undecided && verdict == Verdict.UNDECIDED);
        };
    }

    private static FilterException insideOf(String tunnel, Node node) {
        return new FilterException(
                "What stands behind '" + tunnel + "' is read inside of it, where a list does not look",
                node.column(),
                "'" + tunnel + "' at the end, or fields",
                List.of());
    }

    /** Empty if no frame of the link type can match. */
    private Optional<PacketFilter> compiled(Node.PacketOnly node, LinkType linkType) throws FilterException {
        try {
            return Optional.of(packets.compile(node.text(), linkType));
        } catch (FilterException e) {
            if (e.neverMatches() || linkType == LinkType.RAW_IP) {
                return Optional.empty();
            }
            throw new FilterException(e.getMessage(), node.column() + e.column(), e.expected(), e.suggestions());
        }
    }

    // ---- fields

    private RowPredicate comparison(Node.Comparison node) throws FilterException {
        Optional<String> flag = schema.indexOf(node.field()) < 0 ? Aliases.tcpFlag(node.field()) : Optional.empty();
        if (flag.isPresent()) {
            boolean wanted = Values.truth(node) == (node.operator() == Operator.EQUAL);
            RowPredicate set = flag(node, flag.get());
            return wanted ? set : both(has(need(node, "tcp_flags")), row -> !set.test(row));
        }
        Alias alias = resolve(node, node.field());
        RowPredicate equal = null;
        RowPredicate present = null;
        boolean negated = node.operator() == Operator.NOT_EQUAL;
        for (int field : fields(alias)) {
            RowPredicate test = Values.test(node, schema.fields().get(field), field);
            equal = equal == null ? test : either(equal, test);
            present = present == null ? has(field) : either(present, has(field));
        }
        RowPredicate test = equal;
        RowPredicate result = negated ? both(present, row -> !test.test(row)) : test;
        return alias.protocol() == null ? result : both(textIs(need(node, "protocol"), alias.protocol()), result);
    }

    private RowPredicate truth(Node.Truth node) throws FilterException {
        Optional<String> flag = schema.indexOf(node.field()) < 0 ? Aliases.tcpFlag(node.field()) : Optional.empty();
        if (flag.isPresent()) {
            return flag(node, flag.get());
        }
        int field = fields(resolve(node, node.field())).get(0);
        if (schema.fields().get(field).type() != Column.Type.BOOLEAN) {
            throw new FilterException(
                    "'" + node.field() + "' is not a truth value",
                    node.column() + node.field().length(),
                    "a comparison such as " + node.field() + " == …",
                    List.of());
        }
        return row -> row.has(field) && row.number(field) != 0;
    }

    private RowPredicate flag(Node node, String flag) throws FilterException {
        int field = need(node, "tcp_flags");
        return row -> row.has(field) && Values.isElement(row.text(field), flag);
    }

    private Alias resolve(Node node, String name) throws FilterException {
        int exact = schema.indexOf(name);
        Optional<Alias> alias = Aliases.of(name);
        if (exact >= 0 && (isFlat(exact) || alias.isEmpty())) {
            return new Alias(List.of(name), null);
        }
        if (alias.isEmpty() || fields(alias.get()).isEmpty()) {
            throw unknown(node, name);
        }
        return alias.get();
    }

    /** Where an alias is found; a nested column only if there is nothing else. */
    private List<Integer> fields(Alias alias) {
        List<Integer> fields = new ArrayList<>();
        for (String name : alias.fields()) {
            int field = schema.indexOf(name);
            if (field >= 0 && (isFlat(field) || alias.fields().size() == 1)) {
                fields.add(field);
            }
        }
        return fields;
    }

    private boolean isFlat(int field) {
        return schema.fields().get(field).type() != Column.Type.OBJECT;
    }

    private FilterException unknown(Node node, String name) {
        List<String> names = schema.fields().stream().map(Column::name).toList();
        List<String> known = new ArrayList<>(names);
        known.addAll(Aliases.names());
        if (node instanceof Node.Truth) {
            known.addAll(Parser.knownWords());
        }
        return new FilterException(
                "There is no field '" + name + "'",
                node.column(),
                "one of " + String.join(", ", names),
                NearNames.of(name, known));
    }

    // ---- primitives

    private RowPredicate protocol(Node.Protocol node) throws FilterException {
        if (node.number() < 0) {
            return family(node, node.family());
        }
        RowPredicate number = textIs(need(node, "protocol"), Protocols.name(node.number()));
        return node.family() == Family.ANY ? number : both(family(node, node.family()), number);
    }

    private RowPredicate family(Node node, Family family) throws FilterException {
        if (family == Family.ARP || family == Family.RARP) {
            return textIs(need(node, "protocol"), family == Family.ARP ? "arp" : "rarp");
        }
        boolean ipv4 = family == Family.IP;
        int version = schema.indexOf("ip_version");
        if (version >= 0) {
            int wanted = ipv4 ? 4 : 6;
            return row -> row.has(version) && row.number(version) == wanted;
        }
        int src = need(node, "src_ip");
        return row -> row.has(src) && Addresses.isIpv4(row.addressHi(src), row.addressLo(src)) == ipv4;
    }

    private RowPredicate etherType(Node.EtherType node) throws FilterException {
        int field = need(node, "ether_type");
        return row -> row.has(field) && row.number(field) == node.number();
    }

    private RowPredicate address(Node.Address node) throws FilterException {
        RowPredicate src = within(need(node, "src_ip"), node);
        RowPredicate dst = within(need(node, "dst_ip"), node);
        RowPredicate ends = ends(node.end(), src, dst);
        return node.family() == Family.ANY ? ends : both(family(node, node.family()), ends);
    }

    private static RowPredicate within(int field, Node.Address node) {
        long hi = node.hi();
        long lo = node.lo();
        long maskHi = node.maskHi();
        long maskLo = node.maskLo();
        return row -> row.has(field) && (row.addressHi(field) & maskHi) == hi && (row.addressLo(field) & maskLo) == lo;
    }

    private RowPredicate port(Node.Port node) throws FilterException {
        int protocol = need(node, "protocol");
        RowPredicate src = between(need(node, "src_port"), node.low(), node.high());
        RowPredicate dst = between(need(node, "dst_port"), node.low(), node.high());
        RowPredicate transport = node.number() >= 0
                ? textIs(protocol, Protocols.name(node.number()))
                : either(textIs(protocol, "tcp"), either(textIs(protocol, "udp"), textIs(protocol, "sctp")));
        return both(transport, ends(node.end(), src, dst));
    }

    private static RowPredicate between(int field, long low, long high) {
        return row -> row.has(field) && row.number(field) >= low && row.number(field) <= high;
    }

    private RowPredicate vlan(Node.Vlan node) throws FilterException {
        if (node.depth() > 1) {
            throw new FilterException(
                    "Rows know two VLAN tags, and this is the third 'vlan'",
                    node.column(),
                    "vlan == … to compare the outer tag again",
                    List.of());
        }
        innerTag |= node.depth() > 0;
        int field = node.depth() == 0 ? vlanField(node) : need(node, "inner_vlan");
        int id = node.id();
        return row -> row.has(field) && (id < 0 ? row.number(field) >= 0 : row.number(field) == id);
    }

    private int vlanField(Node node) throws FilterException {
        int field = schema.indexOf("vlan");
        return field >= 0 && schema.fields().get(field).type().isNumeric() ? field : need(node, "vlan_id");
    }

    private RowPredicate length(Node.Length node) throws FilterException {
        int field = schema.indexOf("length");
        if (field < 0) {
            throw new FilterException(
                    "'" + (node.less() ? "less" : "greater") + "' compares the length of one packet",
                    node.column(),
                    "a comparison such as bytes " + (node.less() ? "<= " : ">= ") + node.bytes(),
                    List.of("packets"));
        }
        long bytes = node.bytes();
        return node.less()
                ? row -> row.has(field) && row.number(field) <= bytes
                : row -> row.has(field) && row.number(field) >= bytes;
    }

    private int need(Node node, String name) throws FilterException {
        int field = schema.indexOf(name);
        if (field < 0) {
            throw new FilterException(
                    "These rows have no '" + name + "', which is needed here",
                    node.column(),
                    "one of "
                            + String.join(
                                    ", ",
                                    schema.fields().stream().map(Column::name).toList()),
                    List.of());
        }
        return field;
    }

    // ---- joining

    private static RowPredicate ends(End end, RowPredicate src, RowPredicate dst) {
        return switch (end) {
            case SRC -> src;
            case DST -> dst;
            case EITHER -> either(src, dst);
            case BOTH -> both(src, dst);
        };
    }

    private static RowPredicate both(RowPredicate a, RowPredicate b) {
        return row -> a.test(row) && b.test(row);
    }

    private static RowPredicate either(RowPredicate a, RowPredicate b) {
        return row -> a.test(row) || b.test(row);
    }

    private static RowPredicate has(int field) {
        return row -> row.has(field);
    }

    private static RowPredicate textIs(int field, String wanted) {
        return row -> row.has(field) && wanted.equals(row.text(field));
    }
}
