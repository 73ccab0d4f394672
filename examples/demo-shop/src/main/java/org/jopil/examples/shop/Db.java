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
final class Db {
    private Db() {}

    static void serve(String[] args) throws IOException {
        ExecutorService clerks = Executors.newCachedThreadPool(Shop.threads("db"));
        try (ServerSocket door = new ServerSocket(Shop.DB_PORT, 64, InetAddress.getByName(args[0]))) {
            while (true) {
                Socket caller = door.accept();
                caller.setTcpNoDelay(true);
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
            System.err.println("db: a caller hung up: " + e.getMessage());
        }
    }
}
