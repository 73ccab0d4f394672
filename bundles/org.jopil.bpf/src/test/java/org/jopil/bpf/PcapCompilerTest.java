// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jopil.api.JopilException;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.ClassicCompiler.RefusedExpression;
import org.junit.jupiter.api.Test;

class PcapCompilerTest {
    private final PcapCompiler compiler = new PcapCompiler();

    @Test
    void shouldCompileByLinkType() throws RefusedExpression {
        // ldh [12]; jeq #0x800 jt 0 jf 1; ret #262144; ret #0
        long[] ethernet = {
            0x0028_00_00_0000000CL, 0x0015_00_01_00000800L, 0x0006_00_00_00040000L, 0x0006_00_00_00000000L
        };
        assertArrayEquals(ethernet, compiler.compile("ip", LinkType.ETHERNET).instructions());
        // ldb [0]; and #0xf0; jeq #0x40 …
        assertEquals(
                0x0030_00_00_00000000L, compiler.compile("ip", LinkType.RAW_IP).instructions()[0]);
    }

    @Test
    void shouldPassOnWhatLibpcapSays() {
        RefusedExpression e =
                assertThrows(RefusedExpression.class, () -> compiler.compile("ip broadcast", LinkType.ETHERNET));
        assertTrue(e.getMessage().contains("netmask not known"), e.getMessage());
    }

    @Test
    void shouldRefuseAProgramWithoutAMeaning() {
        RefusedExpression e =
                assertThrows(RefusedExpression.class, () -> compiler.compile("geneve or tcp", LinkType.ETHERNET));
        assertTrue(e.getMessage().startsWith(ClassicCompiler.UNDEFINED), e.getMessage());
        assertTrue(e.getMessage().contains("unwritten"), e.getMessage());
    }

    @Test
    void shouldSayThatLibpcapIsMissingAndHowToMendIt() throws RefusedExpression {
        PcapCompiler missing = new PcapCompiler("libnothing-of-that-name.so.7");
        JopilException e = assertThrows(JopilException.class, () -> missing.compile("tcp", LinkType.ETHERNET));
        assertEquals("JOPIL-113", e.code());
        assertTrue(e.getMessage().contains("apt install libpcap0.8"), e.getMessage());
        assertThrows(JopilException.class, missing::version);
        assertFalse(compiler.compile("tcp", LinkType.ETHERNET).loops());
    }
}
