// SPDX-License-Identifier: Apache-2.0
/** Who did what to this instance. For the parts through which people and programs come in; plug-ins need nothing of it. */
@Export
@Version("1.0.0")
package org.jopil.audit;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
