// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A TCP connection that is kept: one line out, one line in. For one thread. */
final class Line implements AutoCloseable {
    private static final int LIMIT_MILLIS = 2_000;

    private final InetSocketAddress peer;
    private Socket socket;
    private BufferedReader in;

    Line(String host, int port) {
        peer = new InetSocketAddress(host, port);
    }

    String ask(String question) throws IOException {
        try {
            if (socket == null) {
                connect();
            }
            socket.getOutputStream().write((question + "\n").getBytes(StandardCharsets.UTF_8));
            String answer = in.readLine();
            if (answer == null) {
                throw new IOException(peer + " hung up");
            }
            return answer;
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void connect() throws IOException {
        socket = new Socket();
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(LIMIT_MILLIS);
        socket.connect(peer, LIMIT_MILLIS);
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Override
    public void close() throws IOException {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
