// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import org.osgi.annotation.versioning.ConsumerType;

/** Pulls from an exact source ({@link org.jopil.api.source.Counters}, {@link org.jopil.api.source.FlowSource}). */
@ConsumerType
@FunctionalInterface
public interface Poller {
    /** Called on the analyzer's own thread every {@code jopil.latency.ms}, with or without traffic, and once at the end. */
    void poll() throws Exception;
}
