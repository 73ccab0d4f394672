// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.filter;

import org.osgi.annotation.versioning.ConsumerType;

/** A row that is one packet and has the begin of its frame, so that primitives which read bytes can be asked of it. */
@ConsumerType
public interface FrameRow extends Row {
    LinkType linkType();

    /**
     * Asks a filter of this link type about the frame as a live capture on Linux has it: the outer VLAN tag beside it, not
     * in it. Allocates nothing.
     */
    PacketFilter.Verdict test(PacketFilter filter);
}
