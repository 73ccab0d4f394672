// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import org.jopil.api.JopilException;
import org.jopil.api.source.Privacy;

/** Refuses what cannot be done with pseudonyms. */
final class Hiding {
    private Hiding() {}

    /**
     * @param why a clause that begins a sentence
     * @param instead what can be done, likewise
     */
    static void refuse(Privacy privacy, String why, String instead) {
        if (!privacy.addresses()) {
            throw new JopilException(
                    "JOPIL-166",
                    403,
                    "Addresses are masked",
                    why + ", and pseudonyms lead back to none. " + instead
                            + "; or set level in org.jopil.privacy.cfg to full or names-off");
        }
    }
}
