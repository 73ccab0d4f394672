// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

/** Where records have what we want: MaxMind's GeoIP2 and GeoLite2, which others (DB-IP) follow. */
final class Keys {
    static final String[] COUNTRY = {"country", "iso_code"};
    static final String[] AS = {"autonomous_system_number"};
    static final String[] AS_NAME = {"autonomous_system_organization"};

    private Keys() {}
}
