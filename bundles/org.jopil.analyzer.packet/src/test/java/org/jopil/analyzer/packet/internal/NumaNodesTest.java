// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.packet.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NumaNodesTest {
    @TempDir
    private Path folder;

    private void node(int number, String cpus) throws Exception {
        Files.writeString(Files.createDirectory(folder.resolve("node" + number)).resolve("cpulist"), cpus + "\n");
    }

    @Test
    void shouldReadWhatSysfsLists() throws Exception {
        node(0, "0-3,8");
        node(1, "4-7");
        node(2, "");
        Files.writeString(folder.resolve("online"), "0-2\n");
        NumaNodes nodes = NumaNodes.in(folder);
        assertEquals(0, nodes.of(0));
        assertEquals(0, nodes.of(3));
        assertEquals(1, nodes.of(4));
        assertEquals(0, nodes.of(8));
        assertEquals(NumaNodes.UNKNOWN, nodes.of(9));
    }

    @Test
    void shouldKnowNothingWhereTheKernelTellsNothing() {
        assertEquals(NumaNodes.UNKNOWN, NumaNodes.in(folder.resolve("none")).of(0));
    }
}
