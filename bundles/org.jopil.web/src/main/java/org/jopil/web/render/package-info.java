// SPDX-License-Identifier: Apache-2.0
/** The one writer of answers and the one reader of questions, for REST, the WebSocket and the shell. No servlet types. */
@Export
@Version("1.1.0")
package org.jopil.web.render;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
