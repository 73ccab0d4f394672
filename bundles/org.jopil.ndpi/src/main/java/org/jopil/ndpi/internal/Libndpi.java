// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi.internal;

import com.sun.jna.Library;
import com.sun.jna.Pointer;

/**
 * libndpi 4.2, as far as it is used. No struct of it is laid out here: a flow is as large as the library says, and
 * {@code ndpi_protocol}, two numbers of 16 bits and one of 32, comes back in one register. Later versions made that struct
 * larger, which another calling convention returns, so that this is not theirs.
 */
public interface Libndpi extends Library {
    String NAME = "libndpi.so.4.2";
    /** What {@link #ndpi_revision} begins with. */
    String REVISION = "4.2.";

    /** {@code ndpi_prefs}: without the list of addresses of Tor, which are not asked for. */
    int NDPI_DONT_LOAD_TOR_HOSTS = 1;
    /** {@code NDPI_PROTOCOL_BITMASK}: a bit for each of 512 protocols. */
    int BITMASK_BYTES = 64;

    String ndpi_revision();

    int ndpi_detection_get_sizeof_ndpi_flow_struct();

    /** Bytes that the library has from its allocator and was told to count; the flows are among them. */
    int ndpi_get_tot_allocated_memory();

    /** Calls of it must not run side by side. Null if there is no memory. */
    Pointer ndpi_init_detection_module(int prefs);

    void ndpi_set_protocol_detection_bitmask2(Pointer module, Pointer bitmask);

    void ndpi_finalize_initialization(Pointer module);

    void ndpi_exit_detection_module(Pointer module);

    /** Not zeroed. Null if there is no memory. */
    Pointer ndpi_flow_malloc(long bytes);

    void ndpi_free_flow(Pointer flow);

    /** {@code packet} begins with its IP header. Bits 0 to 15 of what comes back are the master protocol, 16 to 31 the application. */
    long ndpi_detection_process_packet(Pointer module, Pointer flow, Pointer packet, short bytes, long timeMs);

    /** Valid as long as the module. */
    String ndpi_get_proto_name(Pointer module, short protocol);
}
