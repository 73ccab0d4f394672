// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import org.jopil.api.filter.LinkType;
import org.jopil.filter.internal.Frames.Frame;

/** Filters by the grammar of pcap-filter(7), about addresses, ports and bytes that the frames have. Numbers only, no names. */
final class FilterGenerator {
    private static final String[] PROTOCOLS = {
        "ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "igrp", "pim", "vrrp", "ah", "esp",
        "ip", "ip6", "tcp", "udp", "icmp", "stp", "ipx", "llc", "atalk", "iso", "isis"
    };
    private static final String[] ARRAYS = {"ether", "ip", "tcp", "udp", "icmp", "ip6", "icmp6", "arp", "sctp", "igmp"};
    private static final String[] RELATIONS = {"=", "==", "!=", ">", "<", ">=", "<="};
    private static final String[] OPERATORS = {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"};
    private static final String[] DIRECTIONS = {"", "", "src ", "dst ", "src or dst ", "src and dst "};
    private static final int MOST_PRIMITIVES = 4;

    private final Random random;
    private final LinkType linkType;
    private final List<Frame> frames;

    /** {@code frames} of the link type, not empty. */
    FilterGenerator(Random random, LinkType linkType, List<Frame> frames) {
        this.random = random;
        this.linkType = linkType;
        this.frames = frames;
    }

    String next() {
        return expression(1 + random.nextInt(MOST_PRIMITIVES));
    }

    private String expression(int primitives) {
        if (primitives == 1) {
            String one = primitive();
            return chance(6) ? pick("not ", "!") + "(" + one + ")" : one;
        }
        int left = 1 + random.nextInt(primitives - 1);
        String joined = group(left) + pick(" and ", " or ", " && ", " || ") + group(primitives - left);
        return chance(6) ? "not (" + joined + ")" : joined;
    }

    private String group(int primitives) {
        String inner = expression(primitives);
        return primitives > 1 && chance(2) ? "(" + inner + ")" : inner;
    }

    private String primitive() {
        boolean ethernet = linkType == LinkType.ETHERNET;
        return switch (random.nextInt(ethernet ? 16 : 10)) {
            case 0 -> pick(PROTOCOLS);
            case 1, 2 -> host();
            case 3 -> net();
            case 4, 5 -> port();
            case 6 -> protocol();
            case 7 -> pick("less ", "greater ") + length();
            case 8, 9 -> arithmetic();
            case 10 -> mac();
            case 11 -> "ether proto " + pick("0x0800", "0x0806", "0x86dd", "0x8100", "0x88cc", "1000", etherType());
            case 12 -> pick("ether ", "", "ip ", "ip6 ", "link ") + "multicast";
            case 13 -> pick("broadcast", "ether broadcast", "ether dst " + address(frame(), 0));
            case 14 -> pick("vlan", "vlan " + vlan(), "vlan and " + host(), "vlan " + vlan() + " and " + port());
            default -> pick(
                    "mpls", "pppoes", "pppoed", "geneve", "mpls 100", "vlan and vlan", "geneve and " + pick(PROTOCOLS));
        };
    }

    // ---- addresses and ports

    private String host() {
        String address = ip();
        boolean v6 = address.indexOf(':') >= 0;
        String qualifier = v6 ? pick("", "", "ip6 ") : pick("", "", "ip ", "arp ", "rarp ");
        return qualifier + pick(DIRECTIONS) + "host " + address + (chance(6) ? " or " + ip() : "");
    }

    private String net() {
        byte[] address = ipBytes();
        int bits = 1 + random.nextInt(8 * address.length);
        for (int bit = bits; bit < 8 * address.length; bit++) {
            address[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        if (address.length == 4 && chance(3)) {
            return pick(DIRECTIONS) + "net " + pick((address[0] & 0xFF) + "." + (address[1] & 0xFF), "192.168", "10");
        }
        if (address.length == 4 && chance(3)) {
            int mask = -1 << 32 - bits;
            byte[] octets = {(byte) (mask >> 24), (byte) (mask >> 16), (byte) (mask >> 8), (byte) mask};
            return pick(DIRECTIONS) + "net " + text(address) + " mask " + text(octets);
        }
        return pick(DIRECTIONS) + "net " + text(address) + "/" + bits;
    }

    private String port() {
        String transport = pick("", "", "tcp ", "udp ", "sctp ");
        if (chance(3)) {
            int from = portNumber();
            return transport + pick(DIRECTIONS) + "portrange " + from + "-" + (from + random.nextInt(2000)) % 65536;
        }
        return transport + pick(DIRECTIONS) + "port " + portNumber() + (chance(4) ? " or " + portNumber() : "");
    }

    private String protocol() {
        String number = pick("1", "2", "6", "17", "41", "47", "50", "58", "89", "132");
        return pick("ip proto ", "ip6 proto ", "proto ", "ip6 protochain ", "proto ") + number;
    }

    private String mac() {
        byte[] data = frame().data();
        String address = data.length < 12 ? "02:00:00:00:00:01" : address(new Frame(data, 0), chance(2) ? 0 : 6);
        return pick("ether host ", "ether src ", "ether dst ", "link host ") + address;
    }

    private static String address(Frame frame, int at) {
        StringJoiner text = new StringJoiner(":");
        for (int i = 0; i < 6; i++) {
            text.add(Integer.toHexString(at + i < frame.data().length ? frame.data()[at + i] & 0xFF : 0));
        }
        return text.toString();
    }

    // ---- arithmetic

    private String arithmetic() {
        if (chance(5)) {
            return pick(
                    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
                    "tcp[13] & " + (1 << random.nextInt(8)) + " != 0",
                    "icmp[icmptype] = icmp-echo",
                    "icmp6[icmp6type] = icmp6-neighborsolicit",
                    "ip[6:2] & 0x1fff = 0",
                    "((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0",
                    "len > " + length(),
                    "len - " + random.nextInt(100) + " < " + length());
        }
        if (chance(3)) {
            return ownByte();
        }
        return term(2) + " " + pick(RELATIONS) + " " + (chance(2) ? number() : term(1));
    }

    /** A byte of one of the frames, compared with what it is there. */
    private String ownByte() {
        Frame frame = frame();
        int size = pickNumber(1, 2, 4);
        String array = linkType == LinkType.ETHERNET ? "ether" : "ip";
        if (frame.data().length < size) {
            return array + "[0] >= 0";
        }
        int at = random.nextInt(Math.min(frame.data().length - size + 1, 700));
        long value = 0;
        for (int i = 0; i < size; i++) {
            value = value << 8 | frame.data()[at + i] & 0xFF;
        }
        return array + "[" + at + ":" + size + "] " + pick(RELATIONS) + " " + value;
    }

    private String term(int depth) {
        if (depth == 0 || chance(3)) {
            return chance(3) ? number() : load(depth);
        }
        String operator = pick(OPERATORS);
        String right =
                operator.equals("<<") || operator.equals(">>") ? Integer.toString(random.nextInt(32)) : term(depth - 1);
        return "(" + load(depth - 1) + " " + operator + " " + right + ")";
    }

    private String load(int depth) {
        if (chance(8)) {
            return "len";
        }
        String array = linkType == LinkType.ETHERNET ? pick(ARRAYS) : ARRAYS[1 + random.nextInt(ARRAYS.length - 1)];
        String offset = depth > 1 && chance(4)
                ? "(" + array + "[" + random.nextInt(20) + "] & 0x3f)"
                : Integer.toString(random.nextInt(chance(10) ? 700 : 40));
        return array + "[" + offset + pick("", ":1", ":2", ":4") + "]";
    }

    private String number() {
        return switch (random.nextInt(5)) {
            case 0 -> "0x" + Integer.toHexString(random.nextInt(256));
            case 1 -> Integer.toString(random.nextInt(65536));
            case 2 -> Integer.toUnsignedString(random.nextInt());
            case 3 -> "0";
            default -> Integer.toString(random.nextInt(256));
        };
    }

    // ---- what the frames have

    private Frame frame() {
        return frames.get(random.nextInt(frames.size()));
    }

    private int length() {
        return Math.max(0, frame().length() + random.nextInt(21) - 10);
    }

    private String etherType() {
        byte[] data = frame().data();
        return data.length < 14 ? "0" : Integer.toString((data[12] & 0xFF) << 8 | data[13] & 0xFF);
    }

    private int vlan() {
        for (int tries = 0; tries < 20; tries++) {
            byte[] data = frame().data();
            if (data.length > 16 && data[12] == (byte) 0x81 && data[13] == 0) {
                return (data[14] & 0x0F) << 8 | data[15] & 0xFF;
            }
        }
        return random.nextInt(4096);
    }

    private int network(byte[] data) {
        return linkType == LinkType.RAW_IP ? 0 : data.length > 13 && data[12] == (byte) 0x81 ? 18 : 14;
    }

    private byte[] ipBytes() {
        for (int tries = 0; tries < 20; tries++) {
            byte[] data = frame().data();
            int at = network(data);
            if (data.length >= at + 20 && (data[at] & 0xF0) == 0x40) {
                int end = at + (chance(2) ? 16 : 20);
                return Arrays.copyOfRange(data, end - 4, end);
            }
            if (data.length >= at + 40 && (data[at] & 0xF0) == 0x60) {
                int end = at + (chance(2) ? 24 : 40);
                return Arrays.copyOfRange(data, end - 16, end);
            }
        }
        return new byte[] {10, 0, 0, 1};
    }

    private String ip() {
        return text(ipBytes());
    }

    private static String text(byte[] address) {
        try {
            return InetAddress.getByAddress(address).getHostAddress();
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private int portNumber() {
        for (int tries = 0; tries < 20; tries++) {
            byte[] data = frame().data();
            int at = network(data);
            if (data.length < at + 44) {
                continue;
            }
            int transport = at + ((data[at] & 0xF0) == 0x60 ? 40 : (data[at] & 0xF) * 4) + (chance(2) ? 0 : 2);
            if (transport + 2 <= data.length) {
                return (data[transport] & 0xFF) << 8 | data[transport + 1] & 0xFF;
            }
        }
        return 443;
    }

    // ---- chance

    private boolean chance(int oneIn) {
        return random.nextInt(oneIn) == 0;
    }

    private String pick(String... of) {
        return of[random.nextInt(of.length)];
    }

    private int pickNumber(int... of) {
        return of[random.nextInt(of.length)];
    }
}
