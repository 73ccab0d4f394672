// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelNamesTest {
    @Test
    void shouldNameTheReasonsOfTheRunningKernel() {
        Map<Integer, String> reasons = KernelNames.enumerators("skb_drop_reason");
        assertEquals("SKB_NOT_DROPPED_YET", reasons.get(0));
        assertTrue(reasons.containsValue("SKB_DROP_REASON_NO_SOCKET"), reasons.toString());
        assertEquals(Map.of(), KernelNames.enumerators("no_such_enum"));
    }

    @Test
    void shouldFindTheFunctionOfAnAddress() throws IOException {
        Privileged.require();
        String line;
        try (var lines = Files.lines(Path.of("/proc/kallsyms"))) {
            line = lines.filter(l -> l.endsWith(" T kfree_skb_list_reason"))
                    .findFirst()
                    .orElseThrow();
        }
        long begin = Long.parseUnsignedLong(line.substring(0, line.indexOf(' ')), 16);
        Map<Long, KernelNames.Symbol> symbols = KernelNames.symbols(new long[] {begin + 5, 4096, begin});
        assertEquals(
                Map.of(
                        begin,
                        new KernelNames.Symbol("kfree_skb_list_reason", 0),
                        begin + 5,
                        new KernelNames.Symbol("kfree_skb_list_reason", 5)),
                symbols);
        KernelNames.Extent extent = KernelNames.extents(Set.of("kfree_skb_list_reason", "no_such_function"))
                .get("kfree_skb_list_reason");
        assertEquals(begin, extent.begin());
        assertTrue(extent.end() > begin + 5 && extent.end() < begin + 4096, extent.toString());
        assertEquals(Map.of(), KernelNames.extents(Set.of("no_such_function")));
    }
}
