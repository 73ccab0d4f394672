// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

/**
 * One equality of a filter that names a flow.
 *
 * @param value an address as {@link org.jopil.api.event.Addresses#text} writes it, a decimal port, or a protocol as
 *     {@link org.jopil.api.event.Protocols#name} calls it
 */
public record FlowTerm(Part part, String value) {
    /** What must equal the value; {@code ADDRESS} and {@code PORT} at either end. */
    public enum Part {
        PROTOCOL,
        ADDRESS,
        SOURCE_ADDRESS,
        DESTINATION_ADDRESS,
        PORT,
        SOURCE_PORT,
        DESTINATION_PORT
    }
}
