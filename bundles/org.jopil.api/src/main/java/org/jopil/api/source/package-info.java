// SPDX-License-Identifier: Apache-2.0
/** What is pulled, exact and cumulative: interfaces, counters, flows, the ledger. */
@Export
@Version("1.0.0")
package org.jopil.api.source;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
