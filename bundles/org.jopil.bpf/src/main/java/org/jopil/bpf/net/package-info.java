// SPDX-License-Identifier: Apache-2.0
/** Network namespaces and the interfaces in them, by system calls and rtnetlink. Inside JOPIL only. */
@Export
@Version("1.0.0")
package org.jopil.bpf.net;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
