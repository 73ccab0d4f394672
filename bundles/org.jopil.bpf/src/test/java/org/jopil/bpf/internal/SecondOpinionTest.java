// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jopil.api.source.Doctor.Finding;
import org.jopil.api.source.Doctor.Status;
import org.junit.jupiter.api.Test;

class SecondOpinionTest {
    private static final String NOWHERE = "libnothing-of-that-name.so.7";

    @Test
    void shouldMissNothingThatIsNotWanted() {
        Finding finding = KernelDoctor.secondOpinion(false, NOWHERE);
        assertEquals(Status.OK, finding.status());
        assertTrue(finding.hook().startsWith("off"), finding.hook());
    }

    @Test
    void shouldSayWhatIsMissingAndHowToMendIt() {
        Finding finding = KernelDoctor.secondOpinion(true, NOWHERE);
        assertEquals(Status.MISSING, finding.status());
        assertFalse(finding.required());
        assertTrue(finding.reason().contains(NOWHERE) && finding.reason().contains("JOPIL-113"), finding.reason());
        assertEquals("apt install libndpi4.2", finding.fix());
    }
}
