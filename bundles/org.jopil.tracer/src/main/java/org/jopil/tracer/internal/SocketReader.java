// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.jopil.bpf.Layout.*;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jopil.api.event.Protocols;
import org.jopil.api.source.Owners.Owner;
import org.jopil.api.source.Privacy;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.net.IpAddress;
import org.jopil.tracer.internal.SocketTable.Socket;

/** Lists the sockets that have an owner, and those that were closed in the last seconds. One thread at a time. */
final class SocketReader {
    static final String LIST = "jopil_owner_list";
    static final String RECENT = "jopil_owner_recent";

    private static final long GONE_KEPT_NS = TimeUnit.SECONDS.toNanos(10);
    private static final int GONE_KEPT = 8192;
    private static final int TCP_LISTEN = 10;
    private static final int TCP_CLOSE = 7;

    private final LocalAddresses addresses;
    private final Privacy privacy;

    /** By cookie, the oldest first: what was learned in the last seconds, whether it still lives or not. */
    private final Map<Long, Learned> learned = new LinkedHashMap<>();

    /** Under which addresses those are. */
    private Privacy.Level learnedLevel = Privacy.Level.FULL;

    private Map<Process, Optional<Owner>> owners = Map.of();

    private record Learned(long readNs, Socket socket) {}

    /** An owner as the kernel tells it. */
    private record Process(int tgid, long startNs, long command, long commandEnd, int uid, long cgroup) {}

    SocketReader(LocalAddresses addresses, Privacy privacy) {
        this.addresses = addresses;
        this.privacy = privacy;
    }

    SocketTable read(BpfObject object) {
        if (learnedLevel != privacy.level()) {
            learnedLevel = privacy.level();
            learned.clear(); // nobody asks by those addresses any more
        }
        Map<Process, Optional<Owner>> known = owners;
        Map<Process, Optional<Owner>> used = new HashMap<>();
        long nowNs = System.nanoTime();
        object.program(RECENT)
                .iterate(object.map("owners"), SOCKET_OWNER_SIZE, record -> learn(record, known, used, nowNs));
        forget(nowNs);
        Map<Long, Learned> gone = new HashMap<>(learned);
        SocketTable table = new SocketTable(addresses::has);
        object.program(LIST).iterate(object.map("owner_sockets"), OWNED_SOCKET_SIZE, record -> {
            gone.remove(record.getLong(SOCKET_OWNER_COOKIE_OFFSET));
            if (localPort(record) != 0) {
                table.add(living(record, owner(record, known, used)));
            }
        });
        gone.values().forEach(closed -> table.add(closed.socket));
        owners = used;
        return table;
    }

    /** An entry that the kernel is giving to another socket has one cookie or the other at its ends. */
    private void learn(
            ByteBuffer r, Map<Process, Optional<Owner>> known, Map<Process, Optional<Owner>> used, long nowNs) {
        long cookie = r.getLong(SOCKET_OWNER_COOKIE_OFFSET);
        learned.remove(cookie);
        if (localPort(r) != 0 && r.getLong(SOCKET_OWNER_CHECK_OFFSET) == cookie) {
            boolean waits = remotePort(r) == 0 && protocol(r) != Protocols.TCP;
            Socket socket = socket(r, false, waits, false, true, owner(r, known, used));
            learned.put(cookie, new Learned(nowNs, socket));
        }
    }

    private void forget(long nowNs) {
        Iterator<Learned> oldest = learned.values().iterator();
        while (oldest.hasNext()) {
            if (nowNs - oldest.next().readNs < GONE_KEPT_NS && learned.size() <= GONE_KEPT) {
                return;
            }
            oldest.remove();
        }
    }

    private Socket living(ByteBuffer r, Optional<Owner> owner) {
        int state = r.get(OWNED_SOCKET_STATE_OFFSET);
        boolean waits = state == (protocol(r) == Protocols.TCP ? TCP_LISTEN : TCP_CLOSE);
        boolean ipv6Only = r.get(OWNED_SOCKET_IPV6_ONLY_OFFSET) != 0;
        boolean bound = r.getInt(OWNED_SOCKET_BOUND_IFINDEX_OFFSET) != 0;
        return socket(r, ipv6Only, waits, bound, false, owner);
    }

    private Socket socket(
            ByteBuffer r, boolean ipv6Only, boolean waits, boolean bound, boolean gone, Optional<Owner> owner) {
        int remotePort = remotePort(r);
        return new Socket(
                r.getInt(SOCKET_OWNER_NETNS_OFFSET),
                protocol(r),
                address(r, SOCKET_OWNER_LOCAL_OFFSET),
                localPort(r),
                remotePort == 0 ? SocketTable.ANY : address(r, SOCKET_OWNER_REMOTE_OFFSET),
                remotePort,
                ipv6Only,
                waits,
                bound,
                gone,
                owner);
    }

    private static int protocol(ByteBuffer r) {
        return r.getShort(SOCKET_OWNER_PROTOCOL_OFFSET) & 0xffff;
    }

    private static int localPort(ByteBuffer r) {
        return r.getShort(SOCKET_OWNER_LOCAL_PORT_OFFSET) & 0xffff;
    }

    private static int remotePort(ByteBuffer r) {
        return r.getShort(SOCKET_OWNER_REMOTE_PORT_OFFSET) & 0xffff;
    }

    /** As packets have it that were hidden. */
    private IpAddress address(ByteBuffer r, int at) {
        ByteBuffer bytes = r.duplicate().order(ByteOrder.BIG_ENDIAN);
        return hidden(new IpAddress(bytes.getLong(at), bytes.getLong(at + Long.BYTES)), privacy);
    }

    static IpAddress hidden(IpAddress address, Privacy privacy) {
        long[] hi = {address.hi()};
        long[] lo = {address.lo()};
        privacy.hide(hi, lo, 0);
        return new IpAddress(hi[0], lo[0]);
    }

    /** The same object for the same process, as long as it has a socket. */
    private static Optional<Owner> owner(
            ByteBuffer r, Map<Process, Optional<Owner>> known, Map<Process, Optional<Owner>> used) {
        Process process = new Process(
                r.getInt(SOCKET_OWNER_TGID_OFFSET),
                r.getLong(SOCKET_OWNER_START_BOOT_NS_OFFSET),
                r.getLong(SOCKET_OWNER_COMM_OFFSET),
                r.getLong(SOCKET_OWNER_COMM_OFFSET + Long.BYTES),
                r.getInt(SOCKET_OWNER_UID_OFFSET),
                r.getLong(SOCKET_OWNER_CGROUP_OFFSET));
        return used.computeIfAbsent(
                process, p -> known.getOrDefault(p, Optional.empty()).or(() -> Optional.of(decode(r))));
    }

    /** From a {@code struct socket_owner}. */
    static Owner decode(ByteBuffer r) {
        byte[] command = new byte[SOCKET_OWNER_COMM_LENGTH];
        r.get(SOCKET_OWNER_COMM_OFFSET, command);
        int end = 0;
        while (end < command.length && command[end] != 0) {
            end++;
        }
        return new Owner(
                r.getInt(SOCKET_OWNER_TGID_OFFSET),
                new String(command, 0, end, StandardCharsets.UTF_8),
                r.getInt(SOCKET_OWNER_UID_OFFSET),
                r.getLong(SOCKET_OWNER_CGROUP_OFFSET));
    }
}
