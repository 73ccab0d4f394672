// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;
import org.jopil.stats.StatsDocument;
import org.jopil.web.Exchange;
import org.jopil.web.Route;
import org.jopil.web.Shape;

/** Both books; every difference must be 0. */
final class LedgerResource {
    private static final Map<String, Object> COUNT = Shape.integer();

    private final Services services;

    LedgerResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        Map<String, Object> events = new LinkedHashMap<>();
        events.putAll(eventMembers());
        events.put(
                "subscribers",
                Shape.array(Shape.object(
                        "name",
                        Shape.text(),
                        "delivered",
                        COUNT,
                        "processed",
                        COUNT,
                        "overrun",
                        COUNT,
                        "pending",
                        COUNT,
                        "difference",
                        COUNT)));
        return List.of(Route.get(
                        "/api/ledger",
                        "Two books: what became of every observation, and of every counted packet; each difference"
                                + " must be 0")
                .answers(Shape.object(
                        "difference",
                        COUNT,
                        "findings",
                        findings(),
                        "first_unbalanced",
                        Shape.nullable(Shape.time()),
                        "last_unbalanced",
                        Shape.nullable(Shape.time()),
                        "events",
                        object(events),
                        "hand_offs",
                        Shape.array(Shape.object(
                                "layer",
                                Shape.text(),
                                "name",
                                Shape.text(),
                                "received",
                                COUNT,
                                "passed",
                                COUNT,
                                "left_out",
                                COUNT,
                                "lost",
                                COUNT,
                                "waiting",
                                COUNT,
                                "difference",
                                COUNT)),
                        "counts",
                        Shape.array(Shape.object(
                                "interface",
                                Shape.text(),
                                "direction",
                                Shape.text(),
                                "protocol",
                                Shape.text(),
                                "counter",
                                COUNT,
                                "flows",
                                COUNT,
                                "overflow",
                                COUNT,
                                "difference",
                                COUNT,
                                "counter_bytes",
                                COUNT,
                                "flow_bytes",
                                COUNT,
                                "overflow_bytes",
                                COUNT,
                                "difference_bytes",
                                COUNT)),
                        "gaps",
                        Shape.array(Shape.object("reason", Shape.text(), "start", Shape.time(), "end", Shape.time())),
                        "seconds",
                        Shape.array(Shape.object(
                                "end",
                                Shape.time(),
                                "seen",
                                COUNT,
                                "delivered",
                                COUNT,
                                "sampled_out",
                                COUNT,
                                "ring_full",
                                COUNT,
                                "difference",
                                COUNT)),
                        "devices",
                        Shape.array(Shape.object(
                                "interface",
                                Shape.text(),
                                "rx_packets",
                                Shape.nullable(COUNT),
                                "tx_packets",
                                Shape.nullable(COUNT))),
                        "web_clients",
                        Shape.array(Shape.object(
                                "client",
                                Shape.text(),
                                "offered",
                                COUNT,
                                "sent",
                                COUNT,
                                "shed",
                                COUNT,
                                "queued",
                                COUNT,
                                "skipped_packets",
                                COUNT))))
                .to(this::ledger));
    }

    static Map<String, Object> findings() {
        return Shape.array(Shape.object(
                "layer",
                Shape.text(),
                "name",
                Shape.text(),
                "amount",
                COUNT,
                "unit",
                Shape.text(),
                "since",
                Shape.time(),
                "text",
                Shape.text(),
                "advice",
                Shape.text()));
    }

    static Map<String, Object> events() {
        return object(eventMembers());
    }

    private static Map<String, Object> eventMembers() {
        return Shape.ordered(
                "seen", COUNT,
                "delivered", COUNT,
                "sampled_out", COUNT,
                "ring_full", COUNT,
                "in_flight", COUNT,
                "difference", COUNT);
    }

    private static Map<String, Object> object(Map<String, Object> members) {
        Object[] flat = members.entrySet().stream()
                .flatMap(e -> Stream.of(e.getKey(), e.getValue()))
                .toArray();
        return Shape.object(flat);
    }

    private void ledger(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        Map<String, Object> document = StatsDocument.ledger(services.ledger().read());
        document.put("devices", devices());
        document.put(
                "web_clients",
                services.webClients().stream()
                        .map(c -> Shape.ordered(
                                "client",
                                c.name(),
                                "offered",
                                c.offered(),
                                "sent",
                                c.sent(),
                                "shed",
                                c.shed(),
                                "queued",
                                c.queued(),
                                "skipped_packets",
                                c.skippedPackets()))
                        .toList());
        services.latest().ifPresent(s -> exchange.header("X-Sequence", s.sequence()));
        exchange.send(document);
    }

    /** What the devices themselves count, of the interfaces that are watched. */
    private List<Map<String, Object>> devices() {
        Interfaces present = services.interfaces;
        return present == null
                ? List.of()
                : present.list().stream()
                        .filter(InterfaceStatus::attached)
                        .map(i -> Shape.ordered(
                                "interface",
                                i.name(),
                                "rx_packets",
                                known(i.devicePackets().received()),
                                "tx_packets",
                                known(i.devicePackets().sent())))
                        .toList();
    }

    private static Long known(long packets) {
        return packets < 0 ? null : packets;
    }
}
