// SPDX-License-Identifier: Apache-2.0
/** The SPI of an analyzer. An analyzer is an OSGi service; nothing registers itself with anything central. */
@Export
@Version("1.1.0")
package org.jopil.api.analyzer;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
