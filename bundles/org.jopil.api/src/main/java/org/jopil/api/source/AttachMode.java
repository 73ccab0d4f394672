// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Locale;
import java.util.Optional;

/** How an interface is watched. */
public enum AttachMode {
    /** The hook that costs the traffic least. */
    AUTO,
    /** XDP in the driver for ingress. */
    NATIVE,
    /** XDP on skbs marks, tc counts. */
    GENERIC,
    /** tc both ways: tcx where the kernel has it, else clsact. */
    TCX;

    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<AttachMode> of(String text) {
        for (AttachMode mode : values()) {
            if (mode.text().equals(text)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
