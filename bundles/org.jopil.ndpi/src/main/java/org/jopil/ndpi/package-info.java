// SPDX-License-Identifier: Apache-2.0
/** A second opinion on what flows speak, by the system's libndpi, where it is installed. */
@Export
@Version("1.0.0")
package org.jopil.ndpi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
