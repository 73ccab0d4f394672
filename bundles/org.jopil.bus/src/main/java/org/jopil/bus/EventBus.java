// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus;

import java.util.List;
import org.jopil.api.source.FlowSource;
import org.jopil.api.source.Ledger;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The bus as its writers and the ledger see it. Subscribers never see it: an analyzer is an OSGi service, see {@link
 * org.jopil.api.analyzer}.
 */
@ProviderType
public interface EventBus {
    /** The packet stream's writing end. One thread at a time: the sensor's. */
    PacketWriter packets();

    /** The flow stream's writing end. One thread at a time: the flow analyzer's. */
    FlowWriter flows();

    /** The drop stream's writing end. One thread at a time: the tracer's. */
    DropWriter drops();

    /** The journey stream's writing end. One thread at a time: the tracer's. */
    JourneyWriter journeys();

    /** The payload stream's writing end. One thread at a time: the sensor's. */
    PayloadWriter payloads();

    /**
     * The same flows with pseudonyms where addresses are hidden: what a source registers instead of itself. What is written
     * to the streams the bus hides itself. Any thread.
     */
    FlowSource hidden(FlowSource source);

    /** Lets every analyzer read what is published, and poll, at once: for a writer that waits until they have. Any thread. */
    void wake();

    /** Packet rows published since the bus started. Any thread. */
    long deliveredPackets();

    /** The account of every subscriber of any stream, each consistent in itself. Any thread. */
    List<Ledger.Subscriber> subscribers();
}
