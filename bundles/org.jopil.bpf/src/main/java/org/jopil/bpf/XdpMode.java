// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/** Where XDP runs. */
public enum XdpMode {
    /** In the driver, before there is an skb. */
    NATIVE,
    /** In the stack, on skbs. */
    GENERIC
}
