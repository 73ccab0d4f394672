// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.source.Replays;
import org.jopil.stats.ReplayDocument;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Parameters;

/** A capture file in place of the wire. */
final class ReplayResource {
    private static final double MOST_SPEED = 1_000_000;

    private final Services services;

    ReplayResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                Route.get(
                                "/api/replay",
                                "What became of the file that is shown in place of the wire; state none while the wire is"
                                        + " shown. Times are the capture's")
                        .answers(shape())
                        .to(this::status),
                Route.post(
                                "/api/replay",
                                "Shows a capture in place of the wire: the body is the file, pcap or pcapng, plain or in"
                                        + " gzip, at most 1 GiB. 409 while an interface is watched or another replay runs")
                        .by(Role.OPERATOR)
                        .parameter("name", Shape.text(), "of the file, as it is shown")
                        .parameter("speed", Shape.text(), "max, or times as fast as it was recorded")
                        .answers(shape())
                        .status(202)
                        .to(this::start),
                Route.delete("/api/replay", "Takes the replay back; the wire can be watched again")
                        .by(Role.OPERATOR)
                        .answers(shape())
                        .to(this::stop));
    }

    static Map<String, Object> shape() {
        return Shape.object(
                "state", Shape.choice(List.of("none", "running", "ended")),
                "number", Shape.integer(),
                "file", Shape.text(),
                "speed", Shape.text(),
                "link_types", Shape.array(Shape.text()),
                "interfaces", Shape.array(Shape.text()),
                "packets", Shape.integer(),
                "bytes", Shape.integer(),
                "skipped", Shape.map(Shape.integer()),
                "first_time", Shape.nullable(Shape.time()),
                "last_time", Shape.nullable(Shape.time()),
                "percent", Shape.nullable(Shape.number()),
                "end", Shape.nullable(Shape.text()));
    }

    private void status(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        exchange.send(ReplayDocument.of(services.replays().status()));
    }

    private void start(Exchange exchange) throws Exception {
        Parameters given = exchange.parameters().allow(List.of("name", "speed"));
        String name = given.text("name").orElse("capture");
        double speed = speed(given.text("speed").orElse("max"));
        try (InputStream body = exchange.request().getInputStream()) {
            exchange.send(202, ReplayDocument.of(services.replays().start(name, body, speed)));
        }
    }

    private void stop(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        exchange.send(ReplayDocument.of(services.replays().stop()));
    }

    private static double speed(String text) {
        if (text.equals("max")) {
            return Replays.FASTEST;
        }
        try {
            double speed = Double.parseDouble(text);
            if (speed > 0 && speed <= MOST_SPEED) {
                return speed;
            }
        } catch (NumberFormatException e) {
            throw badSpeed(text);
        }
        throw badSpeed(text);
    }

    private static JopilException badSpeed(String text) {
        return Parameters.bad("speed", text, "max, or a number above 0 up to " + (long) MOST_SPEED);
    }
}
