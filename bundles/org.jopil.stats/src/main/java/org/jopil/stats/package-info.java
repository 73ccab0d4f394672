// SPDX-License-Identifier: Apache-2.0
/** The instance as a whole, once a second: totals, rates, the ledger, the cost of watching, health. */
@Export
@Version("1.0.0")
package org.jopil.stats;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
