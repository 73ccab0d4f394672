// SPDX-License-Identifier: Apache-2.0
/** What is asked: a query, and a report of typed columns and rows made of platform types only. */
@Export
@Version("1.1.0")
package org.jopil.api.report;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
