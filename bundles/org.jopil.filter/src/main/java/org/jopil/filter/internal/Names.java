// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;

/** Names and numbers that mean the same on every machine; no name server and no file of this machine is asked. */
final class Names {
    /** IANA service names that people type, with their ports; the same number for TCP and UDP. */
    private static final Map<String, Integer> SERVICES = Map.ofEntries(
            Map.entry("ftp", 21),
            Map.entry("ssh", 22),
            Map.entry("telnet", 23),
            Map.entry("smtp", 25),
            Map.entry("domain", 53),
            Map.entry("bootps", 67),
            Map.entry("bootpc", 68),
            Map.entry("tftp", 69),
            Map.entry("http", 80),
            Map.entry("kerberos", 88),
            Map.entry("pop3", 110),
            Map.entry("sunrpc", 111),
            Map.entry("ntp", 123),
            Map.entry("imap", 143),
            Map.entry("snmp", 161),
            Map.entry("bgp", 179),
            Map.entry("ldap", 389),
            Map.entry("https", 443),
            Map.entry("syslog", 514),
            Map.entry("ldaps", 636),
            Map.entry("imaps", 993),
            Map.entry("pop3s", 995),
            Map.entry("openvpn", 1194),
            Map.entry("mysql", 3306),
            Map.entry("postgresql", 5432),
            Map.entry("xmpp-client", 5222),
            Map.entry("mdns", 5353),
            Map.entry("redis", 6379));

    /** EtherTypes by the names that pcap-filter has. */
    private static final Map<String, Integer> ETHER_TYPES =
            Map.of("ip", 0x0800, "arp", 0x0806, "rarp", 0x8035, "ip6", 0x86DD, "lldp", 0x88CC);

    private Names() {}

    static List<String> services() {
        return SERVICES.keySet().stream().sorted().toList();
    }

    /** Port as a number or a service's name. */
    static OptionalInt port(String text) {
        Integer named = SERVICES.get(text);
        return named != null ? OptionalInt.of(named) : within(text, 65535);
    }

    /** IANA number as a number or a name; {@code \tcp} is how pcap-filter writes a name that is a keyword too. */
    static OptionalInt ipProtocol(String text) {
        String name = text.startsWith("\\") ? text.substring(1) : text;
        OptionalInt number = within(name, 255);
        if (number.isPresent()) {
            return number;
        }
        int known = Protocols.number(name.equals("icmp6") ? "icmpv6" : name);
        return known < 0 ? OptionalInt.empty() : OptionalInt.of(known);
    }

    static OptionalInt etherType(String text) {
        Integer named = ETHER_TYPES.get(text.startsWith("\\") ? text.substring(1) : text);
        return named != null ? OptionalInt.of(named) : within(text, 0xFFFF);
    }

    /** A number in one of pcap-filter's notations: 80, 0x50, 0120. */
    static OptionalLong number(String text) {
        if (text.isEmpty() || !Character.isDigit(text.charAt(0))) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.decode(text));
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    static OptionalInt within(String text, int most) {
        OptionalLong number = number(text);
        return number.isPresent() && number.getAsLong() <= most
                ? OptionalInt.of((int) number.getAsLong())
                : OptionalInt.empty();
    }

    /** A prefix as pcap-filter's {@code net} takes it. */
    record Prefix(long hi, long lo, long maskHi, long maskLo) {
        boolean hasBitsOutside() {
            return (hi & ~maskHi) != 0 || (lo & ~maskLo) != 0;
        }

        static Prefix of(long hi, long lo, int bits) {
            long maskHi = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
            long maskLo = bits >= 128 ? -1L : bits <= 64 ? 0 : -1L << (128 - bits);
            return new Prefix(hi, lo, maskHi, maskLo);
        }
    }

    /** One to four decimal octets; missing ones are 0 and shorten the prefix: 10.1 is 10.1.0.0/16. */
    static Optional<Prefix> shortIpv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length > 4) {
            return Optional.empty();
        }
        int value = 0;
        for (String part : parts) {
            if (part.isEmpty() || part.length() > 3 || !part.chars().allMatch(c -> c >= '0' && c <= '9')) {
                return Optional.empty();
            }
            int octet = Integer.parseInt(part);
            if (octet > 255) {
                return Optional.empty();
            }
            value = value << 8 | octet;
        }
        int bits = parts.length * 8;
        int address = parts.length == 4 ? value : value << (32 - bits);
        return Optional.of(Prefix.of(0, Addresses.mapped(address), 96 + bits));
    }
}
