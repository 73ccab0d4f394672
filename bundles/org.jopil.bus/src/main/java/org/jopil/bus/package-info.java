// SPDX-License-Identifier: Apache-2.0
/** What the writers of the bus need: the sensor writes packets and payloads, the flow analyzer flows, the tracer drops and journeys. For JOPIL's own bundles. */
@Export
@Version("1.2.0")
package org.jopil.bus;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
