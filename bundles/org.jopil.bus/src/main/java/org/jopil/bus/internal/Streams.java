// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jopil.api.analyzer.DropListener;
import org.jopil.api.analyzer.FlowListener;
import org.jopil.api.analyzer.JourneyListener;
import org.jopil.api.analyzer.PacketAnalyzer;
import org.jopil.api.analyzer.PayloadListener;
import org.jopil.bus.Columns;
import org.jopil.bus.DropColumns;
import org.jopil.bus.FlowColumns;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PayloadColumns;

/** The streams of the bus, a ring each, and how an analyzer gets at them. */
final class Streams {
    /** About a second of packet samples at the default detail budget, so that a bundle can be updated without a gap. */
    static final int PACKET_BATCHES = 64;

    /** A scan's changes of 100,000 flows. */
    private static final int FLOW_BATCHES = 128;

    /** A burst of 65,536 drops while a subscriber waits its latency out. */
    private static final int DROP_BATCHES = 64;

    /** A burst of 65,536 hooks of followed packets, about 6,000 journeys. */
    private static final int JOURNEY_BATCHES = 64;

    /** A second of payloads at the default rate, if each is whole. */
    private static final int PAYLOAD_BATCHES = 32;

    final BatchRing<PacketColumns> packets = new BatchRing<>(PACKET_BATCHES, PacketColumns::new);
    final BatchRing<FlowColumns> flows = new BatchRing<>(FLOW_BATCHES, FlowColumns::new);
    final BatchRing<DropColumns> drops = new BatchRing<>(DROP_BATCHES, DropColumns::new);
    final BatchRing<JourneyColumns> journeys = new BatchRing<>(JOURNEY_BATCHES, JourneyColumns::new);
    final BatchRing<PayloadColumns> payloads = new BatchRing<>(PAYLOAD_BATCHES, PayloadColumns::new);

    /** In the order in which an analyzer reads them. */
    private final List<Entry<?, ?>> all = List.of(
            new Entry<>("packets", PacketAnalyzer.class, packets, PacketView::new),
            new Entry<>("flows", FlowListener.class, flows, FlowView::new),
            new Entry<>("drops", DropListener.class, drops, DropView::new),
            new Entry<>("journeys", JourneyListener.class, journeys, JourneyView::new),
            new Entry<>("payloads", PayloadListener.class, payloads, PayloadView::new));

    /**
     * A stream.
     *
     * @param role interface of an analyzer that listens to it
     * @param views makes what hands a batch to such an analyzer
     */
    private record Entry<C extends Columns, L>(
            String name, Class<L> role, BatchRing<C> ring, Function<L, BatchView<C>> views) {
        Subscription<C> subscribe(
                String account, Object analyzer, Cursor.Place place, Runnable waker, Subscription.Caller caller) {
            BatchView<C> view = views.apply(role.cast(analyzer));
            Cursor<C> cursor = place == null ? new Cursor<>(ring, waker) : new Cursor<>(ring, waker, place);
            return new Subscription<>(name, account, ring, cursor, view, caller);
        }
    }

    /** Interfaces of analyzers that listen to any of them. */
    Stream<Class<?>> roles() {
        return all.stream().map(Entry::role);
    }

    /**
     * All that an analyzer listens to. The account of the first one has the analyzer's name, the others' the stream's
     * behind it.
     *
     * @param places where to go on, by stream; what is missing starts with what is published from now on
     * @param waker called by the writers
     */
    Subscription<?>[] subscribe(
            AnalyzerThread.Identity identity,
            Object analyzer,
            Map<String, Cursor.Place> places,
            Runnable waker,
            Subscription.Caller caller) {
        List<Subscription<?>> subscriptions = new ArrayList<>();
        for (Entry<?, ?> stream : all) {
            if (identity.is(stream.role())) {
                String account = subscriptions.isEmpty() ? identity.name() : identity.name() + "/" + stream.name();
                subscriptions.add(stream.subscribe(account, analyzer, places.get(stream.name()), waker, caller));
            }
        }
        return subscriptions.toArray(Subscription<?>[]::new);
    }
}
