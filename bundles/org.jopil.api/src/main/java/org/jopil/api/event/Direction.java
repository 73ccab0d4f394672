// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.event;

/** Seen from the host: what an interface received, and what it sent. */
public enum Direction {
    INGRESS,
    EGRESS;

    /** The name in JSON and filters. */
    public String text() {
        return this == INGRESS ? "ingress" : "egress";
    }
}
