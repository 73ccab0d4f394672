// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import org.jopil.api.NearNames;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.filter.FilterException;
import org.jopil.filter.internal.Names.Prefix;
import org.jopil.filter.internal.Node.End;
import org.jopil.filter.internal.Node.Family;
import org.jopil.filter.internal.Node.Operator;
import org.jopil.filter.internal.Node.Value;

/**
 * Tokens to tree. As in pcap-filter, {@code and} and {@code or} bind equally and from the left, {@code not} binds
 * strongest, and a value without qualifiers takes those of the primitive before it ({@code port 80 or 443}).
 */
final class Parser {
    private static final int DEEPEST = 64;
    private static final String PRIMITIVE =
            "a primitive (tcp, host 10.0.0.1, port 443, …), a comparison (bytes > 1000) or (";

    /** Protocol primitives: family and IANA number, -1 where the family is all. */
    private static final Map<String, Node.Protocol> PROTOCOLS = Map.ofEntries(
            protocol("ip", Family.IP, -1),
            protocol("ip6", Family.IP6, -1),
            protocol("arp", Family.ARP, -1),
            protocol("rarp", Family.RARP, -1),
            protocol("tcp", Family.ANY, Protocols.TCP),
            protocol("udp", Family.ANY, Protocols.UDP),
            protocol("sctp", Family.ANY, Protocols.SCTP),
            protocol("icmp", Family.IP, Protocols.ICMP),
            protocol("icmp6", Family.IP6, Protocols.ICMPV6),
            protocol("igmp", Family.IP, 2),
            protocol("igrp", Family.IP, 9),
            protocol("esp", Family.ANY, 50),
            protocol("ah", Family.ANY, 51),
            protocol("pim", Family.ANY, 103),
            protocol("vrrp", Family.IP, 112),
            protocol("carp", Family.IP, 112));

    private static final Set<String> KINDS =
            Set.of("host", "net", "port", "portrange", "proto", "protochain", "gateway");
    private static final Set<String> DIRECTIONS = Set.of("src", "dst");
    private static final Set<String> BYTES = Set.of("broadcast", "multicast");
    /** Read bytes that rows do not have; each may have a number. */
    private static final Set<String> ENCAPSULATIONS = Set.of("mpls", "pppoed", "pppoes", "geneve");

    /** Likewise, without a number. */
    private static final Set<String> PACKET_ONLY = Set.of(
            "aarp", "atalk", "clnp", "csnp", "decnet", "esis", "iih", "ipx", "isis", "iso", "l1", "l2", "lat", "llc",
            "lsp", "mopdl", "moprc", "netbeui", "psnp", "snp", "stp");

    private static final Set<String> CALCULATIONS = Set.of("[", "+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>");

    /** What may stand behind {@code llc}. */
    private static final Set<String> LLC_FRAMES =
            Set.of("i", "s", "u", "rr", "rnr", "rej", "ui", "ua", "disc", "dm", "sabme", "test", "xid", "frmr");

    private static final Pattern MAC = Pattern.compile(
            "\\p{XDigit}{1,2}([:.-]\\p{XDigit}{1,2}){5}|(\\p{XDigit}{4}\\.){2}\\p{XDigit}{4}|\\p{XDigit}{12}");

    private static final Set<String> OTHERS =
            Set.of("vlan", "less", "greater", "inbound", "outbound", "ether", "link", "broadcast", "multicast");

    private static final List<String> KEYWORDS = keywords();

    /** What stands before the value of a primitive, up to column {@code until}. */
    private record Qualifiers(Token at, String protocol, End end, String kind, int until) {}

    private final String text;
    private final Expression expression;
    private final List<Token> tokens;
    private int next;
    private int depth;
    private int vlans;
    /** Of the primitive before; null if it has none to pass on. */
    private Qualifiers inherited;

    private Parser(String text) throws FilterException {
        this.text = text;
        this.tokens = Lexer.tokens(text);
        this.expression = new Expression(text);
    }

