// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jopil.api.source.HealthCheck.Status;
import org.jopil.stats.Health;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;

/** Up, degraded (200) or down (503); who has no token learns no more than that. */
final class HealthResource {
    private static final Map<String, Object> STATUS = Shape.choice(List.of("up", "degraded", "down"));

    private final Services services;

    HealthResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        Map<String, Object> check = Shape.object("name", Shape.text(), "status", STATUS, "message", Shape.text());
        Map<String, Object> full = Shape.object("status", STATUS, "checks", Shape.array(check));
        return List.of(Route.get(
                        "/api/health",
                        "Whether it is attached, counts can be read and every service is there. 503 when it is down."
                                + " Without a token only the status")
                .by(Role.ANYONE)
                .answers(Map.of("anyOf", List.of(full, Shape.object("status", STATUS))))
                .to(this::health));
    }

    private void health(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        Health health = services.health;
        Health.Answer answer = health == null
                ? new Health.Answer(
                        Status.DOWN, List.of(new Health.Check("services", Status.DOWN, "It is starting or stopping.")))
                : health.read();
        int status = answer.status() == Status.DOWN ? 503 : 200;
        String text = Health.text(answer.status());
        if (exchange.caller().role() == Role.ANYONE) {
            exchange.send(status, Map.of("status", text));
            return;
        }
        exchange.send(
                status,
                Shape.ordered(
                        "status",
                        text,
                        "checks",
                        answer.checks().stream()
                                .map(c -> Shape.ordered(
                                        "name", c.name(), "status", Health.text(c.status()), "message", c.message()))
                                .toList()));
    }
}
