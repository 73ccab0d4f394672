// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import org.jopil.bpf.net.Link;
import org.jopil.bpf.net.NetworkNamespace;

/**
 * An interface to capture on.
 *
 * @param name as asked for and shown, IF or NS/IF
 */
record Place(String name, NetworkNamespace namespace, Link link) {}
