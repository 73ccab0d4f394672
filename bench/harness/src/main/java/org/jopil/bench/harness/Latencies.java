// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * From a packet to a live client, ms: of the packet itself, and of the first count that has it. Packets come one at a time,
 * so that the kernel's time stamp of the n-th is that of the n-th counted one. Any thread.
 */
final class Latencies {
    private final String spec;
    private final List<Long> stampsNs = Collections.synchronizedList(new ArrayList<>());
    private final List<Double> packetMs = Collections.synchronizedList(new ArrayList<>());
    private final List<long[]> counts = Collections.synchronizedList(new ArrayList<>());

    /** Of packets on this interface. */
    Latencies(String spec) {
        this.spec = spec;
    }

    void accept(LiveClient.Message message) {
        if (message.type().equals("new_packet")) {
            for (JsonNode packet : message.data().path("packets")) {
                if (packet.path("interface").asText().equals(spec)) {
                    long stampNs = packet.path("timestamp_ns").asLong();
                    stampsNs.add(stampNs);
                    packetMs.add((message.receivedNs() - stampNs) / 1e6);
                }
            }
        } else if (message.type().equals("stats_update")) {
            long packets = message.data()
                    .path("interfaces")
                    .path(spec)
                    .path("ingress")
                    .path("packets")
                    .asLong();
            counts.add(new long[] {packets, message.receivedNs()});
        }
    }

    /** Packets that came as such. */
    int packets() {
        return packetMs.size();
    }

    /** Packets that a count has shown. */
    long counted() {
        synchronized (counts) {
            return counts.isEmpty() ? 0 : counts.get(counts.size() - 1)[0];
        }
    }

    double[] packetMs() {
        synchronized (packetMs) {
            return packetMs.stream().mapToDouble(Double::doubleValue).toArray();
        }
    }

    /** Of each packet: from its time stamp to the first count that has it. */
    double[] countMs() {
        List<Long> stamps;
        synchronized (stampsNs) {
            stamps = stampsNs.stream().sorted().toList();
        }
        List<Double> ages = new ArrayList<>();
        long known = 0;
        synchronized (counts) {
            for (long[] count : counts) {
                for (; known < count[0] && known < stamps.size(); known++) {
                    ages.add((count[1] - stamps.get((int) known)) / 1e6);
                }
            }
        }
        return ages.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
