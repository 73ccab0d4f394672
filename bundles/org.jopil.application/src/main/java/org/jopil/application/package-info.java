// SPDX-License-Identifier: Apache-2.0
/** The application of a flow, recognised from its first payload bytes, and what they reveal. */
@Export
@Version("1.0.0")
package org.jopil.application;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
