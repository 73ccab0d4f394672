// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

import java.util.ArrayList;
import java.util.List;

/** TCP flags as in byte 13 of the header (RFC 9293 section 3.1), and their names. */
public final class TcpFlags {
    public static final int FIN = 1;
    public static final int SYN = 1 << 1;
    public static final int RST = 1 << 2;
    public static final int PSH = 1 << 3;
    public static final int ACK = 1 << 4;
    public static final int URG = 1 << 5;
    public static final int ECE = 1 << 6;
    public static final int CWR = 1 << 7;

    private static final List<List<String>> NAMES = new ArrayList<>();
    private static final String[] TEXTS = new String[256];

    static {
        for (int flags = 0; flags < 256; flags++) {
            List<String> names = new ArrayList<>();
            add(names, flags, SYN, "SYN");
            add(names, flags, ACK, "ACK");
            add(names, flags, PSH, "PSH");
            add(names, flags, URG, "URG");
            add(names, flags, FIN, "FIN");
            add(names, flags, RST, "RST");
            add(names, flags, ECE, "ECE");
            add(names, flags, CWR, "CWR");
            NAMES.add(List.copyOf(names));
            TEXTS[flags] = String.join(",", names);
        }
    }

    private TcpFlags() {}

    private static void add(List<String> names, int flags, int flag, String name) {
        if ((flags & flag) != 0) {
            names.add(name);
        }
    }

    /** In the order in which a connection shows them. */
    public static List<String> names(int flags) {
        return NAMES.get(flags & 255);
    }

    /** The same, joined by commas. */
    public static String text(int flags) {
        return TEXTS[flags & 255];
    }
}
