// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jopil.bpf.net.NetworkNamespace;
import org.junit.jupiter.api.Assumptions;

/** Two network namespaces, joined by the veth pair va - vb, with IPv4 only, static neighbours and nobody talking. */
final class Machine implements AutoCloseable {
    static final String ADDRESS_A = "192.0.2.1";
    static final String ADDRESS_B = "192.0.2.2";
    private static final String MAC_A = "02:00:00:00:00:0a";
    private static final String MAC_B = "02:00:00:00:00:0b";

    final String a;
    final String b;

    Machine() {
        String tag = "jse" + ProcessHandle.current().pid();
        a = tag + "a";
        b = tag + "b";
        close();
        addNamespace(a);
        addNamespace(b);
        addVeth("va");
    }

    static void require() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    static void addNamespace(String name) {
        run("ip", "netns", "add", name);
        inNamespace(name, "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
        inNamespace(name, "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        run("ip", "-n", name, "link", "set", "lo", "up");
    }

    /** The pair, {@code device} in a. */
    void addVeth(String device) {
        run(
                "ip", "-n", a, "link", "add", device, "address", MAC_A, "type", "veth", "peer", "name", "vb", "address",
                MAC_B, "netns", b);
        configure(a, device, ADDRESS_A, ADDRESS_B, MAC_B);
        configure(b, "vb", ADDRESS_B, ADDRESS_A, MAC_A);
    }

    private static void configure(String namespace, String device, String own, String other, String otherMac) {
        run("ip", "-n", namespace, "addr", "add", own + "/24", "dev", device);
        run("ip", "-n", namespace, "link", "set", device, "up");
        run("ip", "-n", namespace, "neigh", "replace", other, "lladdr", otherMac, "dev", device, "nud", "permanent");
    }

    /** UDP datagrams of {@code payload} bytes; {@code flows} source ports from 20000 on, in turn. */
    static void send(String from, String to, int datagrams, int flows, int payload) {
        NetworkNamespace.named(from).call(() -> {
            DatagramSocket[] sockets = new DatagramSocket[flows];
            for (int i = 0; i < flows; i++) {
                sockets[i] = new DatagramSocket(new InetSocketAddress("0.0.0.0", 20_000 + i));
            }
            InetAddress address = InetAddress.getByName(to);
            for (int i = 0; i < datagrams; i++) {
                sockets[i % flows].send(new DatagramPacket(new byte[payload], payload, address, 9));
                if (i % 200 == 199) {
                    // the peer's receive queue holds 256 by default, and this is about counting, not about losing
                    TimeUnit.MILLISECONDS.sleep(1);
                }
            }
            for (DatagramSocket socket : sockets) {
                socket.close();
            }
            return null;
        });
    }

    /** As fast as it goes: what is not received is still counted. */
    static void flood(String from, String to, int datagrams, int flows) {
        NetworkNamespace.named(from).call(() -> {
            InetAddress address = InetAddress.getByName(to);
            for (int flow = 0; flow < flows; flow++) {
                try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress("0.0.0.0", 20_000 + flow))) {
                    int share = datagrams / flows + (flow < datagrams % flows ? 1 : 0);
                    for (int i = 0; i < share; i++) {
                        socket.send(new DatagramPacket(new byte[18], 18, address, 9));
                    }
                }
            }
            return null;
        });
    }

    static String inNamespace(String name, String shell) {
        return run("ip", "netns", "exec", name, "sh", "-c", shell);
    }

    static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IllegalStateException(List.of(command) + ": " + output);
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    static void await(String what, int seconds, BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + seconds + " s: " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(10);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        }
    }

    /** Descriptors of this process on BPF objects, by kind. */
    static List<String> bpfDescriptors() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.map(Machine::target)
                    .filter(target -> target.contains("bpf"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path file) {
        try {
            return Files.readSymbolicLink(file).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    static boolean hasNamespace(String name) {
        return Files.exists(Path.of("/run/netns", name));
    }

    @Override
    public void close() {
        for (String name : List.of(a, b)) {
            if (hasNamespace(name)) {
                run("ip", "netns", "del", name);
            }
        }
    }
}
