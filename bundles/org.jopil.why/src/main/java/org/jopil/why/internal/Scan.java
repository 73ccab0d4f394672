// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jopil.why.internal.Rows.Row;

/**
 * Counters at one time; two of them make rates.
 *
 * @param segments of every TCP connection: sent, and sent again
 * @param listeners rows of report tcp
 * @param talkers bytes by the address that opened the flows, of the largest
 * @param talkersAtNs when these were counted
 */
record Scan(
        long atNs, Map<List<String>, long[]> segments, Rows listeners, Map<String, Long> talkers, long talkersAtNs) {
    private static final List<String> LISTENER = List.of("namespace", "local_ip", "local_port");
    private static final List<String> CONNECTION =
            List.of("namespace", "local_ip", "local_port", "remote_ip", "remote_port");

    static Scan of(long atNs, Rows tcp, Rows talkers, long talkersAtNs) {
        Map<List<String>, long[]> segments = new HashMap<>();
        tcp.stream()
                .filter(row -> row.number("segments_out") > 0)
                .forEach(row -> segments.put(
                        key(row, CONNECTION), new long[] {row.number("segments_out"), row.number("retransmits")}));
        Map<String, Long> bytes = new HashMap<>();
        talkers.stream().forEach(row -> bytes.put(row.text("key"), row.number("bytes")));
        return new Scan(atNs, segments, tcp.where(row -> row.text("state").equals("listen")), bytes, talkersAtNs);
    }

    /** The other end of a connection, as a question: {@code 10.0.0.9:80}, {@code [fd00::9]:80}. */
    static String peer(List<String> connection) {
        String ip = connection.get(3);
        return (ip.contains(":") ? "[" + ip + "]" : ip) + ":" + connection.get(4);
    }

    static List<String> listener(Row row) {
        return key(row, LISTENER);
    }

    static List<String> key(Row row, List<String> columns) {
        return columns.stream().map(row::text).toList();
    }

    double secondsSince(Scan before) {
        return (atNs - before.atNs) / 1e9;
    }
}
