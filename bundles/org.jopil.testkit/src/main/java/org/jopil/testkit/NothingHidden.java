// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import java.util.List;
import org.jopil.api.source.Privacy;

/** The level {@code full}, as what is built without the platform needs it; what a test hides it overrides. Any thread. */
public class NothingHidden implements Privacy {
    @Override
    public Level level() {
        return Level.FULL;
    }

    @Override
    public void hide(long[] hi, long[] lo, int index) {}

    @Override
    public long hideMac(long mac) {
        return mac;
    }

    @Override
    public long hold() {
        return 0;
    }

    @Override
    public void release(long held) {}

    @Override
    public List<Recorded> recorded() {
        return List.of();
    }
}
