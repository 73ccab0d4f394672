// SPDX-License-Identifier: Apache-2.0
package org.jopil.stream.internal;

/** A connection. Nothing here waits for the client. */
interface Wire {
    /** Hands over one message; exactly one of the two is run when it left, or failed. One at a time. */
    void send(String text, Runnable sent, Runnable failed);

    boolean isOpen();

    void ping();

    /** Says good-bye with a status of RFC 6455. */
    void close(int status, String reason);

    /** Without good-bye. */
    void cut();

    /** Messages that left, counted where the connection says so. */
    long sentMessages();

    /** Address and port of the peer. */
    String peer();
}
