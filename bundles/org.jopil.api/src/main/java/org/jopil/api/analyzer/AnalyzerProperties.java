// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.analyzer;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Service properties {@code jopil.name} and {@code jopil.latency.ms} of an analyzer. The bus selects by them alone; it
 * never asks the object.
 *
 * <p>One service object with several of this package's interfaces is one analyzer with one thread: every method of it,
 * {@code report} and {@code saveState} included, is called on that thread. It needs no lock and no volatile.
 */
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface AnalyzerProperties {
    /** Prefix of the property names. */
    String PREFIX_ = "jopil.";

    /** Unique, lower case with hyphens: it is the report's name in REST, shell and WebSocket. */
    String name();

    /** How long the analyzer may sleep while batches arrive, milliseconds; also the period of {@link Poller#poll}. */
    long latency_ms() default 100;
}
