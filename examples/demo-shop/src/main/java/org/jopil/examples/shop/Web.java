// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Executors;

/** What customers see, over HTTP on any address. What is ordered goes to orders, and so does who asks for a parcel. */
final class Web {
    private static final int PARCEL_MILLIS = 400;

    private Web() {}

    static void serve(String[] args) throws IOException {
        String orders = args[0];
        ThreadLocal<Line> lines = ThreadLocal.withInitial(() -> new Line(orders, Shop.ORDERS_PORT));
        HttpServer http = HttpServer.create(new InetSocketAddress("::", Shop.WEB_PORT), 64);
        http.setExecutor(Executors.newFixedThreadPool(8, Shop.threads("web")));
        http.createContext("/article/", exchange -> reply(exchange, 200, page(4_000)));
        http.createContext("/picture", exchange -> reply(exchange, 200, page(40_000)));
        http.createContext("/order/", exchange -> order(exchange, lines.get()));
        http.createContext("/parcel/", exchange -> parcel(exchange, orders));
        http.start();
    }

    private static void order(HttpExchange exchange, Line orders) throws IOException {
        String article = exchange.getRequestURI().getPath().substring("/order/".length());
        try {
            reply(exchange, 200, text("Ordered: " + orders.ask(article)));
        } catch (IOException e) {
            reply(exchange, 503, text("Nobody takes your order."));
        }
    }

    private static void parcel(HttpExchange exchange, String orders) throws IOException {
        URL url = new URL(
                "http", orders, Shop.PARCELS_PORT, exchange.getRequestURI().getPath());
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        connection.setConnectTimeout(PARCEL_MILLIS);
        connection.setReadTimeout(PARCEL_MILLIS);
        try {
            reply(exchange, 200, connection.getInputStream().readAllBytes());
        } catch (IOException e) {
            reply(exchange, 503, text("Nobody knows where your parcel is."));
        }
    }

    private static byte[] page(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) 'p');
        return bytes;
    }

    static byte[] text(String line) {
        return (line + "\n").getBytes(StandardCharsets.UTF_8);
    }

    static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            // the server closes without a word; its customer would send the next request to a closed socket
            if ("close".equals(exchange.getRequestHeaders().getFirst("Connection"))) {
                exchange.getResponseHeaders().set("Connection", "close");
            }
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
