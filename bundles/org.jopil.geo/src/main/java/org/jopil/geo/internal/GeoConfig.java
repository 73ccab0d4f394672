// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** PID {@code org.jopil.geo}. A double underscore is one in the key. */
@ObjectClassDefinition(
        name = "Geo",
        description = "Country and autonomous system of addresses, from databases in MaxMind's format that you have."
                + " A file that is replaced is read again within seconds")
public @interface GeoConfig {
    @AttributeDefinition(
            name = "Country database",
            description = "Absolute path of a country or city database (.mmdb). Empty: none",
            required = false)
    String country__database() default "";

    @AttributeDefinition(
            name = "AS database",
            description = "Absolute path of a database of autonomous systems (.mmdb). Empty: none",
            required = false)
    String as__database() default "";
}
