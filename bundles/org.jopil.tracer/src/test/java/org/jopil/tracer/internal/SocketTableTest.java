// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Owners.Listener;
import org.jopil.api.source.Owners.Owner;
import org.jopil.bpf.net.IpAddress;
import org.jopil.tracer.internal.SocketTable.Socket;
import org.junit.jupiter.api.Test;

class SocketTableTest {
    private static final int HERE = 1;
    private static final int ELSEWHERE = 2;
    private static final Owner NGINX = new Owner(812, "nginx", 33, 1);
    private static final Owner CURL = new Owner(900, "curl", 1000, 1);
    private static final IpAddress OURS = ip("10.0.0.1");
    private static final IpAddress THEIRS = ip("192.0.2.7");

    private final SocketTable table = new SocketTable((netns, address) -> address.equals(OURS));

    private static IpAddress ip(String text) {
        long[] halves = Addresses.parse(text).orElseThrow();
        return new IpAddress(halves[0], halves[1]);
    }

    private void connected(String local, int localPort, String remote, int remotePort, boolean gone, Owner owner) {
        table.add(new Socket(
                HERE,
                Protocols.TCP,
                ip(local),
                localPort,
                ip(remote),
                remotePort,
                false,
                false,
                false,
                gone,
                Optional.of(owner)));
    }

    private void waits(int protocol, String local, int port, Owner owner) {
        waits(protocol, local, port, false, false, owner);
    }

    private void waits(int protocol, String local, int port, boolean ipv6Only, boolean bound, Owner owner) {
        table.add(new Socket(
                HERE, protocol, ip(local), port, SocketTable.ANY, 0, ipv6Only, true, bound, false, Optional.of(owner)));
    }

    private String owner(int netns, int protocol, IpAddress src, int srcPort, IpAddress dst, int dstPort) {
        return table.receiver(netns, protocol, src.hi(), src.lo(), srcPort, dst.hi(), dst.lo(), dstPort)
                .or(() -> table.receiver(netns, protocol, dst.hi(), dst.lo(), dstPort, src.hi(), src.lo(), srcPort))
                .map(Owner::text)
                .orElse(null);
    }

    @Test
    void shouldKnowAConnectionFromEitherEnd() {
        connected("10.0.0.1", 40000, "192.0.2.7", 443, false, CURL);
        assertEquals("curl[900]", owner(HERE, Protocols.TCP, OURS, 40000, THEIRS, 443));
        assertEquals("curl[900]", owner(HERE, Protocols.TCP, THEIRS, 443, OURS, 40000));
        assertEquals(null, owner(ELSEWHERE, Protocols.TCP, OURS, 40000, THEIRS, 443));
        assertEquals(null, owner(HERE, Protocols.UDP, OURS, 40000, THEIRS, 443));
        assertEquals(null, owner(HERE, Protocols.TCP, OURS, 40001, THEIRS, 443));
    }

    @Test
    void shouldNotTakeAnotherMachinesPortForOurListener() {
        waits(Protocols.TCP, "::", 443, NGINX);
        connected("10.0.0.1", 40000, "192.0.2.7", 443, false, CURL);
        assertEquals("curl[900]", owner(HERE, Protocols.TCP, OURS, 40000, THEIRS, 443));
        assertEquals("nginx[812]", owner(HERE, Protocols.TCP, THEIRS, 50000, OURS, 443), "a SYN");
        assertEquals(null, owner(HERE, Protocols.TCP, THEIRS, 50000, ip("192.0.2.8"), 443), "forwarded");
    }

    @Test
    void shouldNameTheServerWhereBothEndsAreHere() {
        connected("10.0.0.1", 40000, "10.0.0.1", 443, false, CURL);
        connected("10.0.0.1", 443, "10.0.0.1", 40000, false, NGINX);
        assertEquals("nginx[812]", owner(HERE, Protocols.TCP, OURS, 40000, OURS, 443));
    }

    @Test
    void shouldNotGuessBetweenTwoProcesses() {
        waits(Protocols.UDP, "0.0.0.0", 53, NGINX);
        waits(Protocols.UDP, "0.0.0.0", 53, NGINX);
        assertEquals("nginx[812]", owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 53), "one process");
        waits(Protocols.UDP, "0.0.0.0", 53, CURL);
        assertEquals(null, owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 53), "two");
        waits(Protocols.UDP, "10.0.0.1", 53, CURL);
        assertEquals("curl[900]", owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 53), "that very address");
        waits(Protocols.UDP, "10.0.0.1", 53, false, true, NGINX);
        assertEquals(null, owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 53), "one is bound to a device");
    }

    @Test
    void shouldKnowWhatAnIpv6WildcardTakes() {
        waits(Protocols.UDP, "::", 53, true, false, NGINX);
        assertEquals(null, owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 53));
        waits(Protocols.UDP, "::", 54, false, false, NGINX);
        assertEquals("nginx[812]", owner(HERE, Protocols.UDP, THEIRS, 5000, OURS, 54));
    }

    @Test
    void shouldPreferTheLivingToTheClosed() {
        connected("10.0.0.1", 40000, "192.0.2.7", 443, true, NGINX);
        assertEquals("nginx[812]", owner(HERE, Protocols.TCP, OURS, 40000, THEIRS, 443));
        connected("10.0.0.1", 40000, "192.0.2.7", 443, false, CURL);
        assertEquals("curl[900]", owner(HERE, Protocols.TCP, OURS, 40000, THEIRS, 443));
    }

    @Test
    void shouldListWhoWaits() {
        for (int port = 1; port <= 1000; port++) {
            waits(Protocols.TCP, "0.0.0.0", port, NGINX);
        }
        connected("10.0.0.1", 80, "192.0.2.7", 5000, false, CURL);
        assertEquals(List.of(new Listener("0.0.0.0", 80, NGINX)), table.listeners(HERE, Protocols.TCP, 80));
        assertEquals(List.of(), table.listeners(HERE, Protocols.UDP, 80));
        assertEquals(List.of(), table.listeners(ELSEWHERE, Protocols.TCP, 80));
        assertEquals("nginx[812]", owner(HERE, Protocols.TCP, THEIRS, 1, OURS, 1000), "grown meanwhile");
    }
}
