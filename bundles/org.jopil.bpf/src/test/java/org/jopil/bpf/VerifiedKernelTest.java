// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Linux 6.1 walks up to ten times as many instructions as 6.18 does, and gives up at a million. The two netfilter programs
 * of the journeys get their type from who loads them: the C test does.
 */
class VerifiedKernelTest {
    private static final int MOST_VERIFIED = 80_000;

    @BeforeAll
    static void needsPrivileges() {
        Privileged.require();
    }

    @Test
    void shouldLeaveRoomInDrops() {
        shouldLeaveRoom("drop.bpf.o", List.of("jopil_drop_receiver"));
    }

    @Test
    void shouldLeaveRoomInOwners() {
        shouldLeaveRoom(
                "owner.bpf.o",
                List.of(
                        "jopil_owner_state",
                        "jopil_owner_send",
                        "jopil_owner_receive",
                        "jopil_owner_create",
                        "jopil_owner_files",
                        "jopil_owner_list"));
    }

    @Test
    void shouldLeaveRoomInTcp() {
        shouldLeaveRoom(
                "tcp.bpf.o",
                List.of(
                        "jopil_tcp_state",
                        "jopil_tcp_retransmit",
                        "jopil_tcp_synack",
                        "jopil_tcp_reset_sent",
                        "jopil_tcp_reset_received",
                        "jopil_tcp_segment",
                        "jopil_tcp_read",
                        "jopil_tcp_files",
                        "jopil_tcp_list"));
    }

    @Test
    void shouldLeaveRoomInJourneys() {
        shouldLeaveRoom(
                "journey.bpf.o",
                List.of(
                        "jopil_gro_receive",
                        "jopil_receive",
                        "jopil_tcp_probe",
                        "jopil_data_ready",
                        "jopil_copy",
                        "jopil_tcp_read",
                        "jopil_udp_read",
                        "jopil_queue",
                        "jopil_start_xmit",
                        "jopil_xmit",
                        "jopil_send",
                        "jopil_free",
                        "jopil_drop_end"));
    }

    private static void shouldLeaveRoom(String name, List<String> programs) {
        try (BpfObject object = new NativeBpfLoader().open(name)) {
            programs.forEach(program -> object.autoload(program, true));
            object.load();
            for (String program : programs) {
                int verified = object.program(program).info().verifiedInstructions();
                assertTrue(verified > 0 && verified < MOST_VERIFIED, program + ": " + verified);
            }
        }
    }
}
