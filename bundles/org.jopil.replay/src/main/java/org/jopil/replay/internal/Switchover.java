// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.util.Set;
import org.jopil.api.source.Renewal;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;

/**
 * Switches an instance between the wire and a file: what reads this machine goes, and what remembers packets begins anew, so
 * that nothing of the one is among the other. One thread at a time.
 */
final class Switchover {
    /** Whose components read the kernel, or its counters. */
    private static final Set<String> OF_THIS_MACHINE =
            Set.of("org.jopil.sensor", "org.jopil.tracer", "org.jopil.analyzer.cpu");

    private final BundleContext context;
    private final Renewal renewal;

    private Renewal.Absence ofThisMachine;

    Switchover(BundleContext context, Renewal renewal) {
        this.context = context;
        this.renewal = renewal;
    }

    /**
     * Takes away what reads this machine, and lets everything that remembers begin anew.
     *
     * @param between done while nothing that remembers is there
     */
    void toFile(Runnable between) throws InterruptedException {
        ofThisMachine = renewal.without(OF_THIS_MACHINE);
        anew(between);
    }

    /** The other way round. */
    void toWire(Runnable between) throws InterruptedException {
        if (isStopping()) {
            between.run();
            return;
        }
        anew(between);
        Renewal.Absence away = ofThisMachine;
        ofThisMachine = null;
        if (away != null) {
            away.end();
        }
    }

    private boolean isStopping() {
        return context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() != Bundle.ACTIVE;
    }

    /** From one file to another: lets everything that remembers begin anew. */
    void anew(Runnable between) throws InterruptedException {
        renewal.anew(Set.of(), between);
    }
}
