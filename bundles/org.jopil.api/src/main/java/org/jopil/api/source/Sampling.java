// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import org.osgi.annotation.versioning.ProviderType;

/** How much detail is told. Packets alone are sampled: counters and flows never are. */
@ProviderType
public interface Sampling {
    /** As of now. Any thread. */
    State sampling();

    /**
     * What is chosen.
     *
     * @param step one packet event for so many observations on average; 1 is every one, 0 none
     * @param limitPerSecond packet events per second that are wanted at most
     * @param changes times that the step changed since the sensor started
     */
    record State(int step, int limitPerSecond, long changes) {}
}
