// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.report;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Something that can be asked. From the columns alone come {@code /api/reports/NAME}, the WebSocket topic,
 * {@code jopil:report NAME}, a table on the page, CSV and the OpenAPI part.
 */
@ConsumerType
@FunctionalInterface
public interface ReportSource {
    /**
     * Called on the analyzer's own thread. {@link Report#of(Query, Column...)} does filter, sort, limit and offset;
     * who keeps many rows does them itself and uses {@link Report#of(Column...)}.
     *
     * @throws org.jopil.api.filter.FilterException if the filter does not fit the columns
     * @throws org.jopil.api.JopilException for anything else that the asker can mend
     */
    Report report(Query query) throws Exception;
}
