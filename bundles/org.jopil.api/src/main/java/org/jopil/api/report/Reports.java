// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** Asks analyzers. Questions travel to the analyzer's thread; at most the asked rows come back. Any thread. */
@ProviderType
public interface Reports {
    /** Names that can be asked now, sorted. */
    List<String> names();

    /**
     * Asks and waits up to 2 s. When the analyzer is busy for longer, its last answer to the same question is given
     * with its own {@code asOf}, if there is one.
     *
     * @throws org.jopil.api.JopilException {@code JOPIL-404} for an unknown name, {@code JOPIL-161} if it does not
     *     answer, {@code JOPIL-131} for a filter that does not fit
     */
    Report ask(String name, Query query);
}
