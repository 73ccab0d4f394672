// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jopil.api.JopilException;
import org.jopil.ndpi.internal.FlowEnds;
import org.jopil.ndpi.internal.Libndpi;
import org.jopil.ndpi.internal.MadePacket;

/**
 * What libndpi says of flows that others do not know: only what it read in their payloads. It is shown no address that it
 * knows (see {@link MadePacket}), and is never asked to guess.
 *
 * <p>It is C in our process, and reads what strangers sent. One detection module, used by one thread; {@link #close} may
 * come from another one. All memory behind it is outside the heap.
 */
public final class Ndpi implements AutoCloseable {
    /** The command that mends it. */
    public static final String PACKAGE = "apt install libndpi4.2";

    private static final long NS_PER_MS = 1_000_000;
    private static final int PROTOCOL = 0xFFFF;
    private static final int APPLICATION_SHIFT = 16;

    private final Libndpi library;
    private final String version;
    private final int flowBytes;
    private final int mostFlows;
    private final Pointer module;
    private final MadePacket packet = new MadePacket();
    private final Map<Integer, String> names = new HashMap<>();
    /** Those that carried something last at the end. */
    private final LinkedHashMap<NdpiFlow, Pointer> flows = new LinkedHashMap<>(64, 0.75f, true);

    private long cutShort;
    private boolean closed;

    /**
     * With the system's library.
     *
     * @param mostFlows looked into at a time; beyond them the one that carried nothing for the longest time is forgotten
     * @throws JopilException {@code JOPIL-113} where libndpi is missing, of another version, or has no memory
     */
    public Ndpi(int mostFlows) {
        this(Libndpi.NAME, mostFlows);
    }

    /** @param name of the library, or its path */
    public Ndpi(String name, int mostFlows) {
        this.mostFlows = mostFlows;
        library = load(name);
        version = library.ndpi_revision();
        if (!version.startsWith(Libndpi.REVISION)) {
            throw missing(name + " is version " + version + ", and only " + Libndpi.REVISION + "x is understood", null);
        }
        flowBytes = library.ndpi_detection_get_sizeof_ndpi_flow_struct();
        module = module();
        if (module == null) {
            throw missing(name + " found no memory", null);
        }
    }

    private static Libndpi load(String name) {
        try {
            return Native.load(name, Libndpi.class);
        } catch (UnsatisfiedLinkError e) {
            throw missing(name + " is not here", e);
        }
    }

    private static JopilException missing(String why, Throwable cause) {
        return new JopilException(
                "JOPIL-113",
                503,
                "libndpi 4.2 is not installed",
                why + "; our own detection goes on without. Install it: " + PACKAGE,
                cause);
    }

    private Pointer module() {
        synchronized (Ndpi.class) { // the library's wish
            Pointer made = library.ndpi_init_detection_module(Libndpi.NDPI_DONT_LOAD_TOR_HOSTS);
            if (made != null) {
                try (Memory all = new Memory(Libndpi.BITMASK_BYTES)) {
                    all.setMemory(0, Libndpi.BITMASK_BYTES, (byte) 0xFF);
                    library.ndpi_set_protocol_detection_bitmask2(made, all);
                }
                library.ndpi_finalize_initialization(made);
            }
            return made;
        }
    }

    /** Of the library, {@code 4.2.0}. */
    public String version() {
        return version;
    }

    /** Bytes of one flow, as the library says; what it adds while it reads a flow is not among them. */
    public int flowBytes() {
        return flowBytes;
    }

    /** Flows that are looked into. */
    public synchronized int flows() {
        return flows.size();
    }

    /** Flows that were forgotten before their end, since others needed their place. */
    public synchronized long cutShort() {
        return cutShort;
    }

    /**
     * Begins a flow. Null if there is no memory for it.
     *
     * @param ipProtocol 6 or 17
     * @param clientHi see {@link org.jopil.api.event.Addresses}
     */
    public synchronized NdpiFlow flow(
            int ipProtocol,
            long clientHi,
            long clientLo,
            int clientPort,
            long serverHi,
            long serverLo,
            int serverPort) {
        if (closed) {
            return null;
        }
        Pointer made = library.ndpi_flow_malloc(flowBytes);
        if (made == null) {
            return null;
        }
        made.setMemory(0, flowBytes, (byte) 0);
        FlowEnds ends = new FlowEnds(ipProtocol, clientHi, clientLo, clientPort, serverHi, serverLo, serverPort);
        NdpiFlow flow = new NdpiFlow(this, ends);
        flow.usedNs = System.nanoTime();
        flows.put(flow, made);
        if (flows.size() > mostFlows) {
            Iterator<Map.Entry<NdpiFlow, Pointer>> oldest = flows.entrySet().iterator();
            library.ndpi_free_flow(oldest.next().getValue());
            oldest.remove();
            cutShort++;
        }
        return flow;
    }

    /** Forgets the flows that carried nothing for so long; to be called now and then. */
    public synchronized void forgetIdle(long idleNs) {
        long now = System.nanoTime();
        Iterator<Map.Entry<NdpiFlow, Pointer>> oldest = flows.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<NdpiFlow, Pointer> next = oldest.next();
            if (now - next.getKey().usedNs < idleNs) {
                return;
            }
            library.ndpi_free_flow(next.getValue());
            oldest.remove();
        }
    }

    synchronized void end(NdpiFlow flow) {
        Pointer gone = flows.remove(flow);
        if (gone != null) {
            library.ndpi_free_flow(gone);
        }
    }

    /** What it says now: 0 while it knows nothing, and of a flow that was forgotten. */
    synchronized int process(
            NdpiFlow flow,
            boolean connects,
            boolean fromClient,
            long timestampNs,
            int position,
            int acknowledged,
            byte[] data,
            int from,
            int captured) {
        Pointer known = flows.get(flow);
        if (known == null) {
            return 0;
        }
        flow.usedNs = System.nanoTime();
        FlowEnds ends = flow.ends;
        if (connects) {
            // of a flow that does not begin with a SYN it may give up at once, and guess
            show(known, packet.syn(ends), timestampNs);
            show(known, packet.synAck(ends), timestampNs);
        }
        int bytes = packet.payload(ends, fromClient, position, acknowledged, data, from, captured);
        return show(known, bytes, timestampNs);
    }

    private int show(Pointer flow, int bytes, long timestampNs) {
        return (int) library.ndpi_detection_process_packet(
                module, flow, packet.memory(), (short) bytes, timestampNs / NS_PER_MS);
    }

    /** nDPI's spelling of the lower protocol, or of the only one. */
    synchronized String protocol(int found) {
        int master = found & PROTOCOL;
        return name(master == 0 ? found >>> APPLICATION_SHIFT : master);
    }

    /** As ndpiReader writes it: both with a dot between, or one. */
    synchronized String fullName(int found) {
        int master = found & PROTOCOL;
        int application = found >>> APPLICATION_SHIFT;
        return master == 0 || application == 0 || master == application
                ? protocol(found)
                : name(master) + "." + name(application);
    }

    private String name(int protocol) {
        return names.computeIfAbsent(protocol, p -> library.ndpi_get_proto_name(module, p.shortValue()));
    }

    /** Frees all flows and the module. What is asked behind it is answered as by a library that knows nothing. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        flows.values().forEach(library::ndpi_free_flow);
        flows.clear();
        library.ndpi_exit_detection_module(module);
        packet.close();
    }
}
