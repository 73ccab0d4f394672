// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.time.Duration;

/** The factor of every time-out, {@code -Djopil.patience}: an emulated machine is 10 to 20 times slower. */
final class Patience {
    static final int FACTOR = Integer.getInteger("jopil.patience", 1);

    private Patience() {}

    static Duration stretched(Duration limit) {
        return limit.multipliedBy(FACTOR);
    }
}
