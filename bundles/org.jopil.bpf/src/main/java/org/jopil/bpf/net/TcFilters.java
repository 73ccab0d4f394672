// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The filters on an interface's clsact qdisc. */
public final class TcFilters {
    private static final int RTM_NEWTFILTER = 44;
    private static final int RTM_GETTFILTER = 46;
    private static final int TCMSG_BYTES = 20;
    private static final int TCA_KIND = 1;
    private static final int TCA_OPTIONS = 2;
    private static final int TCA_BPF_NAME = 7;
    private static final int TCA_BPF_ID = 11;
    private static final int CLSACT_INGRESS = 0xFFFFFFF2;
    private static final int CLSACT_EGRESS = 0xFFFFFFF3;

    private TcFilters() {}

    /**
     * One filter.
     *
     * @param kind {@code bpf}, {@code flower}, …
     * @param name of a BPF filter as its loader gave it, {@code PROGRAM:[ID]} by libbpf; else empty
     * @param programId 0 if it is no BPF filter
     */
    public record TcFilter(
            int ifindex, boolean ingress, int priority, int handle, String kind, String name, int programId) {}

    /** Both directions of an interface of the calling thread's namespace; empty if there is no clsact, or no interface. */
    public static List<TcFilter> list(int ifindex) {
        List<TcFilter> filters = new ArrayList<>();
        try (Rtnetlink netlink = new Rtnetlink()) {
            List<TcFilter> found = new ArrayList<>();
            for (boolean ingress : new boolean[] {true, false}) {
                byte[] tcmsg = new byte[TCMSG_BYTES];
                ByteBuffer.wrap(tcmsg)
                        .order(ByteOrder.nativeOrder())
                        .putInt(0)
                        .putInt(ifindex)
                        .putInt(0)
                        .putInt(ingress ? CLSACT_INGRESS : CLSACT_EGRESS);
                netlink.dump(
                        RTM_GETTFILTER,
                        RTM_NEWTFILTER,
                        tcmsg,
                        found::clear,
                        message -> found.add(decode(message, ifindex, ingress)));
                filters.addAll(found);
            }
        }
        // a classifier that has no filter yet answers for itself with handle 0
        filters.removeIf(filter -> filter.handle() == 0);
        return filters;
    }

    private static TcFilter decode(ByteBuffer message, int ifindex, boolean ingress) {
        String[] text = {"", ""};
        int[] program = new int[1];
        int handle = message.getInt(8);
        int priority = message.getInt(16) >>> 16;
        message.position(TCMSG_BYTES);
        Rtnetlink.attributes(message, (type, value) -> {
            if (type == TCA_KIND) {
                text[0] = string(value);
            } else if (type == TCA_OPTIONS) {
                Rtnetlink.attributes(value, (option, content) -> {
                    if (option == TCA_BPF_NAME) {
                        text[1] = string(content);
                    } else if (option == TCA_BPF_ID) {
                        program[0] = content.getInt(0);
                    }
                });
            }
        });
        return new TcFilter(ifindex, ingress, priority, handle, text[0], text[1], program[0]);
    }

    private static String string(ByteBuffer value) {
        byte[] bytes = new byte[Math.max(0, value.remaining() - 1)];
        value.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
