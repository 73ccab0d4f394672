// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.JopilException;
import org.junit.jupiter.api.Test;

class TrailingOptionsTest {
    private final FlowsCommand flows = new FlowsCommand();

    @Test
    void shouldSetOptionsBehindTheFilter() throws Exception {
        List<String> words = List.of("tcp", "--limit", "5", "port", "443", "--sort=-bytes", "-f", "--json");
        assertEquals(List.of("tcp", "port", "443"), TrailingOptions.apply(flows, words));
        assertEquals("5", flows.limit);
        assertEquals("-bytes", flows.sort);
        assertTrue(flows.follow);
        assertTrue(flows.json);
    }

    @Test
    void shouldNameWhatWasMeant() {
        JopilException e =
                assertThrows(JopilException.class, () -> TrailingOptions.apply(flows, List.of("tcp", "--limt", "5")));
        assertTrue(e.detail().contains("--limit"), e.detail());
        assertThrows(JopilException.class, () -> TrailingOptions.apply(flows, List.of("tcp", "--limit")));
    }
}
