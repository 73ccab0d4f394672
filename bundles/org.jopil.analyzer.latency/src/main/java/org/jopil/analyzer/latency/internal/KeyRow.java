// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.latency.internal;

import org.jopil.api.filter.Row;
import org.jopil.api.source.LatencySource.Key;

/** A key under a filter. */
final class KeyRow implements Row {
    private Object[] values;

    KeyRow at(Key key) {
        values = KeyField.values(key);
        return this;
    }

    @Override
    public boolean has(int field) {
        return values[field] != null;
    }

    @Override
    public long number(int field) {
        return (Long) values[field];
    }

    @Override
    public double real(int field) {
        return number(field);
    }

    @Override
    public long addressHi(int field) {
        throw new IllegalArgumentException("no address");
    }

    @Override
    public long addressLo(int field) {
        throw new IllegalArgumentException("no address");
    }

    @Override
    public String text(int field) {
        return (String) values[field];
    }
}
