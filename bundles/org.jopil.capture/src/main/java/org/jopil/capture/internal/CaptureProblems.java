// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.io.IOException;
import org.jopil.api.JopilException;
import org.jopil.bpf.BpfException;

/** What can go wrong when a capture begins, as a person is told. */
final class CaptureProblems {
    private CaptureProblems() {}

    static JopilException kernel(String interfaces, BpfException e) {
        String detail = "The kernel answered: " + e.getMessage() + ". See: jopil doctor";
        return switch (e.errno()) {
            case "EPERM", "EACCES" -> new JopilException(
                    "JOPIL-102", 403, "JOPIL may not attach to interfaces", detail, e);
            default -> new JopilException("JOPIL-129", 500, "Cannot attach to " + interfaces, detail, e);
        };
    }

    static JopilException output(String output, IOException e) {
        return new JopilException(
                "JOPIL-163",
                409,
                "Cannot write the capture to " + output,
                "The system answered: " + e.getMessage()
                        + ". Nothing was captured. Name a file in a directory that is there and has room",
                e);
    }

    static JopilException tooMany(int most) {
        return new JopilException(
                "JOPIL-164",
                429,
                most == 0 ? "Captures are turned off" : "Too many captures run",
                most == 0
                        ? "most_captures is 0 in etc/org.jopil.capture.cfg"
                        : "At most " + most
                                + " can run at a time (most_captures in etc/org.jopil.capture.cfg). End one first: jopil"
                                + " report captures lists them");
    }

    static JopilException masked() {
        return new JopilException(
                "JOPIL-166",
                403,
                "Addresses are masked",
                "A capture has frames as they were on the wire, with their addresses. Set level in org.jopil.privacy.cfg to"
                        + " full or names-off; what is kept under this level is forgotten then");
    }

    static JopilException namesOff() {
        return new JopilException(
                "JOPIL-166",
                403,
                "Names are off",
                "Payload has names in it. Capture headers only: leave --snaplen out; or set level in org.jopil.privacy.cfg"
                        + " to full");
    }
}
