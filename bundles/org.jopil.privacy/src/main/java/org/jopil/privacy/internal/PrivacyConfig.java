// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** PID {@code org.jopil.privacy}. */
@ObjectClassDefinition(
        name = "Privacy",
        description = "What is hidden before anything is kept, shown or exported; jopil privacy lists what that leaves")
public @interface PrivacyConfig {
    @AttributeDefinition(
            name = "Level",
            description =
                    "At full nothing is hidden. names-off: nothing that was read from payload is kept but the protocol's name,"
                            + " versions, status numbers and times. addresses-masked: the same, and IP and MAC addresses"
                            + " have pseudonyms. A change forgets what was kept under the level before",
            options = {
                @Option(value = "full", label = "full"),
                @Option(value = "names-off", label = "names off"),
                @Option(value = "addresses-masked", label = "addresses masked")
            })
    String level() default "full";
}
