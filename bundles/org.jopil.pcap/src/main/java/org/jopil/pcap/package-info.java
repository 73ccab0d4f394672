// SPDX-License-Identifier: Apache-2.0
/**
 * Capture files. Reads pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng), plain or in gzip, as a
 * stream with bounded memory; writes pcapng, to one file or to a ring of files. Plain Java: no native library.
 */
@Export
@Version("1.0.0")
package org.jopil.pcap;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
