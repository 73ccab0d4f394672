// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.source.AttachMode;
import org.junit.jupiter.api.Test;

class FileInterfacesTest {
    private final FileInterfaces interfaces = new FileInterfaces("a b/<x>.pcapng", 0);

    @Test
    void shouldNameOneForEachOfTheFile() {
        assertEquals(1, interfaces.id(0, ""));
        assertEquals(2, interfaces.id(1, "eth0"));
        assertEquals(3, interfaces.id(2, "eth0"));
        assertEquals(1, interfaces.id(0, ""));
        assertEquals(
                List.of("replay:a_b__x_.pcapng", "replay:a_b__x_.pcapng:eth0", "replay:a_b__x_.pcapng:eth0:2"),
                interfaces.names());
        assertEquals("replay:a_b__x_.pcapng:eth0", interfaces.name(2));
        assertEquals("if-9", interfaces.name(9));
        assertEquals(3, interfaces.list().size());
    }

    @Test
    void shouldAttachNothing() {
        JopilException e = assertThrows(JopilException.class, () -> interfaces.attach("lo", AttachMode.AUTO));
        assertEquals("JOPIL-144", e.code());
    }
}
