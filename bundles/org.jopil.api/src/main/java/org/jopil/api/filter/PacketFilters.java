// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/** The service that compiles filters of packets. Any thread. */
@ProviderType
public interface PacketFilters {
    /**
     * Compiles a filter of pcap primitives alone, as libpcap means it; an empty or blank text matches everything. No name
     * server is asked, and names of services and protocols mean the same on every machine.
     *
     * @throws FilterException on a mistake, a comparison of fields, or what libpcap does not take, with the column
     * @throws org.jopil.api.JopilException {@code JOPIL-113} where libpcap is not installed
     */
    PacketFilter compile(String text, LinkType linkType) throws FilterException;
}
