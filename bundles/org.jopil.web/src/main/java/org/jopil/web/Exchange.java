// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.api.NearNames;
import org.jopil.api.report.Report;
import org.jopil.web.render.Answers;
import org.jopil.web.render.Format;
import org.jopil.web.render.Json;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Style;
import org.jopil.web.render.Units;

/** A request and its answer. One thread. */
public final class Exchange {
    /** Largest body that is read. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    private static final Map<String, Format> FORMATS = Format.byOption();

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final Map<String, String> path;

    Exchange(HttpServletRequest request, HttpServletResponse response, Map<String, String> path) {
        this.request = request;
        this.response = response;
        this.path = path;
    }

    public HttpServletRequest request() {
        return request;
    }

    public HttpServletResponse response() {
        return response;
    }

    public Caller caller() {
        return Caller.of(request);
    }

    /** A parameter of the path. */
    public String path(String name) {
        return path.get(name);
    }

    /** The query string's. */
    public Parameters parameters() {
        return Parameters.ofQuery(request.getQueryString());
    }

    /** What {@code format} of the query string says, else the header {@code Accept}. */
    public Format format() {
        return parameters().oneOf("format", FORMATS).orElseGet(() -> Format.negotiate(request.getHeader("Accept")));
    }

    /**
     * The JSON object in the body, empty if there is no body.
     *
     * @throws JopilException 413, 415, or 400 with the member that is not among the allowed
     */
    public Map<String, Object> body(String... allowed) throws IOException {
        if (request.getContentLengthLong() > MAX_BODY_BYTES) {
            throw tooLarge();
        }
        byte[] bytes;
        try (InputStream in = request.getInputStream()) {
            bytes = in.readNBytes(MAX_BODY_BYTES + 1);
        }
        if (bytes.length > MAX_BODY_BYTES) {
            throw tooLarge();
        }
        if (bytes.length == 0) {
            return Map.of();
        }
        String type = request.getContentType();
        if (type == null || !type.toLowerCase(Locale.ROOT).split(";")[0].trim().equals("application/json")) {
            throw new JopilException(
                    "JOPIL-415",
                    415,
                    "Only JSON is read here",
                    "Send the body with the header Content-Type: application/json.");
        }
        Map<String, Object> body = Json.readObject(bytes);
        List<String> names = Arrays.asList(allowed);
        for (String name : body.keySet()) {
            if (!names.contains(name)) {
                throw new JopilException(
                        "JOPIL-400",
                        400,
                        "Unknown member '" + Units.safe(name) + "'",
                        names.isEmpty()
                                ? "There is nothing to say in the body here."
                                : NearNames.hint(name, names) + "The members are: " + String.join(", ", names) + ".");
            }
        }
        return body;
    }

    private static JopilException tooLarge() {
        return new JopilException(
                "JOPIL-413", 413, "The body is too large", "At most " + MAX_BODY_BYTES + " bytes are read.");
    }

    public Exchange header(String name, Object value) {
        response.setHeader(name, value.toString());
        return this;
    }

    /** A list, with its counts in the header. */
    public void send(Report report, Style style) throws IOException {
        Answers.check(report, style);
        Format format = format();
        header("X-Total-Count", report.total());
        header("X-Unfiltered-Count", report.unfiltered());
        begin(200, format.contentType());
        Answers.write(report, format, style, response.getOutputStream());
    }

    public void send(Map<String, ?> document) throws IOException {
        send(200, document);
    }

    public void send(int status, Map<String, ?> document) throws IOException {
        Format format = format();
        begin(status, format.contentType());
        Answers.write(document, format, Style.of("value"), response.getOutputStream());
    }

    public void noContent() {
        response.setStatus(204);
    }

    /** Status and type, before the first byte. */
    public void begin(int status, String contentType) {
        response.setStatus(status);
        response.setContentType(contentType);
        response.setHeader("Vary", "Accept");
    }
}
