// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

/**
 * An interface whose packets a capture file holds.
 *
 * @param name as it is shown, {@code eth0:tc-ingress}
 * @param description more words, or empty
 * @param linkType LINKTYPE_ number, 1 is Ethernet
 * @param snaplenBytes the most that was kept of a packet; 0 is no limit
 * @param filter in the language of pcap-filter, or empty
 */
public record CaptureInterface(String name, String description, int linkType, int snaplenBytes, String filter) {
    /** LINKTYPE_ETHERNET. */
    public static final int ETHERNET = 1;

    /** LINKTYPE_RAW: packets start at the IP header. */
    public static final int RAW_IP = 101;
}
