// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jopil.web.render.Format;

/**
 * One method of one path: what it does, who may, what it takes and gives. The router, the access check and OpenAPI all
 * read this. Immutable; any thread.
 */
public final class Route {
    /** Does the work. Throws {@link org.jopil.api.JopilException} for what the caller can mend. */
    @FunctionalInterface
    public interface Handler {
        void handle(Exchange exchange) throws Exception;
    }

    /** A query parameter, or one of the path. */
    public record Parameter(String name, Map<String, Object> shape, String description) {}

    private final String method;
    private final String path;
    private final String[] segments;
    private final Role role;
    private final String summary;
    private final List<Parameter> parameters;
    private final Map<String, Map<String, Object>> body;
    private final int status;
    private final Supplier<Map<String, Object>> answer;
    private final List<Format> formats;
    private final String stream;
    private final Handler handler;

    private Route(Builder builder, Handler handler) {
        this.method = builder.method;
        this.path = builder.path;
        this.segments = builder.path.substring(1).split("/");
        this.role = builder.role;
        this.summary = builder.summary;
        this.parameters = List.copyOf(builder.parameters);
        this.body = builder.body;
        this.status = builder.status;
        this.answer = builder.answer;
        this.formats = List.copyOf(builder.formats);
        this.stream = builder.stream;
        this.handler = handler;
    }

    /** Reads; a viewer may. {@code {name}} stands for a segment, {@code {name+}} for one or more. */
    public static Builder get(String path, String summary) {
        return new Builder("GET", path, Role.VIEWER, summary);
    }

    /** Changes something; an administrator may, unless it says who else. */
    public static Builder post(String path, String summary) {
        return new Builder("POST", path, Role.ADMIN, summary);
    }

    public static Builder delete(String path, String summary) {
        return new Builder("DELETE", path, Role.ADMIN, summary);
    }

    /** The values of the path's parameters if it fits this route. */
    public Optional<Map<String, String>> match(String asked) {
        String[] given = asked.substring(1).split("/", -1);
        Map<String, String> values = new HashMap<>();
        int at = 0;
        for (int i = 0; i < segments.length; i++) {
            String segment = segments[i];
            if (at >= given.length) {
                return Optional.empty();
            }
            if (segment.endsWith("+}")) {
                int taken = given.length - at - (segments.length - i - 1);
                if (taken < 1) {
                    return Optional.empty();
                }
                values.put(
                        segment.substring(1, segment.length() - 2),
                        String.join("/", List.of(given).subList(at, at + taken)));
                at += taken;
            } else if (segment.startsWith("{")) {
                values.put(segment.substring(1, segment.length() - 1), given[at++]);
            } else if (!segment.equals(given[at++])) {
                return Optional.empty();
            }
        }
        return at == given.length && values.values().stream().noneMatch(String::isEmpty)
                ? Optional.of(values)
                : Optional.empty();
    }

    public String method() {
        return method;
    }

    public String path() {
        return path;
    }

    public Role role() {
        return role;
    }

    public String summary() {
        return summary;
    }

    public List<Parameter> parameters() {
        return parameters;
    }

    /** Members of the JSON body, none of them required; empty if there is no body. */
    public Map<String, Map<String, Object>> body() {
        return body;
    }

    /** Status when all is well. */
    public int status() {
        return status;
    }

    /** Shape of the JSON answer, asked for when needed; null if there is none. */
    public Supplier<Map<String, Object>> answer() {
        return answer;
    }

    public List<Format> formats() {
        return formats;
    }

    /** Media type of an answer that is no document; empty if it is one. */
    public String stream() {
        return stream;
    }

    public Handler handler() {
        return handler;
    }

    /** Collects what is said about a route. */
    public static final class Builder {
        private final String method;
        private final String path;
        private final String summary;
        private final List<Parameter> parameters = new ArrayList<>();
        private final Map<String, Map<String, Object>> body = new LinkedHashMap<>();
        private Role role;
        private int status = 200;
        private Supplier<Map<String, Object>> answer;
        private List<Format> formats = List.of(Format.values());
        private String stream = "";

        private Builder(String method, String path, Role role, String summary) {
            this.method = method;
            this.path = path;
            this.role = role;
            this.summary = summary;
        }

        /** Other than the method's usual. */
        public Builder by(Role needed) {
            role = needed;
            return this;
        }

        public Builder parameter(String name, Map<String, Object> shape, String description) {
            parameters.add(new Parameter(name, shape, description));
            return this;
        }

        public Builder body(String name, Map<String, Object> shape) {
            body.put(name, shape);
            return this;
        }

        /** Answers JSON of this shape, and what can be made of it. */
        public Builder answers(Supplier<Map<String, Object>> shape) {
            answer = shape;
            return this;
        }

        public Builder answers(Map<String, Object> shape) {
            return answers(() -> shape);
        }

        /** Answers bytes of this media type. */
        public Builder streams(String mediaType) {
            stream = mediaType;
            return this;
        }

        public Builder formats(Format... only) {
            formats = List.of(only);
            return this;
        }

        public Builder status(int success) {
            status = success;
            return this;
        }

        public Route to(Handler handler) {
            return new Route(this, handler);
        }
    }
}
