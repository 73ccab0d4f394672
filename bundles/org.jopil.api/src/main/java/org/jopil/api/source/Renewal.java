// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.util.Set;
import org.osgi.annotation.versioning.ProviderType;

/** Lets everything that remembers packets begin anew, so that what was before is not among what comes. Any thread. */
@ProviderType
public interface Renewal {
    /**
     * Takes away all analyzers and what else remembers, and brings them back. One at a time. Counters go on.
     *
     * @param more symbolic names of bundles whose components begin anew, too
     * @param between done once, while nothing that remembers is there, and also if something did not go in time
     * @throws org.jopil.api.JopilException if something did not go, or come back, in time
     */
    void anew(Set<String> more, Runnable between) throws InterruptedException;

    /**
     * Takes away the components of bundles until they are called back.
     *
     * @param bundles symbolic names
     * @throws org.jopil.api.JopilException if one did not go in time; all are back then
     */
    Absence without(Set<String> bundles) throws InterruptedException;

    /** Components that are away. */
    @ProviderType
    interface Absence {
        /**
         * Brings them back. Once. What has been uninstalled or stopped meanwhile stays away.
         *
         * @throws org.jopil.api.JopilException if one did not come in time
         */
        void end() throws InterruptedException;
    }
}
