// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.Map;
import org.jopil.bpf.KernelNames;

/** Names of the kernel's drop reasons, as this kernel numbers them. Any thread. */
final class DropReasons {
    private static final String PREFIX = "SKB_DROP_REASON_";

    private final Map<Integer, String> names = KernelNames.enumerators("skb_drop_reason");

    /** This kernel's number of a reason; -1 if it does not know it. */
    int number(String reason) {
        return names.entrySet().stream()
                .filter(entry -> entry.getValue().equals(PREFIX + reason))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(-1);
    }

    /** Without its prefix. Subsystems (mac80211, Open vSwitch) have enums of their own, in modules. */
    String name(int reason) {
        String name = names.get(reason);
        if (name == null) {
            int subsystem = reason >>> 16;
            return subsystem == 0 ? "REASON_" + reason : "SUBSYSTEM_" + subsystem + "_" + (reason & 0xffff);
        }
        return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
    }
}
