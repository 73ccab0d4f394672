// SPDX-License-Identifier: Apache-2.0
/** What all of JOPIL shares: the typed error with its stable code. */
@Export
@Version("1.0.0")
package org.jopil.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