    static Node parse(String text) throws FilterException {
        return new Parser(text).whole();
    }

    /** As libpcap takes it, if it has primitives alone. */
    static Expression primitives(String text) throws FilterException {
        Parser parser = new Parser(text);
        PrimitivesAlone.check(parser.whole());
        parser.tokens.stream().filter(Token::isWord).forEach(parser.expression::lower);
        return parser.expression;
    }

    private Node whole() throws FilterException {
        Node node = expression();
        if (peek().kind() != Token.Kind.END) {
            throw trailing();
        }
        return node;
    }

    private static Map.Entry<String, Node.Protocol> protocol(String name, Family family, int number) {
        return Map.entry(name, new Node.Protocol(0, family, number));
    }

    private static List<String> keywords() {
        List<String> words = new ArrayList<>(PROTOCOLS.keySet());
        words.addAll(KINDS);
        words.addAll(DIRECTIONS);
        words.addAll(OTHERS);
        words.addAll(ENCAPSULATIONS);
        words.addAll(PACKET_ONLY);
        words.addAll(List.of("and", "or", "not"));
        return List.copyOf(words);
    }

    /** Words that mean something by themselves, for completion and near names. */
    static List<String> knownWords() {
        return KEYWORDS;
    }

    private Node expression() throws FilterException {
        Node left = operand();
        while (true) {
            if (peek().isWord("and") || peek().is("&&")) {
                next++;
                left = new Node.And(left, operand());
            } else if (peek().isWord("or") || peek().is("||")) {
                next++;
                left = new Node.Or(left, operand());
            } else {
                return left;
            }
        }
    }

    private Node operand() throws FilterException {
        Token token = peek();
        if (++depth > DEEPEST) {
            throw error("The filter is nested too deeply", token, "at most " + DEEPEST + " levels", List.of());
        }
        try {
            if (token.isWord("not") || token.is("!")) {
                next++;
                return new Node.Not(token.column(), operand());
            }
            if (token.is("(")) {
                next++;
                int before = expression.primitives().size();
                Node inner = expression();
                expect(")");
                if (inner instanceof Node.PacketOnly && !atBoundary()) {
                    expression.forget(before);
                    return bytes(token);
                }
                return inner;
            }
            if (!token.isWord()) {
                throw unexpected(token, PRIMITIVE, List.of());
            }
            return wordOperand(token);
        } finally {
            depth--;
        }
    }

    private Node wordOperand(Token word) throws FilterException {
        if (tokens.get(next + 1).is("[") || isArithmetic(word)) {
            return bytes(word);
        }
        if (operator(tokens.get(next + 1)).isPresent()) {
            inherited = null;
            return comparison();
        }
        if (isKeyword(word.text())) {
            return primitive();
        }
        if (inherited != null && fits(inherited, word.text())) {
            return values(inherited);
        }
        next++;
        if (!atBoundary()) {
            throw error(
                    "There is no primitive '" + word.text() + "'",
                    word,
                    PRIMITIVE,
                    NearNames.of(word.text(), KEYWORDS));
        }
        inherited = null;
        return new Node.Truth(word.column(), word.text());
    }

    /** Whether a number or a length begins more than a comparison of a field with values. */
    private boolean isArithmetic(Token word) {
        boolean length = word.text().equals("len");
        if (!length && Names.number(word.text()).isEmpty()) {
            return false;
        }
        int extent = 1;
        boolean calculates = false;
        for (Token token = tokens.get(next + extent); !isBoundary(token); token = tokens.get(next + extent)) {
            calculates |= CALCULATIONS.contains(token.text()) && token.kind() != Token.Kind.QUOTED;
            extent++;
        }
        return calculates || (!length && extent > 2);
    }

    /** Whether what stands behind a primitive is read inside of it. */
    static boolean isEncapsulation(String primitive) {
        return ENCAPSULATIONS.contains(primitive.split(" ", 2)[0]);
    }

