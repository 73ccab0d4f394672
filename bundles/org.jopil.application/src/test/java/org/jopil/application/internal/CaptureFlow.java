// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One flow of a capture: its packets, those without payload included. */
final class CaptureFlow {
    static final int CAPTURED_BYTES = 1536;
    private static final int SYN = 0x02;
    private static final int ACK = 0x10;

    final List<Tshark.Packet> packets = new ArrayList<>();

    static List<CaptureFlow> of(Path capture, List<String> fields) throws Exception {
        Map<String, CaptureFlow> flows = new LinkedHashMap<>();
        for (Tshark.Packet packet : Tshark.packets(capture, fields)) {
            flows.computeIfAbsent(packet.stream(), stream -> new CaptureFlow())
                    .packets
                    .add(packet);
        }
        return List.copyOf(flows.values());
    }

    boolean tcp() {
        return first().tcp();
    }

    Tshark.Packet first() {
        return packets.get(0);
    }

    /** As a flow table would have it: who sent the first SYN, else who spoke first, and of TCP seen late the higher port. */
    private boolean firstIsFromClient() {
        if (!tcp() || (first().flags() & (SYN | ACK)) == SYN) {
            return true;
        }
        return (first().flags() & SYN) == 0 && first().sourcePort() >= first().destinationPort();
    }

    boolean fromClient(Tshark.Packet packet) {
        boolean asFirst = packet.source().equals(first().source()) && packet.sourcePort() == first().sourcePort();
        return asFirst == firstIsFromClient();
    }

    int serverPort() {
        return firstIsFromClient() ? first().destinationPort() : first().sourcePort();
    }

    int clientPort() {
        return firstIsFromClient() ? first().sourcePort() : first().destinationPort();
    }

    /** {@code tcp 10.0.0.1:4711 10.0.0.2:80}, the client first. */
    String name() {
        String source = first().source() + ":" + first().sourcePort();
        String destination = first().destination() + ":" + first().destinationPort();
        boolean asIs = firstIsFromClient();
        return (tcp() ? "tcp " : "udp ") + (asIs ? source : destination) + " " + (asIs ? destination : source);
    }
}
