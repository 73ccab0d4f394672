// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.Optional;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.internal.Libpcap;

/** The oracle: a filter that libpcap compiled from what was typed, and runs. */
final class LibpcapItself implements AutoCloseable {
    private static final int SNAPSHOT_BYTES = 262_144;
    private static final int HEADER_BYTES = 24;
    private static final Libpcap PCAP = Native.load(Libpcap.NAME, Libpcap.class);

    private final Memory program;
    private final Memory header = new Memory(HEADER_BYTES);

    private LibpcapItself(Memory program) {
        this.program = program;
        header.clear();
    }

    /** Empty if it refuses the filter. */
    static Optional<LibpcapItself> compile(String filter, LinkType linkType) {
        Pointer handle = PCAP.pcap_open_dead(
                linkType == LinkType.ETHERNET ? Libpcap.DLT_EN10MB : Libpcap.DLT_RAW, SNAPSHOT_BYTES);
        Memory program = new Memory(Libpcap.PROGRAM_BYTES);
        try {
            if (PCAP.pcap_compile(handle, program, filter, 1, Libpcap.PCAP_NETMASK_UNKNOWN) != 0) {
                program.close();
                return Optional.empty();
            }
            return Optional.of(new LibpcapItself(program));
        } finally {
            PCAP.pcap_close(handle);
        }
    }

    /** {@code data} is at least {@code captured} bytes long. */
    boolean matches(Pointer data, int captured, int length) {
        // struct pcap_pkthdr: a time of 16 bytes, caplen, len
        header.setInt(16, captured);
        header.setInt(20, length);
        return PCAP.pcap_offline_filter(program, header, data) != 0;
    }

    @Override
    public void close() {
        PCAP.pcap_freecode(program);
        program.close();
        header.close();
    }
}