    private static boolean isKeyword(String word) {
        return PROTOCOLS.containsKey(word)
                || KINDS.contains(word)
                || DIRECTIONS.contains(word)
                || OTHERS.contains(word)
                || ENCAPSULATIONS.contains(word)
                || PACKET_ONLY.contains(word);
    }

    private static boolean fits(Qualifiers qualifiers, String word) {
        return switch (qualifiers.kind) {
            case "port" -> Names.port(word).isPresent();
            case "proto" -> Names.ipProtocol(word).isPresent();
            case "portrange" -> Character.isDigit(word.charAt(0));
            default -> Character.isDigit(word.charAt(0)) || word.indexOf(':') >= 0;
        };
    }

    // ---- comparisons

    private Optional<Operator> operator(Token token) {
        if (token.kind() == Token.Kind.SIGN && token.text().equals("=")) {
            return Optional.of(Operator.EQUAL);
        }
        for (Operator operator : Operator.values()) {
            boolean isName = Character.isLetter(operator.sign.charAt(0));
            if (isName ? token.isWord(operator.sign) : token.is(operator.sign)) {
                return Optional.of(operator);
            }
        }
        return Optional.empty();
    }

    private Node comparison() throws FilterException {
        Token field = take();
        Operator operator = operator(take()).orElseThrow();
        return new Node.Comparison(field.column(), field.text(), operator, value());
    }

    private Value value() throws FilterException {
        Token token = take();
        if (token.is("{") || token.is("(")) {
            String closing = token.is("{") ? "}" : ")";
            List<Value> values = new ArrayList<>();
            do {
                values.add(value());
                if (peek().is(",")) {
                    next++;
                }
            } while (!peek().is(closing) && peek().kind() != Token.Kind.END);
            expect(closing);
            return new Value.Many(token.column(), List.copyOf(values));
        }
        if (token.kind() == Token.Kind.QUOTED) {
            return new Value.Scalar(token.column(), token.text(), true);
        }
        if (!token.isWord()) {
            throw unexpected(token, "a value", List.of());
        }
        int dots = token.text().indexOf("..");
        if (dots > 0 && dots + 2 < token.text().length()) {
            return new Value.Range(
                    token.column(),
                    new Value.Scalar(token.column(), token.text().substring(0, dots), false),
                    new Value.Scalar(token.column() + dots + 2, token.text().substring(dots + 2), false));
        }
        Value.Scalar from = new Value.Scalar(token.column(), token.text(), false);
        if (!peek().isWord("..")) {
            return from;
        }
        next++;
        Token to = take();
        if (!to.isWord()) {
            throw unexpected(to, "the end of the range", List.of());
        }
        return new Value.Range(token.column(), from, new Value.Scalar(to.column(), to.text(), false));
    }

    // ---- primitives of pcap-filter

    private Node primitive() throws FilterException {
        Token first = peek();
        int before = expression.primitives().size();
        Node node = keyword();
        if (expression.primitives().size() == before) {
            note(first, "");
        }
        return node;
    }

