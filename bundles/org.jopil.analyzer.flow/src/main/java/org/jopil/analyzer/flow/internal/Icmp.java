// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import org.jopil.api.event.Protocols;

/** ICMP types that come in pairs, as Zeek's and the Community ID specification's tables have them. */
final class Icmp {
    private Icmp() {}

    static boolean is(int ipProtocol) {
        return ipProtocol == Protocols.ICMP || ipProtocol == Protocols.ICMPV6;
    }

    /** The type that answers or asks a type, or -1 if there is none: then a message is a flow of one direction. */
    static int counterpart(int ipProtocol, int type) {
        return ipProtocol == Protocols.ICMP
                ? switch (type) {
                    case 0 -> 8;
                    case 8 -> 0;
                    case 9 -> 10;
                    case 10 -> 9;
                    case 13 -> 14;
                    case 14 -> 13;
                    case 15 -> 16;
                    case 16 -> 15;
                    case 17 -> 18;
                    case 18 -> 17;
                    default -> -1;
                }
                : switch (type) {
                    case 128 -> 129;
                    case 129 -> 128;
                    case 130 -> 131;
                    case 131 -> 130;
                    case 133 -> 134;
                    case 134 -> 133;
                    case 135 -> 136;
                    case 136 -> 135;
                    case 139 -> 140;
                    case 140 -> 139;
                    case 144 -> 145;
                    case 145 -> 144;
                    default -> -1;
                };
    }

    /** Whether a type of a pair is the asking one. */
    static boolean isRequest(int ipProtocol, int type) {
        return ipProtocol == Protocols.ICMP
                ? type == 8 || type == 10 || type == 13 || type == 15 || type == 17
                : type == 128 || type == 130 || type == 133 || type == 135 || type == 139 || type == 144;
    }
}
