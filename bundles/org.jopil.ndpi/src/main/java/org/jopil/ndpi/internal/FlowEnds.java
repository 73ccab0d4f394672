// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi.internal;

/**
 * Both ends of a flow.
 *
 * @param ipProtocol 6 or 17
 * @param clientHi see {@link org.jopil.api.event.Addresses}
 */
public record FlowEnds(
        int ipProtocol, long clientHi, long clientLo, int clientPort, long serverHi, long serverLo, int serverPort) {}
