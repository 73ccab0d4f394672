// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A row under test, read by field index of its {@link Schema}. A cursor: one object is moved over many rows. Only the
 * accessor that fits the field's type is called.
 */
@ConsumerType
public interface Row {
    /** Whether the field has a value in this row; a comparison with an absent value is false. */
    boolean has(int field);

    /** Number, port, time in nanoseconds since the epoch, boolean as 0 or 1. */
    long number(int field);

    /** Real number; of an integer field its value. */
    double real(int field);

    /** High half of an address, see {@link org.jopil.api.event.Addresses}. */
    long addressHi(int field);

    long addressLo(int field);

    /** Text; of a list its elements joined by commas. */
    String text(int field);
}
