// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ProviderType;

/** A filter bound to a schema. Holds no state between calls, allocates nothing; any thread. */
@ProviderType
@FunctionalInterface
public interface RowPredicate {
    boolean test(Row row);
}
