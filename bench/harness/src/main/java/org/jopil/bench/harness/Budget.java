// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

/**
 * One line of the table of budgets.
 *
 * @param limit what was promised
 * @param byDefault with JOPIL as it comes
 * @param everythingOn with an event for every packet and a live client
 * @param floor what the same loop needs without JOPIL, for a budget that was not kept; empty otherwise
 */
record Budget(String id, String title, String limit, Cell byDefault, Cell everythingOn, String floor) {
    /** What became of it. */
    enum Verdict {
        PASS,
        FAIL,
        NOT_MEASURED;

        String text() {
            return name().replace('_', ' ');
        }

        static Verdict of(boolean kept) {
            return kept ? PASS : FAIL;
        }
    }

    /** A verdict and what it rests on. */
    record Cell(Verdict verdict, String value) {
        static final Cell NOT_MEASURED = new Cell(Verdict.NOT_MEASURED, "");

        /** As in a table. */
        String text() {
            return value.isEmpty() ? verdict.text() : verdict.text() + ": " + value;
        }
    }

    /** Whether a reader must be told why. */
    boolean hasFailed() {
        return byDefault.verdict == Verdict.FAIL || everythingOn.verdict == Verdict.FAIL;
    }
}
