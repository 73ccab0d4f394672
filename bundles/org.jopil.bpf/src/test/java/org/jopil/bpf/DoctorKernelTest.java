// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.Doctor.Finding;
import org.jopil.bpf.internal.KernelDoctor;
import org.junit.jupiter.api.Test;

class DoctorKernelTest {
    @Test
    void shouldFindThatTheMainJobRunsAndChangeNothing() throws IOException {
        Privileged.require();
        new KernelDoctor().examine();
        long files = Privileged.openFiles();
        long begin = System.nanoTime();
        List<Finding> findings = new KernelDoctor().examine();
        assertTrue(System.nanoTime() - begin < 2_000_000_000L);
        assertEquals(files, Privileged.openFiles());
        for (Finding finding : findings) {
            if (finding.required()) {
                assertNotEquals(Doctor.Status.MISSING, finding.status(), finding.toString());
            }
        }
    }

    @Test
    void shouldSayWhatIsMissingAndHowToMendIt() {
        for (Finding finding : new KernelDoctor().examine()) {
            assertTrue(finding.status() != Doctor.Status.OK || !finding.hook().isEmpty(), finding.toString());
            assertTrue(finding.status() == Doctor.Status.OK || !finding.reason().isEmpty(), finding.toString());
        }
    }
}