    private Node keyword() throws FilterException {
        Token first = take();
        inherited = null;
        switch (first.text()) {
            case "vlan":
                return vlan(first);
            case "less", "greater":
                return new Node.Length(
                        first.column(), first.text().equals("less"), number("a length in bytes", Integer.MAX_VALUE));
            case "inbound", "outbound":
                return new Node.Bound(first.column(), first.text().equals("inbound"));
            default:
                break;
        }
        if (PACKET_ONLY.contains(first.text())) {
            if (first.text().equals("llc") && LLC_FRAMES.contains(peek().text())) {
                next++;
            }
            return packetOnly(first);
        }
        if (ENCAPSULATIONS.contains(first.text())) {
            if (Names.number(peek().text()).isPresent()) {
                next++;
            }
            return packetOnly(first);
        }
        if (BYTES.contains(first.text())) {
            return packetOnly(first);
        }
        boolean qualified = PROTOCOLS.containsKey(first.text()) || isLink(first.text());
        String protocol = qualified ? first.text() : "";
        if (!qualified) {
            next--;
        } else if (BYTES.contains(peek().text())) {
            return cast(first);
        }
        End end = direction();
        Token kind = peek();
        if (kind.isWord() && KINDS.contains(kind.text())) {
            next++;
            return values(
                    check(new Qualifiers(first, protocol, end == null ? End.EITHER : end, kind.text(), kind.end())));
        }
        if (end != null) {
            int until = tokens.get(next - 1).end();
            return values(check(new Qualifiers(first, protocol, end, "", until)));
        }
        if (isLink(protocol)) {
            throw unexpected(kind, "proto, host, broadcast or multicast", List.of());
        }
        if (!atBoundary()) {
            throw trailing();
        }
        Node.Protocol known = PROTOCOLS.get(protocol);
        return new Node.Protocol(first.column(), known.family(), known.number());
    }

    private static boolean isLink(String protocol) {
        return protocol.equals("ether") || protocol.equals("link");
    }

    /** Null if there is none. */
    private End direction() {
        if (!DIRECTIONS.contains(peek().text()) || !peek().isWord()) {
            return null;
        }
        String first = take().text();
        Token join = peek();
        boolean joined = join.isWord("or") || join.isWord("and");
        if (joined
                && DIRECTIONS.contains(tokens.get(next + 1).text())
                && !tokens.get(next + 1).text().equals(first)) {
            next += 2;
            return join.isWord("or") ? End.EITHER : End.BOTH;
        }
        return first.equals("src") ? End.SRC : End.DST;
    }

    private Qualifiers check(Qualifiers q) throws FilterException {
        boolean transport = Set.of("tcp", "udp", "sctp").contains(q.protocol);
        boolean network = Set.of("ip", "ip6", "arp", "rarp").contains(q.protocol);
        boolean fits =
                switch (q.kind) {
                    case "port", "portrange" -> q.protocol.isEmpty() || transport;
                    case "proto", "protochain" -> q.protocol.isEmpty()
                            || q.protocol.equals("ip")
                            || q.protocol.equals("ip6")
                            || isLink(q.protocol);
                    case "host", "" -> q.protocol.isEmpty() || network || isLink(q.protocol);
                    case "net" -> q.protocol.isEmpty() || network;
                    default -> true;
                };
        if (!fits) {
            throw error(
                    "'" + q.protocol + "' does not qualify '" + (q.kind.isEmpty() ? "host" : q.kind) + "'",
                    q.at,
                    "'" + q.protocol + " and' before it",
                    List.of());
        }
        if (q.kind.equals("gateway")) {
            throw error("'gateway' needs a name server and an ARP table", q.at, "host or net", List.of());
        }
        return q;
    }

    /** One value, {@code not} one, or several in parentheses. */
    private Node values(Qualifiers q) throws FilterException {
        Token token = peek();
        if (token.isWord("not") || token.is("!")) {
            next++;
            return new Node.Not(token.column(), values(q));
        }
        if (token.is("(")) {
            next++;
            inherited = q;
            Node left = values(q);
            while (!peek().is(")")) {
                Token join = take();
                if (join.isWord("or") || join.is("||")) {
                    left = new Node.Or(left, values(q));
                } else if (join.isWord("and") || join.is("&&")) {
                    left = new Node.And(left, values(q));
                } else {
                    throw unexpected(join, "and, or or )", List.of());
                }
            }
            next++;
            return left;
        }
        inherited = q;
        Node node = value(q);
        boolean first = text.substring(q.until, token.column()).isBlank();
        note(first ? q.at : token, first ? "" : text.substring(q.at.column(), q.until) + " ");
        return node;
    }

