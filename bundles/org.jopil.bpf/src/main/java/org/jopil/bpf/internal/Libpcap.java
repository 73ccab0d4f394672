// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Library;
import com.sun.jna.Pointer;

/** libpcap 1.8 and later (which compiles on any thread), as far as it is used. */
public interface Libpcap extends Library {
    String NAME = "libpcap.so.0.8";
    int DLT_EN10MB = 1;
    int DLT_RAW = 12;
    int PCAP_NETMASK_UNKNOWN = 0xFFFF_FFFF;
    /** {@code struct bpf_program}: a count and, aligned, a pointer. */
    int PROGRAM_BYTES = 16;

    String pcap_lib_version();

    Pointer pcap_open_dead(int linkType, int snapshotBytes);

    int pcap_compile(Pointer handle, Pointer program, String text, int optimize, int netmask);

    int pcap_offline_filter(Pointer program, Pointer header, Pointer data);

    void pcap_freecode(Pointer program);

    String pcap_geterr(Pointer handle);

    void pcap_close(Pointer handle);
}
