// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.concurrent.Callable;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.PcapCompiler;
import org.jopil.bpf.XdpMode;
import org.jopil.bpf.net.Links;
import org.jopil.bpf.net.NetworkNamespace;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A filter at the real hooks of a veth pair in a namespace of its own, changed while it is attached. */
@Timeout(60)
class FilterHooksKernelTest {
    private final String name = "flt" + ProcessHandle.current().pid();
    private final NetworkNamespace namespace = NetworkNamespace.named(name);

    @BeforeEach
    void makeNamespace() throws IOException {
        KernelHalf.require();
        KernelHalf.run("ip", "netns", "add", name);
        ip("link", "add", "va", "type", "veth", "peer", "name", "vb");
        ip("addr", "add", "192.0.2.1/24", "dev", "va");
        ip("link", "set", "va", "up");
        ip("link", "set", "vb", "up");
        ip("neigh", "replace", "192.0.2.9", "lladdr", "02:00:00:00:00:09", "dev", "va");
    }

    @AfterEach
    void deleteNamespace() throws IOException {
        KernelHalf.run("ip", "netns", "del", name);
    }

    private void ip(String... command) throws IOException {
        String[] all = new String[command.length + 3];
        all[0] = "ip";
        all[1] = "-n";
        all[2] = name;
        System.arraycopy(command, 0, all, 3, command.length);
        KernelHalf.run(all);
    }

    private <T> T inside(Callable<T> work) {
        return namespace.call(work);
    }

    private int index(String device) {
        return Links.find(namespace, device).orElseThrow().index();
    }

    private void send(int datagrams, int port) {
        inside(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                InetAddress to = InetAddress.getByName("192.0.2.9");
                for (int i = 0; i < datagrams; i++) {
                    socket.send(new DatagramPacket(new byte[700], 700, to, port));
                }
            }
            return null;
        });
    }

    private static ClassicProgram program(String filter) throws Exception {
        return ClassicProgram.of(new PcapFilters(new PcapCompiler())
                .compile(filter, LinkType.ETHERNET)
                .instructions());
    }

    @Test
    void shouldLetOnWhatMatchesAtEveryHook() throws Exception {
        try (KernelHalf kernel = KernelHalf.live();
                BpfLink out = inside(() -> kernel.root(false).attachTcx(index("va"), Direction.EGRESS));
                BpfLink in = inside(() -> kernel.root(false).attachTcx(index("vb"), Direction.INGRESS));
                BpfLink xdp = inside(() -> kernel.root(true).attachXdp(index("vb"), XdpMode.NATIVE))) {
            kernel.filter(program("udp dst port 7"));
            send(10, 7);
            send(20, 9);
            assertEquals(20, kernel.accepted(false), "out and in at tc");
            assertEquals(10, kernel.accepted(true), "in at XDP");
            // a byte behind the copy: all datagrams to that port go on, for user space to decide
            kernel.filter(program("udp dst port 9 and ether[600] = 1"));
            send(10, 7);
            send(20, 9);
            assertEquals(20 + 40, kernel.accepted(false), "out and in at tc");
            assertEquals(10 + 20, kernel.accepted(true), "in at XDP");
            assertEquals(0, kernel.tc.missed());
            assertEquals("tcx tcx xdp-native", out.kind() + " " + in.kind() + " " + xdp.kind());
        }
    }
}
