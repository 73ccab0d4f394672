// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import org.jopil.api.JopilException;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.internal.Libpcap;
import org.osgi.service.component.annotations.Component;

/** {@link ClassicCompiler} by the system's libpcap through JNA, loaded at first use: nothing else needs it. */
@Component(service = ClassicCompiler.class)
public final class PcapCompiler implements ClassicCompiler {
    private static final int SNAPSHOT_BYTES = 262_144;
    private static final int INSTRUCTION_BYTES = 8;

    /** The command that mends it. */
    public static final String PACKAGE = "apt install libpcap0.8";

    private final String name;
    private Libpcap library;

    public PcapCompiler() {
        this(Libpcap.NAME);
    }

    PcapCompiler(String name) {
        this.name = name;
    }

    @Override
    public String version() {
        return library().pcap_lib_version();
    }

    @Override
    public ClassicProgram compile(String expression, LinkType linkType) throws RefusedExpression {
        if (expression.indexOf('\0') >= 0) {
            // C would read the filter up to there
            throw new RefusedExpression("syntax error: a character 0");
        }
        Libpcap pcap = library();
        Pointer handle = pcap.pcap_open_dead(
                linkType == LinkType.ETHERNET ? Libpcap.DLT_EN10MB : Libpcap.DLT_RAW, SNAPSHOT_BYTES);
        try (Memory program = new Memory(Libpcap.PROGRAM_BYTES)) {
            if (pcap.pcap_compile(handle, program, expression, 1, Libpcap.PCAP_NETMASK_UNKNOWN) != 0) {
                throw new RefusedExpression(pcap.pcap_geterr(handle));
            }
            try {
                return ClassicProgram.of(instructions(program));
            } catch (IllegalArgumentException e) {
                // behind 'geneve or' it reads offsets that only packets with a tunnel have set (libpcap 1.10)
                throw new RefusedExpression(UNDEFINED + ": " + e.getMessage());
            } finally {
                pcap.pcap_freecode(program);
            }
        } finally {
            pcap.pcap_close(handle);
        }
    }

    private static long[] instructions(Pointer program) {
        long[] instructions = new long[program.getInt(0)];
        Pointer first = program.getPointer(Native.POINTER_SIZE);
        for (int i = 0; i < instructions.length; i++) {
            Pointer instruction = first.share((long) INSTRUCTION_BYTES * i);
            instructions[i] = (instruction.getShort(0) & 0xFFFFL) << 48
                    | (instruction.getByte(2) & 0xFFL) << 40
                    | (instruction.getByte(3) & 0xFFL) << 32
                    | instruction.getInt(4) & 0xFFFF_FFFFL;
        }
        return instructions;
    }

    private synchronized Libpcap library() {
        if (library == null) {
            try {
                library = Native.load(name, Libpcap.class);
            } catch (UnsatisfiedLinkError e) {
                throw new JopilException(
                        "JOPIL-113",
                        503,
                        "libpcap is not installed",
                        "Filters of packets are compiled by " + name
                                + ", which is not here; everything else goes on without. Install it: " + PACKAGE,
                        e);
            }
        }
        return library;
    }
}
