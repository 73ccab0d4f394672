// SPDX-License-Identifier: Apache-2.0
package org.jopil.examples.shop;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/** Answers every question for an A record with its own address (RFC 1035). */
final class Dns {
    private static final byte[] RECORD = {(byte) 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4};

    private Dns() {}

    static void answer(String[] args) throws IOException {
        InetAddress address = InetAddress.getByName(args[0]);
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(address, Shop.DNS_PORT))) {
            byte[] buffer = new byte[512];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.receive(packet);
                int at = packet.getLength();
                byte[] answer = Arrays.copyOf(buffer, at + RECORD.length + 4);
                answer[2] |= (byte) 0x80;
                answer[7] = 1;
                System.arraycopy(RECORD, 0, answer, at, RECORD.length);
                System.arraycopy(address.getAddress(), 0, answer, at + RECORD.length, 4);
                socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
            }
        }
    }
}
