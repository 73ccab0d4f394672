// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** PID {@code org.jopil.tracer}. A double underscore is one in the key. */
@ObjectClassDefinition(name = "Tracer", description = "Which packets are followed through the whole kernel")
public @interface TracerConfig {
    @AttributeDefinition(
            name = "Follow one in",
            description =
                    "One packet of so many is followed through the kernel, on average, in each direction: what each stage"
                            + " of its way took is measured. 1: every packet, which costs a microsecond each. 0: none, and"
                            + " nothing is attached. A change begins all latencies anew",
            min = "0",
            max = "1000000")
    int follow__one__in() default 64;

    /** Off, because every packet of the namespace pays for it, also those that are not followed. */
    @AttributeDefinition(
            description =
                    "measures what packets take in the hooks of netfilter, in the network namespace of JOPIL. Every packet"
                            + " there costs 10 ns more before and after each hook")
    boolean netfilter() default false;
}
