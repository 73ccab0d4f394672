// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** PID {@code org.jopil.capture}. A double underscore is one in the key. */
@ObjectClassDefinition(name = "Capture", description = "How much a capture of packets may take")
public @interface CaptureConfig {
    @AttributeDefinition(
            name = "Memory (MiB)",
            description =
                    "Kernel memory for the rings of one capture, in equal parts for every possible CPU: a power of two, 1"
                            + " to 16 MiB each. A capture that is begun later takes it",
            min = "1",
            max = "4096")
    int memory__mib() default 64;

    @AttributeDefinition(
            name = "Most captures",
            description = "Captures that may run at a time. 0: none, nobody may capture",
            min = "0",
            max = "64")
    int most__captures() default 4;

    @AttributeDefinition(
            name = "Longest stream (s)",
            description = "A capture that is asked for by REST ends after so many seconds at the latest",
            min = "1",
            max = "86400")
    int longest__stream__seconds() default 3600;
}
