// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoftnetCountersTest {
    private static final String ZEROS = " 00000000".repeat(8);

    @TempDir
    private Path folder;

    private Path file;

    private void write(String dropped, String squeezed, String length) throws IOException {
        file = folder.resolve("softnet_stat");
        Files.writeString(
                file, "000a4c21 " + dropped + ' ' + squeezed + ZEROS + ' ' + length + " 00000003 00000000 00000000\n");
    }

    @Test
    void shouldCountFromTheStartOnAndOverAnOverrun() throws IOException {
        write("fffffffe", "00000010", "00000000");
        SoftnetCounters counters = new SoftnetCounters(file);
        assertEquals(new SoftnetCounters.Cpu(0, 0, 0), counters.of(3).orElseThrow());
        write("00000003", "0000001f", "0000000a");
        counters.look();
        assertEquals(new SoftnetCounters.Cpu(15, 5, 10), counters.of(3).orElseThrow());
        assertTrue(counters.of(0).isEmpty(), "not online");
    }

    @Test
    void shouldKnowThisMachine() {
        assertTrue(new SoftnetCounters().of(0).isPresent());
        assertTrue(new Ksoftirqd().runNs(0).orElseThrow() >= 0);
    }
}