    private Node value(Qualifiers q) throws FilterException {
        return switch (q.kind) {
            case "port" -> port(q);
            case "portrange" -> portRange(q);
            case "proto" -> proto(q);
            case "protochain" -> protocolChain(q);
            case "net" -> net(q);
            default -> host(q);
        };
    }

    private Node protocolChain(Qualifiers q) throws FilterException {
        protocolNumber();
        return packetOnly(q);
    }

    /** The last {@code take} ends the primitive that starts there; {@code qualifiers} that it inherits, with a blank. */
    private void note(Token first, String qualifiers) {
        expression.note(first.column(), tokens.get(next - 1).end(), qualifiers);
    }

    private Node port(Qualifiers q) throws FilterException {
        Token token = take();
        OptionalInt port = token.isWord() ? Names.port(token.text()) : OptionalInt.empty();
        if (port.isEmpty()) {
            throw unexpected(token, "a port, 0 to 65535, or a service", NearNames.of(token.text(), Names.services()));
        }
        expression.number(token, port.getAsInt());
        return new Node.Port(q.at.column(), transport(q), q.end, port.getAsInt(), port.getAsInt());
    }

    private Node portRange(Qualifiers q) throws FilterException {
        Token token = take();
        String[] ends = token.text().split("-", -1);
        OptionalInt low = token.isWord() ? Names.port(ends[0]) : OptionalInt.empty();
        OptionalInt high = ends.length == 2 ? Names.port(ends[1]) : ends.length == 1 ? low : OptionalInt.empty();
        if (low.isEmpty() || high.isEmpty()) {
            throw unexpected(token, "a range of ports such as 8000-8080", List.of());
        }
        expression.replace(token, low.getAsInt() + "-" + high.getAsInt());
        return new Node.Port(
                q.at.column(),
                transport(q),
                q.end,
                Math.min(low.getAsInt(), high.getAsInt()),
                Math.max(low.getAsInt(), high.getAsInt()));
    }

    private static int transport(Qualifiers q) {
        return q.protocol.isEmpty() ? -1 : PROTOCOLS.get(q.protocol).number();
    }

    private Node proto(Qualifiers q) throws FilterException {
        if (isLink(q.protocol)) {
            Token token = take();
            OptionalInt etherType = token.isWord() ? Names.etherType(token.text()) : OptionalInt.empty();
            if (etherType.isEmpty()) {
                throw unexpected(token, "an EtherType such as 0x0800", List.of("\\ip", "\\ip6", "\\arp"));
            }
            expression.number(token, etherType.getAsInt());
            return new Node.EtherType(q.at.column(), etherType.getAsInt());
        }
        return new Node.Protocol(q.at.column(), family(q), protocolNumber());
    }

    private int protocolNumber() throws FilterException {
        Token token = take();
        OptionalInt number = token.isWord() ? Names.ipProtocol(token.text()) : OptionalInt.empty();
        if (number.isEmpty()) {
            throw unexpected(
                    token, "an IP protocol, 0 to 255, or its name", NearNames.of(token.text(), PROTOCOLS.keySet()));
        }
        expression.number(token, number.getAsInt());
        return number.getAsInt();
    }

    private static Family family(Qualifiers q) {
        return q.protocol.isEmpty() ? Family.ANY : PROTOCOLS.get(q.protocol).family();
    }

    private Node host(Qualifiers q) throws FilterException {
        Token token = take();
        if (isLink(q.protocol)) {
            if (!token.isWord() || !MAC.matcher(token.text()).matches()) {
                throw unexpected(token, "a MAC address such as 02:00:5e:10:00:01 (names are not looked up)", List.of());
            }
            return packetOnly(q);
        }
        Optional<long[]> address = token.isWord() ? Addresses.parse(token.text()) : Optional.empty();
        if (address.isEmpty()) {
            boolean masked = token.text().indexOf('/') > 0;
            throw masked
                    ? error("A mask belongs to 'net', not to 'host'", token, "an address without mask", List.of("net"))
                    : unexpected(token, "a numeric address (names are not looked up)", hints(q, token));
        }
        long[] halves = address.get();
        checkFamily(q, token, halves[0], halves[1]);
        return new Node.Address(q.at.column(), family(q), q.end, halves[0], halves[1], -1L, -1L);
    }

