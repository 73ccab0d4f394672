// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Knows how many there are: one line with an article in, one line with a number out, over TCP. */
final class Stock {
    private Stock() {}

    static void serve(String address) throws IOException {
        ExecutorService clerks = Executors.newCachedThreadPool();
        try (ServerSocket door = new ServerSocket(Shop.STOCK_PORT, 64, InetAddress.getByName(address))) {
            while (true) {
                Socket caller = door.accept();
                clerks.execute(() -> answer(caller));
            }
        }
    }

    private static void answer(Socket caller) {
        try (caller;
                BufferedReader in =
                        new BufferedReader(new InputStreamReader(caller.getInputStream(), StandardCharsets.UTF_8))) {
            OutputStream out = caller.getOutputStream();
            for (String article = in.readLine(); article != null; article = in.readLine()) {
                out.write((article.length() * 7 % 100 + "\n").getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            System.err.println("stock: a caller hung up: " + e.getMessage());
        }
    }
}
