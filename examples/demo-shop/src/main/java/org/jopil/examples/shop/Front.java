// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.Executors;

/** The shop that customers see: HTTP on any address, a name server for it, and questions to the stock. */
final class Front {
    private Front() {}

    static void serve(String address, String stock) throws IOException {
        HttpServer http = HttpServer.create(new InetSocketAddress("::", Shop.HTTP_PORT), 64);
        http.setExecutor(Executors.newFixedThreadPool(8));
        http.createContext("/article/", exchange -> article(exchange, stock));
        http.createContext("/picture", exchange -> reply(exchange, 200, picture()));
        http.start();
        names(InetAddress.getByName(address));
    }

    private static void article(HttpExchange exchange, String stock) throws IOException {
        String article = exchange.getRequestURI().getPath().substring("/article/".length());
        try (Socket line = new Socket(stock, Shop.STOCK_PORT)) {
            line.getOutputStream().write((article + "\n").getBytes(StandardCharsets.UTF_8));
            String left =
                    new BufferedReader(new InputStreamReader(line.getInputStream(), StandardCharsets.UTF_8)).readLine();
            reply(exchange, 200, ("In stock: " + left + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            reply(exchange, 503, "The stock does not answer.\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static byte[] picture() {
        byte[] bytes = new byte[40_000];
        Arrays.fill(bytes, (byte) 'p');
        return bytes;
    }

    private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
        try (exchange) {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /** Answers every question for an A record with one address (RFC 1035). */
    private static void names(InetAddress address) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, Shop.DNS_PORT))) {
            byte[] buffer = new byte[512];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                byte[] answer = Arrays.copyOf(buffer, packet.getLength() + 16);
                answer[2] |= (byte) 0x80;
                answer[7] = 1;
                int at = packet.getLength();
                byte[] record = {(byte) 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};
                System.arraycopy(record, 0, answer, at, record.length);
                System.arraycopy(address.getAddress(), 0, answer, at + record.length, 4);
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        }
    }
}
