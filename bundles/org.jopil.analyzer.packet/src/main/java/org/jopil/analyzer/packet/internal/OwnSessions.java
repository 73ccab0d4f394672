// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import java.util.Optional;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Privacy;

/**
 * Knows the traffic that watching itself makes: TCP to this instance's own HTTP and ssh ports, and the ssh session that
 * the instance was started from. Such packets are only marked; nothing is left out of any count.
 */
final class OwnSessions {
    private final int httpPort;
    private final int sshPort;
    /** Address that both are bound to; null if that is every address. */
    private final long[] bound;
    /** The ssh session around us, or null. */
    private final Connection session;

    private record Connection(long[] client, int clientPort, long[] server, int serverPort) {
        boolean is(long aHi, long aLo, int aPort, long bHi, long bLo, int bPort) {
            return aPort == clientPort
                    && bPort == serverPort
                    && aHi == client[0]
                    && aLo == client[1]
                    && bHi == server[0]
                    && bLo == server[1];
        }
    }

    /**
     * @param httpPort of this instance, 0 if there is none
     * @param sshPort as above
     * @param host address they listen on, empty for the loopback
     * @param sshConnection the environment's SSH_CONNECTION: client, port, server, port; empty if there is none
     * @param privacy hides addresses as packets have them
     */
    OwnSessions(int httpPort, int sshPort, String host, String sshConnection, Privacy privacy) {
        this.httpPort = httpPort;
        this.sshPort = sshPort;
        long[] address = Addresses.parse(host).orElse(new long[] {0, Addresses.mapped(0x7F00_0001)});
        boolean any = address[0] == 0 && (address[1] == 0 || address[1] == Addresses.mapped(0));
        this.bound = any ? null : hidden(address, privacy);
        this.session = connection(sshConnection, privacy);
    }

    private static long[] hidden(long[] address, Privacy privacy) {
        long[] hi = {address[0]};
        long[] lo = {address[1]};
        privacy.hide(hi, lo, 0);
        return new long[] {hi[0], lo[0]};
    }

    static OwnSessions ofThisInstance(Privacy privacy) {
        return new OwnSessions(
                Integer.getInteger("jopil.http.port", 0),
                Integer.getInteger("jopil.ssh.port", 0),
                System.getProperty("jopil.http.host", ""),
                Optional.ofNullable(System.getenv("SSH_CONNECTION")).orElse(""),
                privacy);
    }

    private static Connection connection(String text, Privacy privacy) {
        String[] parts = text.split(" ", -1);
        if (parts.length != 4) {
            return null;
        }
        Optional<long[]> client = Addresses.parse(parts[0]);
        Optional<long[]> server = Addresses.parse(parts[2]);
        if (client.isEmpty() || server.isEmpty()) {
            return null;
        }
        return new Connection(
                hidden(client.get(), privacy),
                Integer.parseInt(parts[1]),
                hidden(server.get(), privacy),
                Integer.parseInt(parts[3]));
    }

    /** Whether TCP between these two is ours. */
    boolean isOwn(long srcHi, long srcLo, int srcPort, long dstHi, long dstLo, int dstPort) {
        return isOwnEnd(srcHi, srcLo, srcPort)
                || isOwnEnd(dstHi, dstLo, dstPort)
                || session != null
                        && (session.is(srcHi, srcLo, srcPort, dstHi, dstLo, dstPort)
                                || session.is(dstHi, dstLo, dstPort, srcHi, srcLo, srcPort));
    }

    private boolean isOwnEnd(long hi, long lo, int port) {
        boolean ownPort = port != 0 && (port == httpPort || port == sshPort);
        return ownPort && (bound == null || isLoopback(hi, lo) || hi == bound[0] && lo == bound[1]);
    }

    private static boolean isLoopback(long hi, long lo) {
        return hi == 0 && (lo == 1 || Addresses.isIpv4(hi, lo) && (lo >>> 24 & 0xFF) == 127);
    }
}
