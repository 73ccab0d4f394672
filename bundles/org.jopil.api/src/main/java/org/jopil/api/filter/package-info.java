// SPDX-License-Identifier: Apache-2.0
/** The one filter language, parsed, for whoever has rows to test. */
@Export
@Version("1.2.0")
package org.jopil.api.filter;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
