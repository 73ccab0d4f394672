// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Takes orders, a line each over TCP, and asks the database what is left; knows over HTTP where a parcel is; tells the
 * metrics twice a second what it did. As long as the file {@code SLOW-FILE} exists, an order that has arrived lies for
 * {@value #SLOW_MILLIS} ms before it is read.
 */
final class Orders {
    private static final int SLOW_MILLIS = 50;
    private static final int REPORT_MILLIS = 500;
    private static final int REPORT_DATAGRAMS = 50;
    private static final int REPORT_BYTES = 400;

    private Orders() {}

    static void take(String[] args) throws IOException {
        String db = args[1];
        Path slow = Path.of(args[3]);
        ExecutorService clerks = Executors.newCachedThreadPool(Shop.threads("orders"));
        HttpServer parcels = HttpServer.create(new InetSocketAddress(args[0], Shop.PARCELS_PORT), 64);
        parcels.setExecutor(clerks);
        parcels.createContext("/parcel/", exchange -> Web.reply(exchange, 200, Web.text("It is on its way.")));
        parcels.start();
        clerks.execute(() -> report(new InetSocketAddress(args[2], Shop.METRICS_PORT)));
        try (ServerSocketChannel door = ServerSocketChannel.open()) {
            door.bind(new InetSocketAddress(args[0], Shop.ORDERS_PORT), 64);
            while (true) {
                SocketChannel caller = door.accept();
                clerks.execute(() -> serve(caller, slow, db));
            }
        }
    }

    private static void serve(SocketChannel caller, Path slow, String host) {
        // a selector sees that something has arrived without reading it
        try (caller;
                Line db = new Line(host, Shop.DB_PORT);
                Selector arrival = Selector.open()) {
            caller.setOption(StandardSocketOptions.TCP_NODELAY, true);
            caller.configureBlocking(false);
            caller.register(arrival, SelectionKey.OP_READ);
            ByteBuffer buffer = ByteBuffer.allocate(512);
            while (true) {
                arrival.select();
                arrival.selectedKeys().clear();
                if (Files.exists(slow)) {
                    Thread.sleep(SLOW_MILLIS);
                }
                if (caller.read(buffer) < 0) {
                    return;
                }
                if (buffer.position() > 0 && buffer.get(buffer.position() - 1) == '\n') {
                    String article = new String(buffer.array(), 0, buffer.position() - 1, StandardCharsets.UTF_8);
                    buffer.clear();
                    caller.write(ByteBuffer.wrap(Web.text(db.ask(article))));
                }
            }
        } catch (IOException | InterruptedException e) {
            System.err.println("orders: a caller was lost: " + e.getMessage());
        }
    }

    private static void report(InetSocketAddress metrics) {
        byte[] figures = new byte[REPORT_BYTES];
        try (DatagramSocket socket = new DatagramSocket()) {
            for (long number = 0; ; number++) {
                // the number and the time of sending, for whoever wants to know what arrives, and how old
                byte[] head = ("orders:" + number + "|c|@" + System.currentTimeMillis() + "\n")
                        .getBytes(StandardCharsets.UTF_8);
                System.arraycopy(head, 0, figures, 0, head.length);
                socket.send(new DatagramPacket(figures, figures.length, metrics));
                if (number % REPORT_DATAGRAMS == 0) {
                    Thread.sleep(REPORT_MILLIS);
                }
            }
        } catch (IOException | InterruptedException e) {
            System.err.println("orders: no more figures: " + e.getMessage());
        }
    }
}