    private static List<String> hints(Qualifiers q, Token token) {
        return q.kind.isEmpty() ? NearNames.of(token.text(), KINDS) : List.of();
    }

    private Node net(Qualifiers q) throws FilterException {
        Token token = take();
        if (!token.isWord()) {
            throw unexpected(token, "a network such as 10.0.0.0/8", List.of());
        }
        int slash = token.text().indexOf('/');
        String address = slash < 0 ? token.text() : token.text().substring(0, slash);
        Prefix prefix = prefix(token, address);
        boolean ipv4 = Addresses.isIpv4(prefix.hi(), prefix.lo());
        if (slash >= 0) {
            int most = ipv4 ? 32 : 128;
            OptionalInt bits = Names.within(token.text().substring(slash + 1), most);
            if (bits.isEmpty()) {
                throw error(
                        "'" + token.text().substring(slash + 1) + "' is no prefix length",
                        token,
                        "a number from 0 to " + most,
                        List.of());
            }
            prefix = Prefix.of(prefix.hi(), prefix.lo(), bits.getAsInt() + 128 - most);
        } else if (ipv4 && peek().isWord("mask")) {
            next++;
            prefix = masked(prefix, take());
        }
        if (prefix.hasBitsOutside()) {
            throw error(
                    "'" + token.text() + "' has bits outside its mask",
                    token,
                    Addresses.text(prefix.hi() & prefix.maskHi(), prefix.lo() & prefix.maskLo()),
                    List.of());
        }
        checkFamily(q, token, prefix.hi(), prefix.lo());
        return new Node.Address(
                q.at.column(), family(q), q.end, prefix.hi(), prefix.lo(), prefix.maskHi(), prefix.maskLo());
    }

    private Prefix prefix(Token token, String address) throws FilterException {
        if (address.indexOf(':') < 0) {
            Optional<Prefix> ipv4 = Names.shortIpv4(address);
            if (ipv4.isPresent()) {
                return ipv4.get();
            }
        } else {
            Optional<long[]> ipv6 = Addresses.parse(address);
            if (ipv6.isPresent()) {
                return Prefix.of(ipv6.get()[0], ipv6.get()[1], 128);
            }
        }
        throw unexpected(token, "a network such as 10.0.0.0/8 or fe80::/10", List.of());
    }

    private Prefix masked(Prefix prefix, Token mask) throws FilterException {
        Optional<long[]> halves = mask.isWord() ? Addresses.parse(mask.text()) : Optional.empty();
        if (halves.isEmpty() || !Addresses.isIpv4(halves.get()[0], halves.get()[1])) {
            throw unexpected(mask, "a mask such as 255.0.0.0", List.of());
        }
        return new Prefix(prefix.hi(), prefix.lo(), -1L, 0xFFFF_FFFF_0000_0000L | halves.get()[1]);
    }

    private void checkFamily(Qualifiers q, Token token, long hi, long lo) throws FilterException {
        boolean ipv4 = Addresses.isIpv4(hi, lo);
        if (!q.protocol.isEmpty() && ipv4 == q.protocol.equals("ip6")) {
            throw unexpected(
                    token,
                    ipv4 ? "an IPv6 address after 'ip6'" : "an IPv4 address after '" + q.protocol + "'",
                    List.of());
        }
    }

    private Node vlan(Token first) throws FilterException {
        boolean hasId = Names.number(peek().text()).isPresent() && peek().isWord();
        int id = hasId ? (int) number("a VLAN id, 0 to 4095", 4095) : -1;
        return new Node.Vlan(first.column(), vlans++, id);
    }

