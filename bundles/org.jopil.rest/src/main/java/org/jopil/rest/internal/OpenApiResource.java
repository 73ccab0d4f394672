// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Routes;
import org.jopil.web.Shape;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Problem;
import org.jopil.web.render.Style;

/** OpenAPI 3.1 of what is served now: made from the routes, and from the columns of the analyzers that run. */
final class OpenApiResource {
    private final Routes routes;

    OpenApiResource(Routes routes) {
        this.routes = routes;
    }

    List<Route> routes() {
        return List.of(Route.get("/api/openapi.json", "This description")
                .formats(Format.JSON)
                .answers(Shape.map(Map.of()))
                .to(this::send));
    }

    private void send(Exchange exchange) throws IOException {
        exchange.parameters().allow(List.of());
        exchange.begin(200, Format.JSON.contentType());
        Answers.write(
                document(), Format.JSON, Style.of("route"), exchange.response().getOutputStream());
    }

    Map<String, Object> document() {
        Map<String, Object> paths = new TreeMap<>();
        for (Route route : routes.all()) {
            @SuppressWarnings("unchecked")
            Map<String, Object> path = (Map<String, Object>)
                    paths.computeIfAbsent(route.path().replace("+}", "}"), p -> new LinkedHashMap<>());
            path.put(route.method().toLowerCase(Locale.ROOT), operation(route));
        }
        return Shape.ordered(
                "openapi",
                "3.1.0",
                "info",
                Shape.ordered(
                        "title",
                        "JOPIL",
                        "version",
                        VersionResource.text(),
                        "description",
                        "What the sensor counts and the analyzers make of it. Counters are exact unless a report says"
                                + " sampled; units are in the names; times are RFC 3339 UTC."),
                "paths",
                paths,
                "components",
                Shape.ordered(
                        "securitySchemes",
                        Map.of("token", Shape.ordered("type", "http", "scheme", "bearer")),
                        "schemas",
                        Map.of("problem", problem())));
    }

    private static Map<String, Object> problem() {
        return Shape.ordered(
                "type",
                "object",
                "properties",
                Shape.ordered(
                        "type", Shape.text(),
                        "title", Shape.text(),
                        "status", Shape.integer(),
                        "detail", Shape.text(),
                        "code", Shape.text(),
                        "column", Shape.integer(),
                        "expected", Shape.text(),
                        "suggestions", Shape.array(Shape.text())),
                "required",
                List.of("type", "title", "status", "detail", "code"));
    }

    private static Map<String, Object> operation(Route route) {
        Map<String, Object> operation = new LinkedHashMap<>();
        operation.put("summary", route.summary());
        operation.put("x-role", route.role().text());
        operation.put("security", route.role() == Role.ANYONE ? List.of() : List.of(Map.of("token", List.of())));
        if (!route.parameters().isEmpty()) {
            operation.put(
                    "parameters",
                    route.parameters().stream().map(p -> parameter(route, p)).toList());
        }
        if (!route.body().isEmpty()) {
            operation.put(
                    "requestBody",
                    Map.of(
                            "content",
                            Map.of(
                                    "application/json",
                                    Map.of(
                                            "schema",
                                            Shape.ordered(
                                                    "type",
                                                    "object",
                                                    "properties",
                                                    route.body(),
                                                    "additionalProperties",
                                                    false)))));
        }
        Map<String, Object> responses = new TreeMap<>();
        responses.put(Integer.toString(route.status()), answer(route));
        responses.put(
                "default",
                Shape.ordered(
                        "description",
                        "What went wrong, why, and what to do",
                        "content",
                        Map.of(
                                Problem.CONTENT_TYPE,
                                Map.of("schema", Map.of("$ref", "#/components/schemas/problem")))));
        operation.put("responses", responses);
        return operation;
    }

    private static Map<String, Object> parameter(Route route, Route.Parameter parameter) {
        boolean inPath = route.path().contains("{" + parameter.name() + "}")
                || route.path().contains("{" + parameter.name() + "+}");
        return Shape.ordered(
                "name", parameter.name(),
                "in", inPath ? "path" : "query",
                "required", inPath,
                "description", parameter.description(),
                "schema", parameter.shape());
    }

    private static Map<String, Object> answer(Route route) {
        if (!route.stream().isEmpty()) {
            return Shape.ordered(
                    "description",
                    route.summary(),
                    "content",
                    Map.of(route.stream(), Map.of("schema", Map.of("contentMediaType", route.stream()))));
        }
        if (route.answer() == null) {
            return Map.of("description", "Done");
        }
        Map<String, Object> shape = route.answer().get();
        Map<String, Object> content = new LinkedHashMap<>();
        for (Format format : route.formats()) {
            content.put(format.mediaType(), Map.of("schema", format == Format.JSON ? shape : Shape.text()));
        }
        Map<String, Object> answer = Shape.ordered("description", route.summary(), "content", content);
        if (route.parameters().stream().anyMatch(p -> p.name().equals("limit"))) {
            Map<String, Object> number = Map.of("schema", Shape.integer());
            answer.put(
                    "headers",
                    Shape.ordered("X-Total-Count", number, "X-Unfiltered-Count", number, "X-Sequence", number));
        }
        return answer;
    }
}
