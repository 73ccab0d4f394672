// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.drop.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.DropBatch;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.jopil.api.source.DropSource.Place;
import org.jopil.api.source.Owners;
import org.junit.jupiter.api.Test;

class RecentDropsTest {
    private static final Place PLACE = new Place("SOCKET_RCVBUFF", "__udp_enqueue_schedule_skb", 1, "", "eth0", "web");
    private static final Owners OWNERS = new Owners() {
        @Override
        public Optional<Owner> of(long socketCookie) {
            return socketCookie == 7 ? Optional.of(new Owner(812, "nginx", 33, 1)) : Optional.empty();
        }

        @Override
        public Optional<Owner> receiver(
                String namespace, int protocol, long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dst) {
            assertEquals("web", namespace);
            return dst == 53 ? Optional.of(new Owner(900, "dnsmasq", 0, 1)) : Optional.empty();
        }
    };

    private final RecentDrops drops = new RecentDrops(Path.of("/nowhere"));

    private static DropBatch drop(int port, long cookie, boolean received) {
        long[] address = Addresses.parse("10.0.0.1").orElseThrow();
        Map<String, Object> values = Map.ofEntries(
                Map.entry("size", 1),
                Map.entry("timestampNs", 1L),
                Map.entry("place", PLACE),
                Map.entry("ipProtocol", 17),
                Map.entry("srcLo", address[1]),
                Map.entry("dstLo", address[1]),
                Map.entry("srcPort", 5000),
                Map.entry("dstPort", port),
                Map.entry("socketCookie", cookie),
                Map.entry("isReceived", received),
                Map.entry("weight", 1));
        return (DropBatch) Proxy.newProxyInstance(
                DropBatch.class.getClassLoader(),
                new Class<?>[] {DropBatch.class},
                (proxy, method, arguments) -> values.getOrDefault(
                        method.getName(), method.getReturnType() == long.class ? (Object) 0L : (Object) 0));
    }

    private Object[] column(String name) throws Exception {
        Report report = drops.report(Query.first(10));
        int column = report.indexOf(name);
        return report.rows().stream().map(row -> row[column]).toArray();
    }

    @Test
    void shouldNameWhoseSocketItWasAndWhetherItSentOrWasToGetIt() throws Exception {
        drops.owners = OWNERS;
        drops.onDrops(drop(9, 7, false));
        drops.onDrops(drop(53, 0, true));
        drops.onDrops(drop(9, 0, true));
        drops.onDrops(drop(53, 0, false));
        drops.onDrops(drop(9, 7, true));
        assertArrayEquals(
                new Object[] {"nginx[812]", "dnsmasq[900]", null, "dnsmasq[900]", "nginx[812]"}, column("process"));
        assertArrayEquals(new Object[] {"receiver", "receiver", null, "receiver", "sender"}, column("process_is"));
        drops.owners = null;
        assertEquals("nginx[812]", column("process")[4], "what was known stays");
    }

    /** Who asks for a time and gets the newest of it alone must know. */
    @Test
    void shouldSayWhenOlderOnesOfTheTimeAreForgotten() throws Exception {
        Query time = Query.first(1).withWindow(1, Long.MAX_VALUE);
        for (int i = 0; i < RecentDrops.KEPT; i++) {
            drops.onDrops(drop(9, 0, true));
        }
        assertFalse(drops.report(time).isSampled(), "all are there");
        drops.onDrops(drop(9, 0, true));
        assertTrue(drops.report(time).isSampled());
        assertFalse(drops.report(time.withWindow(2, Long.MAX_VALUE)).isSampled(), "nothing of that time is forgotten");
        assertFalse(drops.report(Query.first(1)).isSampled(), "the newest, whenever they were");
    }

    @Test
    void shouldTellDropsWithoutATracer() throws Exception {
        drops.onDrops(drop(9, 7, true));
        assertArrayEquals(new Object[] {null}, column("process"));
        assertArrayEquals(new Object[] {null}, column("process_is"));
    }
}
