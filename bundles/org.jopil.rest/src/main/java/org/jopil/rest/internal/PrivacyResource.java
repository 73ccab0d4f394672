// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jopil.api.source.Privacy;
import org.jopil.web.Route;
import org.jopil.web.Shape;

/** What is hidden, and what is recorded nevertheless. */
final class PrivacyResource {
    private final Services services;

    PrivacyResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        List<String> levels = levels();
        Map<String, Object> recorded = Shape.object(
                "what", Shape.text(),
                "where", Shape.text(),
                "kept", Shape.text(),
                "level_full", Shape.text(),
                "level_names_off", Shape.text(),
                "level_addresses_masked", Shape.text());
        return List.of(Route.get("/api/privacy", "The level of privacy in force, all levels, and all that is recorded")
                .answers(Shape.object(
                        "level", Shape.choice(levels),
                        "levels", Shape.array(Shape.choice(levels)),
                        "recorded", Shape.array(recorded)))
                .to(exchange -> {
                    exchange.parameters().allow(List.of());
                    Privacy privacy = services.privacy();
                    exchange.send(Shape.ordered(
                            "level",
                            privacy.level().text(),
                            "levels",
                            levels,
                            "recorded",
                            privacy.recorded().stream()
                                    .map(PrivacyResource::row)
                                    .toList()));
                }));
    }

    private static List<String> levels() {
        return Stream.of(Privacy.Level.values()).map(Privacy.Level::text).toList();
    }

    private static Map<String, Object> row(Privacy.Recorded of) {
        return Shape.ordered(
                "what",
                of.what(),
                "where",
                of.where(),
                "kept",
                of.kept(),
                "level_full",
                of.full(),
                "level_names_off",
                of.namesOff(),
                "level_addresses_masked",
                of.addressesMasked());
    }
}
