// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.PcapCompiler;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter in the kernel's slots: comes, goes, and says what it cannot do. */
class FilterSlotsKernelTest {
    @BeforeAll
    static void needsPrivileges() throws IOException {
        KernelHalf.require();
    }

    private static ClassicProgram program(String filter) throws Exception {
        return ClassicProgram.of(new PcapFilters(new PcapCompiler())
                .compile(filter, LinkType.ETHERNET)
                .instructions());
    }

    /** UDP over IPv4 with four bytes of payload. */
    private static byte[] udp(int bytes) {
        byte[] frame = new byte[bytes];
        frame[12] = 0x08;
        frame[14] = 0x45;
        frame[23] = 17;
        return frame;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPutFiltersInAndOut(boolean frags) throws Exception {
        try (KernelHalf kernel = KernelHalf.open(frags)) {
            assertEquals(Verdict.MATCH, kernel.tc(udp(60)));
            assertEquals(Verdict.MATCH, kernel.xdp(udp(60)));
            kernel.filter(program("tcp"));
            assertEquals(Verdict.NO_MATCH, kernel.tc(udp(60)));
            assertEquals(Verdict.NO_MATCH, kernel.xdp(udp(60)));
            kernel.filter(program("udp"));
            assertEquals(Verdict.MATCH, kernel.tc(udp(60)));
            assertEquals(Verdict.MATCH, kernel.xdp(udp(60)));
            kernel.filter(program("arp"));
            kernel.tc.clear();
            kernel.tc.clear();
            assertEquals(Verdict.MATCH, kernel.tc(udp(60)));
            assertEquals(Verdict.NO_MATCH, kernel.xdp(udp(60)));
            assertEquals(0, kernel.tc.missed());
        }
    }

    @Test
    void shouldLeaveToUserSpaceWhatLiesPastTheCopy() throws Exception {
        try (KernelHalf kernel = KernelHalf.open(true)) {
            kernel.filter(program("ether[600] = 0"));
            assertEquals(Verdict.UNDECIDED, kernel.tc(udp(601)));
            assertEquals(Verdict.UNDECIDED, kernel.xdp(udp(601)));
            assertEquals(Verdict.NO_MATCH, kernel.tc(udp(600)));
            assertEquals(Verdict.NO_MATCH, kernel.xdp(udp(600)));
            kernel.filter(program("ether[508:4] = 0 and len > 2000"));
            assertEquals(Verdict.MATCH, kernel.tc(udp(3000)));
            assertEquals(Verdict.MATCH, kernel.xdp(udp(9000)));
            assertEquals(Verdict.NO_MATCH, kernel.tc(udp(2000)));
            kernel.filter(program("ether[509:4] = 0"));
            assertEquals(Verdict.UNDECIDED, kernel.xdp(udp(9000)));
        }
    }

    /** As long as a filter can be; a verifier gives up after a million instructions. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "host 10.1.2.%d",
                "tcp port %d",
                "tcp[%d] & 3 = 1",
                "ip6 proto %d and ip6[6] > 2",
                "ether[%d:2] - len > 5"
            })
    void shouldTakeTheLongestFilters(String term) throws Exception {
        StringBuilder text = new StringBuilder(term.formatted(1));
        for (int i = 2; text.length() < 4096 - term.length() - 8; i++) {
            text.append(" or ").append(term.formatted(i % 250));
        }
        ClassicProgram program = program(text.toString());
        assertTrue(program.instructions().length > 500, program.instructions().length + " instructions");
        try (KernelHalf kernel = KernelHalf.open(true)) {
            kernel.filter(program);
            for (int bytes = 60; bytes < 400; bytes += 17) {
                assertEquals(program.run(udp(bytes), 0, bytes, bytes), kernel.tc(udp(bytes)), bytes + " bytes");
            }
        }
    }

    @Test
    void shouldRefuseAnAcceptProgramOfAnotherKind() {
        BpfException refused = assertThrows(BpfException.class, () -> KernelHalf.open(true, false, false));
        assertEquals("EINVAL", refused.errno());
    }

    @Test
    void shouldLeaveNothingOpen() throws Exception {
        KernelHalf.open(true).close();
        long before = openFiles();
        for (int i = 0; i < 3; i++) {
            try (KernelHalf kernel = KernelHalf.open(true)) {
                kernel.filter(program("tcp"));
                kernel.filter(program("udp"));
                assertThrows(BpfException.class, () -> kernel.filter(program("ip6 protochain 6")));
                kernel.xdp.clear();
            }
        }
        assertEquals(before, openFiles());
    }

    private static long openFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.count();
        }
    }

    @Test
    void shouldSayWhatTheKernelCannot() throws Exception {
        try (KernelHalf kernel = KernelHalf.open(true)) {
            kernel.filter(program("tcp"));
            BpfException loops = assertThrows(BpfException.class, () -> kernel.filter(program("ip6 protochain 6")));
            assertEquals("EOPNOTSUPP", loops.errno());
            // the filter before goes on
            assertEquals(Verdict.NO_MATCH, kernel.tc(udp(60)));
        }
    }
}
