// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import org.jopil.bpf.internal.Errno;

/** A call about namespaces or interfaces that the kernel refused. */
public final class NetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;

    NetException(String operation, int errno) {
        super(operation + (errno == 0 ? "" : ": " + Errno.describe(errno)));
        this.operation = operation;
        this.errno = errno;
    }

    /** What was tried, with its object. */
    public String operation() {
        return operation;
    }

    /** The number; 0 if the answer could not be understood. */
    public int errnoNumber() {
        return errno;
    }
}
