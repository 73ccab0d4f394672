// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.source.AttachMode;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.XdpHolder;
import org.junit.jupiter.api.Test;

class ProblemsTest {
    @Test
    void shouldNameWhatWasPerhapsMeant() {
        assertEquals(
                "Did you mean eth0 or eth1? See: jopil interfaces",
                Problems.unknown("eth7", List.of("lo", "eth0", "eth1", "docker0"))
                        .detail());
        assertEquals(
                "There are: lo, wlp3s0. See: jopil interfaces",
                Problems.unknown("eth7", List.of("lo", "wlp3s0")).detail());
    }

    @Test
    void shouldNameTheHolderAndTheWayBesideIt() {
        BpfException busy = new BpfException("attach jopil_xdp at xdp-native to", "interface 2", Problems.EBUSY);
        JopilException same =
                Problems.taken("eth0", AttachMode.NATIVE, Optional.of(new XdpHolder(9665, "native", "p")), busy);
        assertEquals("JOPIL-120", same.code());
        assertEquals(409, same.status());
        assertEquals(
                "Program \"p\" (id 9665, native) is attached. JOPIL did not touch it."
                        + " Watch eth0 through tc instead, beside it: jopil attach eth0 --mode tcx",
                same.detail());
        JopilException other =
                Problems.taken("eth0", AttachMode.GENERIC, Optional.of(new XdpHolder(9665, "native", "")), busy);
        assertEquals("JOPIL-121", other.code());
        assertTrue(other.detail().contains("bpftool prog show id 9665"), other.detail());
    }

    @Test
    void shouldSayWhichRightIsMissing() {
        JopilException refused = Problems.load(new BpfException("create", "map flows4", Problems.EPERM));
        assertEquals("JOPIL-101", refused.code());
        assertTrue(refused.detail().contains("jopil doctor"), refused.detail());
    }

    @Test
    void shouldQuoteTheVerifier() {
        JopilException refused = Problems.load(
                new BpfException("load", "jopil_xdp", Problems.EACCES, "0: (b7)\ninvalid access to packet\n"));
        assertEquals("JOPIL-130", refused.code());
        assertTrue(refused.detail().contains("EACCES"), refused.detail());
        assertTrue(refused.detail().endsWith("invalid access to packet"), refused.detail());
    }

    @Test
    void shouldSayWhatToDoAboutJumboFrames() {
        JopilException large =
                Problems.mtuTooLarge("va", 9000, new BpfException("attach", "interface 2", Problems.ERANGE));
        assertEquals("JOPIL-123", large.code());
        assertEquals("MTU 9000 is too large for native XDP on va", large.title());
    }
}
