// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import org.jopil.bpf.internal.Errno;

/** What the kernel or libbpf refused: the operation, the object, and errno by name. */
public final class BpfException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final String object;
    private final int errnoNumber;
    private final String verifierLog;

    public BpfException(String operation, String object, int errnoNumber) {
        this(operation, object, errnoNumber, "");
    }

    /**
     * @param operation what was tried, {@code "load"}
     * @param object on what, {@code "jopil_xdp"}, {@code "map flows4"}, {@code "interface 3"}
     * @param errnoNumber positive, 0 if there is none
     * @param verifierLog all that libbpf and the verifier said, or empty
     */
    public BpfException(String operation, String object, int errnoNumber, String verifierLog) {
        super(operation + " " + object + (errnoNumber == 0 ? "" : ": " + Errno.describe(errnoNumber))
                + hint(verifierLog));
        this.operation = operation;
        this.object = object;
        this.errnoNumber = errnoNumber;
        this.verifierLog = verifierLog;
    }

    private static String hint(String log) {
        String last = "";
        for (String line : log.split("\n", -1)) {
            String text = line.strip();
            // the line before the statistics is the verifier's reason
            if (text.startsWith("processed ") || text.startsWith("-- END")) {
                break;
            }
            last = text.isEmpty() ? last : text;
        }
        return last.isEmpty() ? "" : " (" + last + ")";
    }

    public String operation() {
        return operation;
    }

    public String object() {
        return object;
    }

    /** Name of errno, {@code "EBUSY"}; empty if there was none. */
    public String errno() {
        return errnoNumber == 0 ? "" : Errno.name(errnoNumber);
    }

    /** Positive; 0 if there was none. */
    public int errnoNumber() {
        return errnoNumber;
    }

    /** All that libbpf and the verifier said; empty if nothing. */
    public String verifierLog() {
        return verifierLog;
    }
}
