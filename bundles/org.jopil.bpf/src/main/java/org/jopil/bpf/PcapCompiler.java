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

    private Libpcap library;

    @Override
    public String version() {
        return library().pcap_lib_version();
    }

    @Override
    public ClassicProgram compile(String expression, LinkType linkType) throws RefusedExpression {
        Libpcap pcap = library();
        Pointer handle = pcap.pcap_open_dead(
                linkType == LinkType.ETHERNET ? Libpcap.DLT_EN10MB : Libpcap.DLT_RAW, SNAPSHOT_BYTES);
        try (Memory program = new Memory(Libpcap.PROGRAM_BYTES)) {
            if (pcap.pcap_compile(handle, program, expression, 1, Libpcap.PCAP_NETMASK_UNKNOWN) != 0) {
                throw new RefusedExpression(pcap.pcap_geterr(handle));
            }
            try {
                return ClassicProgram.of(instructions(program));
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
                library = Native.load(Libpcap.NAME, Libpcap.class);
            } catch (UnsatisfiedLinkError e) {
                throw new JopilException(
                        "JOPIL-119",
                        503,
                        "libpcap is missing",
                        "Filters of packets are compiled by " + Libpcap.NAME
                                + ", which is not here. Install it: apt install libpcap0.8",
                        e);
            }
        }
        return library;
    }
}
