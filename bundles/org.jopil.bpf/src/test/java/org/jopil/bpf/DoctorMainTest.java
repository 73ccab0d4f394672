// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jopil.api.source.Doctor.Finding;
import org.jopil.api.source.Doctor.Status;
import org.junit.jupiter.api.Test;

class DoctorMainTest {
    private static final Finding FINE = new Finding("Java", Status.OK, true, "Java 17", "", "", "");
    private static final Finding LESS = new Finding(
            "Machine code", Status.DEGRADED, false, "", "interpreter", "The \"JIT\" is off.", "sysctl -w x=1");
    private static final Finding NONE = new Finding("Right to load", Status.MISSING, true, "", "", "No.", "sudo");

    @Test
    void shouldExitByTheWorstFinding() {
        assertEquals(0, DoctorMain.exit(List.of(FINE)));
        assertEquals(1, DoctorMain.exit(List.of(FINE, LESS)));
        assertEquals(2, DoctorMain.exit(List.of(NONE, LESS)));
        assertEquals(1, DoctorMain.exit(List.of(new Finding("Native XDP", Status.MISSING, false, "", "", "", ""))));
    }

    @Test
    void shouldAlignText() {
        String text = DoctorMain.text(List.of(FINE, LESS), false);
        assertTrue(
                text.endsWith(
                        """

                          ok        Java          Java 17
                          degraded  Machine code  The "JIT" is off.
                                                  instead: interpreter
                                                  fix: sysctl -w x=1

                        JOPIL can watch here; some capabilities are degraded or missing.
                        """),
                text);
    }

    @Test
    void shouldEscapeJson() {
        assertEquals(
                """
                [
                  {"capability": "Machine code", "status": "degraded", "required": false, "hook": "", \
                "fallback": "interpreter", "reason": "The \\"JIT\\" is off.", "fix": "sysctl -w x=1"}
                ]
                """,
                DoctorMain.json(List.of(LESS)));
    }
}
