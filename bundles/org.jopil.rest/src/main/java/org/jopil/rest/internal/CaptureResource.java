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
        return List.of(Route.get(
                        "/api/capture",
                        "Packets that match, as pcapng, until the client goes or as many are there as were wanted. Headers"
                                + " alone unless snaplen asks for payload. Needs the admin token; what was captured is in"
                                + " the report captures")
                .by(Role.ADMIN)
                .parameter("interface", Shape.text(), "IF, NS/IF, several with commas, or any")
                .parameter("filter", Shape.text(), "primitives of pcap-filter; all packets if not given")
                .parameter("count", Shape.integer(), "ends after so many packets")
                .parameter("seconds", Shape.integer(), "ends after so long; configuration may say less")
                .parameter("snaplen", Shape.integer(), "bytes kept of each packet; 0: headers alone")
                .streams(PCAPNG)
                .to(this::capture));
    }

    private void capture(Exchange exchange) throws Exception {
        Parameters given = exchange.parameters().allow(List.of("interface", "filter", "count", "seconds", "snaplen"));
        if (exchange.caller().session().isPresent()) {
            throw new JopilException(
                    "JOPIL-403",
                    403,
                    "Not allowed from a page",
                    "A link must not begin a capture: send the admin token, as 'jopil capture IF -w -' does.");
        }
        Captures.Order order = new Captures.Order(
                given.text("interface")
                        .orElseThrow(() -> Parameters.bad("interface", "", "IF, NS/IF, several with commas, or any")),
                given.text("filter").orElse(""),
                given.integer("snaplen", 0, 0, Captures.MAX_SNAPLEN),
                given.integer("count", Integer.MAX_VALUE, 1, Integer.MAX_VALUE),
                Duration.ofSeconds(given.integer("seconds", MOST_SECONDS, 1, MOST_SECONDS)),
                "admin token by REST from " + exchange.request().getRemoteAddr());
        if (exchange.request().getMethod().equals("HEAD")) {
            exchange.begin(200, PCAPNG);
            return;
        }
        // this thread waits: they are as few as the captures that may run at a time
        try (Captures.Capture capture =
                services.captures().begin(order, new Captures.Target.Stream("REST", new Body(exchange)))) {
            while (capture.await(LOOK).running()) {
                if (!exchange.caller().valid().getAsBoolean()) {
                    capture.close();
                }
            }
        }
    }

    /** The answer's body; its head is written with the first bytes, since until then there may be an error to tell. */
    private static final class Body extends OutputStream {
        private final Exchange exchange;
        private boolean begun;

        Body(Exchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int count) throws IOException {
            if (!begun) {
                begun = true;
                exchange.begin(200, PCAPNG);
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
