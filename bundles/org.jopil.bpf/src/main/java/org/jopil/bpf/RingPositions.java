// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.List;
import org.jopil.bpf.internal.Libc;

/**
 * How far BPF ring buffers were written and read, by mappings of its own: what their reader believes is not asked. Bytes
 * since the ring was made, record headers included. Any thread; no system call.
 */
public final class RingPositions implements AutoCloseable {
    private final MappedRegion[] consumers;
    private final MappedRegion[] producers;

    /** @param rings stay the caller's */
    public RingPositions(List<BpfMap> rings) {
        consumers = new MappedRegion[rings.size()];
        producers = new MappedRegion[rings.size()];
        try {
            for (int ring = 0; ring < consumers.length; ring++) {
                NativeMap map = NativeMap.of(rings.get(ring));
                consumers[ring] = MappedRegion.map(map.name(), map.fd(), 0, Libc.PAGE_BYTES, false);
                producers[ring] = MappedRegion.map(map.name(), map.fd(), Libc.PAGE_BYTES, Libc.PAGE_BYTES, false);
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    public int rings() {
        return consumers.length;
    }

    /** What the kernel's programs have reserved; a record in progress is in it. */
    public long produced(int ring) {
        return producers[ring].getLongAcquire(0);
    }

    /** What the kernel may overwrite, because it was read. */
    public long consumed(int ring) {
        return consumers[ring].getLongAcquire(0);
    }

    /** Bytes that a record with so many bytes of payload takes. */
    public static int recordBytes(int payloadBytes) {
        return (payloadBytes + Long.BYTES + 7) & ~7;
    }

    /** Unmaps; idempotent. Positions read 0 from then on. */
    @Override
    public void close() {
        for (int ring = 0; ring < consumers.length; ring++) {
            if (consumers[ring] != null) {
                consumers[ring].close();
            }
            if (producers[ring] != null) {
                producers[ring].close();
            }
        }
    }
}
