// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.application.Application;

/** A DNS message (RFC 1035 section 4), also of multicast DNS (RFC 6762) and LLMNR (RFC 4795). */
final class DnsMessage {
    static final int PORT = 53;
    static final int MDNS_PORT = 5353;
    static final int LLMNR_PORT = 5355;
    /** The same header with names of another kind (RFC 1002). */
    private static final int NETBIOS_NAME_PORT = 137;

    private static final int HEADER_BYTES = 12;
    private static final int MOST_RECORDS = 64;
    /** A bit of the class in multicast DNS (RFC 6762 section 5.4). */
    private static final int UNICAST_WANTED = 0x8000;

    private static final int A = 1;
    private static final int CNAME = 5;
    private static final int AAAA = 28;
    private static final int OPT = 41;

    private final Bytes bytes;
    /** Whether there is no more of it than what was captured. */
    private final boolean whole;

    private final boolean multicast;

    private final int flags;
    private final int questions;
    private final int answers;
    private String name;
    private int type;
    private int questionClass;
    private int afterQuestion = HEADER_BYTES;

    private DnsMessage(Bytes bytes, boolean whole, boolean multicast) {
        this.bytes = bytes;
        this.whole = whole;
        this.multicast = multicast;
        flags = bytes.u16(2);
        questions = bytes.u16(4);
        answers = bytes.u16(6);
    }

    /** Whether it is DNS; if so it is written to {@code findings}. */
    static boolean read(Bytes bytes, boolean whole, Findings findings) {
        if (!bytes.has(0, HEADER_BYTES) || findings.onPort(NETBIOS_NAME_PORT)) {
            return false;
        }
        Application application = byPort(findings);
        boolean known = findings.application() == Application.DNS;
        boolean opcodeAndCounts = (bytes.u16(2) >> 11 & 15) <= 6
                && bytes.u16(4) <= MOST_RECORDS
                && (bytes.u16(4) > 0 || (bytes.u16(2) & 0x8000) != 0);
        if (!opcodeAndCounts) {
            return false;
        }
        DnsMessage message = new DnsMessage(bytes, whole, application == Application.MDNS);
        boolean asked = message.question();
        boolean accepted =
                application == null && !known ? asked && message.strict() : asked || !whole || message.questions == 0;
        if (!accepted) {
            return false;
        }
        findings.newMessage();
        findings.application(application == null ? Application.DNS : application);
        message.write(asked, findings);
        return true;
    }

    private static Application byPort(Findings findings) {
        if (findings.onPort(PORT)) {
            return Application.DNS;
        }
        if (findings.onPort(MDNS_PORT)) {
            return Application.MDNS;
        }
        return findings.onPort(LLMNR_PORT) ? Application.LLMNR : null;
    }

    private boolean question() {
        if (questions == 0) {
            return false;
        }
        int end = DnsName.skip(bytes, HEADER_BYTES);
        name = DnsName.read(bytes, HEADER_BYTES, false);
        if (end < 0 || name == null || !bytes.has(end, 4)) {
            return false;
        }
        type = bytes.u16(end);
        questionClass = bytes.u16(end + 2) & (multicast ? ~UNICAST_WANTED : ~0);
        afterQuestion = end + 4;
        return true;
    }

    /** What is asked of a message on a port that says nothing. */
    private boolean strict() {
        boolean response = (flags & 0x8000) != 0;
        boolean plain = (flags & 0x7840) == 0
                && questions == 1
                && (questionClass == 1 || questionClass == 3 || questionClass == 255)
                && !DnsTypes.name(type).isEmpty();
        if (!plain) {
            return false;
        }
        int authorities = bytes.u16(8);
        int additions = bytes.u16(10);
        if (!response && ((flags & 15) != 0 || answers + authorities > 0 || additions > 2)) {
            return false;
        }
        int at = afterQuestion;
        for (int i = 0; i < Math.min(MOST_RECORDS, answers + authorities + additions); i++) {
            int end = record(at);
            if (end < 0) {
                return !whole && response;
            }
            if (!response && bytes.u16(DnsName.skip(bytes, at)) != OPT) {
                return false;
            }
            at = end;
        }
        return !whole || at == bytes.length();
    }

    /** Behind the record at {@code at}, -1 if it is cut or wrong. */
    private int record(int at) {
        int fixed = DnsName.skip(bytes, at);
        if (fixed < 0 || !bytes.has(fixed, 10) || !bytes.has(fixed + 10, bytes.u16(fixed + 8))) {
            return -1;
        }
        return fixed + 10 + bytes.u16(fixed + 8);
    }

    private void write(boolean asked, Findings findings) {
        boolean response = (flags & 0x8000) != 0;
        int id = bytes.u16(0);
        findings.put("dns.id", Text.hex(id, 4));
        findings.put("dns.flags.response", response);
        if (asked) {
            findings.put("dns.qry.name", name);
            findings.put("dns.qry.type", (long) type);
            findings.put("dns.qry.class", Text.hex(questionClass, 4));
            String typeName = DnsTypes.name(type);
            if (!typeName.isEmpty()) {
                findings.put("jopil.dns.type", typeName);
            }
        }
        if (response || answers > 0) {
            // in multicast DNS a question has the answers that are known (RFC 6762 section 7.1)
            findings.put("dns.count.answers", (long) answers);
        }
        if (!response) {
            if (asked && !multicast) {
                findings.questions().ask(id, type, name, findings.startNs);
            }
            return;
        }
        findings.put("dns.flags.rcode", (long) (flags & 15));
        if (asked || questions == 0) {
            answers(findings);
        }
        if (asked && !multicast) {
            long ns = findings.questions().answer(id, type, name, findings.startNs);
            if (ns >= 0) {
                findings.response("dns.time", ns);
            }
        }
    }

    private void answers(Findings findings) {
        int at = afterQuestion;
        for (int i = 1; i < questions; i++) {
            int end = DnsName.skip(bytes, at);
            if (end < 0) {
                return;
            }
            at = end + 4;
        }
        if (questions == 0 && answers > 0) {
            String first = DnsName.read(bytes, at, false);
            if (first != null) {
                findings.put("dns.resp.name", first);
            }
        }
        List<String> ipv4 = new ArrayList<>(0);
        List<String> ipv6 = new ArrayList<>(0);
        List<String> names = new ArrayList<>(0);
        for (int i = 0; i < Math.min(MOST_RECORDS, answers); i++) {
            int end = record(at);
            if (end < 0) {
                break;
            }
            int fixed = DnsName.skip(bytes, at);
            int data = fixed + 10;
            int length = end - data;
            int recordType = bytes.u16(fixed);
            if (recordType == A && length == 4) {
                ipv4.add(Addresses.text(0, Addresses.mapped(bytes.i32(data))));
            } else if (recordType == AAAA && length == 16) {
                ipv6.add(Addresses.text(bytes.u64(data), bytes.u64(data + 8)));
            } else if (recordType == CNAME) {
                String alias = DnsName.read(bytes, data, false);
                if (alias != null) {
                    names.add(alias);
                }
            }
            at = end;
        }
        putUnlessEmpty("dns.cname", names, findings);
        putUnlessEmpty("dns.a", ipv4, findings);
        putUnlessEmpty("dns.aaaa", ipv6, findings);
    }

    private static void putUnlessEmpty(String field, List<String> values, Findings findings) {
        if (!values.isEmpty()) {
            findings.put(field, List.copyOf(values));
        }
    }
}
