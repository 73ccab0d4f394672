// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jopil.bpf.Privileged;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Namespaces and rtnetlink, on a namespace of its own. */
@Timeout(30)
class LinksTest {
    private final String name = "jbn" + ProcessHandle.current().pid();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);

    @BeforeEach
    void addNamespace() throws IOException {
        Privileged.require();
        Privileged.run("ip", "netns", "add", name);
        Privileged.run("ip", "-n", name, "link", "add", "va", "mtu", "1400", "type", "veth", "peer", "name", "vb");
    }

    @AfterEach
    void deleteNamespace() throws IOException {
        if (Files.exists(Path.of("/run/netns", name))) {
            Privileged.run("ip", "netns", "del", name);
        }
    }

    @Test
    void shouldListWhatIsThere() throws IOException {
        List<String> names = Links.list(namespace).stream().map(Link::name).toList();
        assertEquals(List.of("lo", "vb", "va"), names);
        Link lo = Links.find(namespace, "lo").orElseThrow();
        assertTrue(lo.loopback());
        assertFalse(lo.up());
        assertFalse(lo.isLayer3());
        assertEquals("", lo.kind());
        Link va = Links.find(namespace, "va").orElseThrow();
        assertEquals("veth", va.kind());
        assertEquals("veth", va.driver());
        assertEquals(1400, va.mtu());
        assertEquals(1, va.type());
        assertFalse(va.up());
        Privileged.run("ip", "-n", name, "link", "set", "va", "up");
        assertFalse(Links.find(namespace, "va").orElseThrow().running(), "the peer is down");
        Privileged.run("ip", "-n", name, "link", "set", "vb", "up");
        // the kernel tells of a carrier a moment later, from its link watch
        long deadline = System.nanoTime() + 5_000_000_000L;
        do {
            va = Links.find(namespace, "va").orElseThrow();
        } while (!va.running() && System.nanoTime() < deadline);
        assertTrue(va.up() && va.running());
        assertEquals(0, va.xdpProgramId());
        assertEquals("", va.xdpModeText());
        assertTrue(Links.find(namespace, "vc").isEmpty());
    }

    @Test
    void shouldCountAsTheDeviceDoes() throws IOException {
        Privileged.run("ip", "-n", name, "addr", "add", "192.0.2.1/24", "dev", "va");
        Privileged.run("ip", "-n", name, "link", "set", "va", "up");
        Privileged.run("ip", "-n", name, "link", "set", "vb", "up");
        Privileged.run("ip", "-n", name, "neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "va");
        // until the kernel's link watch has seen the carrier, it drops what is sent
        long deadline = System.nanoTime() + 10_000_000_000L;
        Link before;
        do {
            before = Links.find(namespace, "va").orElseThrow();
        } while (!before.running() && System.nanoTime() < deadline);
        assertTrue(before.running());
        namespace.call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                InetAddress peer = InetAddress.getByName("192.0.2.2");
                for (int i = 0; i < 50; i++) {
                    socket.send(new DatagramPacket(new byte[10], 10, peer, 9));
                }
            }
            return null;
        });
        Link after = Links.find(namespace, "va").orElseThrow();
        assertTrue(after.txPackets() - before.txPackets() >= 50);
        assertTrue(after.txBytes() - before.txBytes() >= 50 * 52);
    }

    @Test
    void shouldFindTheDefaultRoute() throws IOException {
        assertTrue(Links.defaultRoute(namespace).isEmpty());
        for (String device : List.of("va", "vb")) {
            Privileged.run("ip", "-n", name, "link", "set", device, "up");
        }
        Privileged.run("ip", "-n", name, "-6", "route", "add", "default", "dev", "vb");
        assertEquals("vb", Links.defaultRoute(namespace).orElseThrow().name());
        Privileged.run("ip", "-n", name, "route", "add", "default", "dev", "vb", "metric", "200");
        Privileged.run("ip", "-n", name, "route", "add", "default", "dev", "va", "metric", "100");
        Privileged.run("ip", "-n", name, "route", "add", "default", "dev", "vb", "table", "77");
        assertEquals("va", Links.defaultRoute(namespace).orElseThrow().name());
    }

    @Test
    void shouldListMoreLinksThanFitOneMessage() throws IOException {
        for (int i = 0; i < 60; i++) {
            Privileged.run("ip", "-n", name, "link", "add", "w" + i, "type", "veth", "peer", "name", "x" + i);
        }
        assertEquals(123, Links.list(namespace).size());
    }

    @Test
    void shouldComeBackFromANamespace() {
        List<String> here =
                Links.list(NetworkNamespace.current()).stream().map(Link::name).toList();
        assertEquals(
                "lo vb va",
                namespace.call(() -> String.join(
                        " ",
                        Links.list(NetworkNamespace.current()).stream()
                                .map(Link::name)
                                .toList())));
        assertEquals(
                here,
                Links.list(NetworkNamespace.current()).stream().map(Link::name).toList());
        assertEquals("", NetworkNamespace.named("").name());
    }

    @Test
    void shouldHandOnWhatGoesWrong() {
        assertThrows(
                IllegalStateException.class,
                () -> namespace.call(() -> {
                    throw new IllegalStateException();
                }));
        assertThrows(
                CompletionException.class,
                () -> namespace.call(() -> {
                    throw new IOException();
                }));
        assertThrows(
                NetworkNamespace.NoSuchNamespaceException.class,
                () -> Links.list(NetworkNamespace.named("no-such-namespace")));
        assertThrows(IllegalArgumentException.class, () -> NetworkNamespace.named("../x"));
    }

    @Test
    void shouldHoldNoNamespace() throws Exception {
        Links.list(namespace);
        long open = Privileged.openFiles();
        for (int i = 0; i < 20; i++) {
            Links.list(namespace);
        }
        assertEquals(open, Privileged.openFiles());
        Privileged.run(
                "ip", "link", "add", name.substring(0, 3) + "p", "type", "veth", "peer", "name", "vc", "netns", name);
        Privileged.run("ip", "netns", "del", name);
        // the pair goes when the last user of the namespace is gone
        long end = System.nanoTime() + 5_000_000_000L;
        while (Links.find(NetworkNamespace.current(), name.substring(0, 3) + "p")
                .isPresent()) {
            assertTrue(System.nanoTime() < end, "something holds the namespace");
            Thread.onSpinWait();
        }
    }
}