    /** {@code ip multicast}, {@code ip6 multicast}; the others look at the MAC address. */
    private Node cast(Token protocol) {
        boolean multicast = take().text().equals("multicast");
        if (multicast && protocol.text().equals("ip")) {
            // libpcap compares the first octet with 224 and lets all above through, broadcast among them
            Prefix prefix = Prefix.of(0, Addresses.mapped(0xE000_0000), 96 + 3);
            return new Node.Address(
                    protocol.column(), Family.IP, End.DST, prefix.hi(), prefix.lo(), prefix.maskHi(), prefix.maskLo());
        }
        if (multicast && protocol.text().equals("ip6")) {
            Prefix prefix = Prefix.of(0xFFL << 56, 0, 8);
            return new Node.Address(
                    protocol.column(), Family.IP6, End.DST, prefix.hi(), prefix.lo(), prefix.maskHi(), prefix.maskLo());
        }
        return packetOnly(protocol);
    }

    private long number(String expected, long most) throws FilterException {
        Token token = take();
        OptionalLong number = token.isWord() ? Names.number(token.text()) : OptionalLong.empty();
        if (number.isEmpty() || number.getAsLong() > most) {
            throw unexpected(token, expected, List.of());
        }
        return number.getAsLong();
    }

    /** Arithmetic on bytes: only its extent is read, because nothing here can evaluate it. */
    private Node bytes(Token first) throws FilterException {
        inherited = null;
        int open = 0;
        while (peek().kind() != Token.Kind.END) {
            Token token = peek();
            boolean opens = token.is("(") || token.is("[");
            boolean closes = token.is(")") || token.is("]");
            if (open == 0 && (closes || atBoundary())) {
                break;
            }
            if (KINDS.contains(token.text()) || DIRECTIONS.contains(token.text()) || isJoin(token)) {
                // nothing that libpcap would look up gets there unread
                throw unexpected(token, "a number, bytes or a sign of arithmetic", List.of());
            }
            open += opens ? 1 : closes ? -1 : 0;
            next++;
        }
        if (open > 0) {
            throw unexpected(peek(), "] or )", List.of());
        }
        note(first, "");
        return packetOnly(first);
    }

    /** The value that was just taken, with the qualifiers that it may have inherited. */
    private Node packetOnly(Qualifiers q) {
        String qualifiers = text.substring(q.at.column(), q.until);
        return new Node.PacketOnly(
                q.at.column(), qualifiers + " " + tokens.get(next - 1).text());
    }

    private Node packetOnly(Token first) {
        inherited = null;
        return new Node.PacketOnly(
                first.column(),
                text.substring(first.column(), tokens.get(next - 1).end()));
    }

    // ---- tokens

    private Token peek() {
        return tokens.get(next);
    }

    private Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Token.Kind.END) {
            next++;
        }
        return token;
    }

    private boolean atBoundary() {
        return isBoundary(peek());
    }

    private static boolean isBoundary(Token token) {
        return token.kind() == Token.Kind.END || token.is(")") || isJoin(token);
    }

    private static boolean isJoin(Token token) {
        return token.isWord("and") || token.isWord("or") || token.is("&&") || token.is("||");
    }

    private void expect(String sign) throws FilterException {
        Token token = take();
        if (!token.is(sign)) {
            throw unexpected(token, sign, List.of());
        }
    }

    /** Something stands where the filter should go on with and, or, or end. */
    private FilterException trailing() {
        Token token = peek();
        List<String> near = token.isWord() ? NearNames.of(token.text(), KEYWORDS) : List.of();
        return unexpected(token, "and, or or the end", near);
    }

    private static FilterException unexpected(Token token, String expected, List<String> suggestions) {
        String message =
                token.kind() == Token.Kind.END ? "The filter ends too early" : token.shown() + " does not fit here";
        return error(message, token, expected, suggestions);
    }

    private static FilterException error(String message, Token at, String expected, List<String> suggestions) {
        return new FilterException(message, at.column(), expected, suggestions);
    }
}
