// SPDX-License-Identifier: Apache-2.0
package org.jopil.api;

import java.util.Objects;

/**
 * An error that a person can act on. The same title and detail reach the shell, REST (as RFC 9457 problem details),
 * the page and the log; the code is stable over releases.
 */
public final class JopilException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String code;
    private final String title;
    private final String detail;
    private final int status;

    /**
     * @param code stable, {@code JOPIL-} and three digits
     * @param status the HTTP status that fits, 400 to 599
     * @param title what went wrong, one short sentence without a final stop
     * @param detail why, and what the user can do, with the command to type where there is one
     */
    public JopilException(String code, int status, String title, String detail) {
        this(code, status, title, detail, null);
    }

    /** As above, with the cause for the log; the cause is never shown to a client. */
    public JopilException(String code, int status, String title, String detail, Throwable cause) {
        super(code + " " + title + ": " + detail, cause);
        this.code = Objects.requireNonNull(code);
        this.status = status;
        this.title = Objects.requireNonNull(title);
        this.detail = Objects.requireNonNull(detail);
    }

    public String code() {
        return code;
    }

    public int status() {
        return status;
    }

    public String title() {
        return title;
    }

    public String detail() {
        return detail;
    }
}
