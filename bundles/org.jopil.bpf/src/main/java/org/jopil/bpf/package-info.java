// SPDX-License-Identifier: Apache-2.0
/**
 * What the sensor builds on: objects, programs, links, maps, mapped memory and rings. Inside JOPIL only, no API of the
 * product. Addresses never leave {@link org.jopil.bpf.MappedRegion}.
 */
@Export
@Version("1.1.0")
package org.jopil.bpf;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
