// SPDX-License-Identifier: Apache-2.0
/** What is pushed, in batches: packet samples, flow changes, drops. Lossy per subscriber, and every batch says what was lost before it. */
@Export
@Version("1.1.0")
package org.jopil.api.event;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
