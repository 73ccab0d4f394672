// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** Recognises and reads one application. Without state of its own: what it must remember of a flow is in Findings. */
interface Reader {
    /** What bytes are to a reader. */
    enum Answer {
        /** They are not this application. */
        NO,
        /** They may become it with more bytes. Nothing was written. */
        MORE,
        /** They are it, and more bytes may tell more. */
        YES,
        /** They are it, and more bytes of this side tell nothing. */
        DONE
    }

    /**
     * @param bytes one datagram, or of TCP what one side sent without a gap since the first packet that was kept; the
     *     same bytes come again with more behind them
     */
    Answer read(Bytes bytes, boolean fromClient, Findings findings);
}
