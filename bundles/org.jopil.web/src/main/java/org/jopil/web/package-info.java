// SPDX-License-Identifier: Apache-2.0
/** What a servlet in the context {@code jopil} needs: routes, roles, the caller. */
@Export
@Version("1.0.0")
package org.jopil.web;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
