// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

/** What a frame begins with, which decides where a packet filter looks. */
public enum LinkType {
    /** The destination MAC (DLT_EN10MB). */
    ETHERNET,
    /** The IP header, on devices without a link layer (DLT_RAW). */
    RAW_IP
}
