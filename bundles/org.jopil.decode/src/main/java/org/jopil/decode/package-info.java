// SPDX-License-Identifier: Apache-2.0
/** Captured bytes to fields, under Wireshark's names. The list of all fields is {@code fields.tsv}. */
@Export
@Version("1.0.0")
package org.jopil.decode;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
