// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Receives figures over UDP. As long as the file {@code SMALL-FILE} exists, with the least buffer that a socket can have. */
final class Metrics {
    /** Linux makes the least it allows of it: room for two or three datagrams. */
    private static final int SMALL_BYTES = 1;

    private static final int LOOK_MILLIS = 200;

    private Metrics() {}

    static void collect(String[] args) throws IOException {
        Path small = Path.of(args[1]);
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(args[0], Shop.METRICS_PORT))) {
            int usualBytes = socket.getReceiveBufferSize();
            int bytes = usualBytes;
            socket.setSoTimeout(LOOK_MILLIS);
            DatagramPacket figures = new DatagramPacket(new byte[1_500], 1_500);
            while (true) {
                int wantedBytes = Files.exists(small) ? SMALL_BYTES : usualBytes;
                if (wantedBytes != bytes) {
                    bytes = wantedBytes;
                    socket.setReceiveBufferSize(bytes);
                }
                try {
                    socket.receive(figures);
                } catch (SocketTimeoutException e) {
                    continue; // time to look at the file
                }
            }
        }
    }
}
