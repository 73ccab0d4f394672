// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * Reads one BPF ring buffer whose producers wake nobody ({@code BPF_RB_NO_WAKEUP}): for rare events, looked for a few times
 * a second. One thread.
 */
public final class PolledRing implements AutoCloseable {
    private final Ring ring;
    private boolean closed;

    /** @param map stays the caller's */
    public PolledRing(BpfMap map) {
        ring = Ring.open(NativeMap.of(map));
    }

    /**
     * Hands over what is in the ring, oldest first, at most {@code maxRecords}; {@code cpu} is 0 for all.
     *
     * @return records handed over
     */
    public int drain(RingReader.Handler handler, int maxRecords) {
        return ring.drain(0, handler, maxRecords);
    }

    /** Unmaps it; idempotent. What was not drained stays in the ring. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            ring.close();
        }
    }
}
