// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.source.Captures;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.jopil.web.Shape;
import org.jopil.web.render.Parameters;
import org.jopil.web.render.Units;

/** Packets as they come, as a pcapng file that ends when the capture does. */
final class CaptureResource {
    private static final String PCAPNG = "application/x-pcapng";
    private static final int MOST_SECONDS = 86_400;
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Services services;

    CaptureResource(Services services) {
        this.services = services;
    }

    List<Route> routes() {
        return List.of(
                order(Route.get(
                                        "/api/capture",
                                        "Packets that match, as pcapng, until the client goes or as many are there as were"
                                                + " wanted. Headers alone unless snaplen asks for payload. Needs the operator's or the admin's token;"
                                                + " what was captured is in the report captures, under the number of the header"
                                                + " X-Capture")
                                .by(Role.OPERATOR))
                        .to(this::captureByToken),
                order(Route.post("/api/capture", "The same, for a page: no link can send it")
                                .by(Role.OPERATOR))
                        .to(this::capture),
                Route.delete("/api/capture/{number}", "Ends a capture; what it has so far stays, and is whole")
                        .by(Role.OPERATOR)
                        .parameter("number", Shape.integer(), "as in the report captures")
                        .status(204)
                        .to(this::end));
    }

    private static Route.Builder order(Route.Builder route) {
        return route.parameter("interface", Shape.text(), "IF, NS/IF, several with commas, or any")
                .parameter("filter", Shape.text(), "primitives of pcap-filter; all packets if not given")
                .parameter("count", Shape.integer(), "ends after so many packets")
                .parameter("seconds", Shape.integer(), "ends after so long; configuration may say less")
                .parameter("snaplen", Shape.integer(), "bytes kept of each packet; 0: headers alone")
                .streams(PCAPNG);
    }

    /** A browser follows a link with its cookie and says nothing of where the link was. */
    private void captureByToken(Exchange exchange) throws Exception {
        if (exchange.caller().session().isPresent()) {
            throw new JopilException(
                    "JOPIL-403",
                    403,
                    "Not allowed from a page",
                    "A link must not begin a capture: send the token, as 'jopil capture IF -w -' does. A page"
                            + " sends POST.");
        }
        capture(exchange);
    }

    private void capture(Exchange exchange) throws Exception {
        Parameters given = exchange.parameters().allow(List.of("interface", "filter", "count", "seconds", "snaplen"));
        Captures.Order order = new Captures.Order(
                given.text("interface")
                        .orElseThrow(() -> Parameters.bad("interface", "", "IF, NS/IF, several with commas, or any")),
                given.text("filter").orElse(""),
                given.integer("snaplen", 0, 0, Captures.MAX_SNAPLEN),
                given.integer("count", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
                Duration.ofSeconds(given.integer("seconds", MOST_SECONDS, 1, MOST_SECONDS)),
                who(exchange));
        if (exchange.request().getMethod().equals("HEAD")) {
            exchange.begin(200, PCAPNG);
            return;
        }
        // this thread waits: they are as few as the captures that may run at a time
        try (Captures.Capture capture = services.captures()
                .begin(order, new Captures.Target.Stream(output(exchange), number -> new Body(exchange, number)))) {
            while (capture.await(LOOK).running()) {
                if (!exchange.caller().valid().getAsBoolean()) {
                    capture.close();
                }
            }
        }
    }

    private void end(Exchange exchange) throws Exception {
        exchange.parameters().allow(List.of());
        String number = exchange.path("number");
        if (!number.matches("\\d{1,18}") || !services.captures().end(Long.parseLong(number), who(exchange))) {
            throw new JopilException(
                    "JOPIL-404",
                    404,
                    "No capture " + Units.safe(number) + " runs",
                    "It has ended, or there was none. See: jopil report captures");
        }
        exchange.noContent();
    }

    private static String who(Exchange exchange) {
        boolean page = exchange.caller().session().isPresent();
        return (page ? "admin in a browser" : "admin token by REST") + " from "
                + exchange.request().getRemoteAddr();
    }

    private static String output(Exchange exchange) {
        return exchange.caller().session().isPresent() ? "a browser" : "REST";
    }

    /** The answer's body; its head is written with the first bytes, since until then there may be an error to tell. */
    private static final class Body extends OutputStream {
        private final Exchange exchange;
        private final long number;
        private boolean begun;

        Body(Exchange exchange, long number) {
            this.exchange = exchange;
            this.number = number;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            if (!begun) {
                begun = true;
                exchange.header("X-Capture", number).begin(200, PCAPNG);
            }
            exchange.response().getOutputStream().write(bytes, from, count);
        }

        @Override
        public void flush() throws IOException {
            if (begun) {
                exchange.response().flushBuffer();
            }
        }
    }
}
