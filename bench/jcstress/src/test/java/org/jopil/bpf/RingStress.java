// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.jopil.bpf.internal.Libc;
import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * The reader of a ring against a model of the kernel's {@code kernel/bpf/ringbuf.c}: reserve (BUSY, producer_pos), fill,
 * submit. The ring has room for two records and three are offered, so the producer writes where it was just read.
 */
@JCStressTest
@Outcome(id = "[0-3], 0, 1", expect = ACCEPTABLE, desc = "Read whole and in order; refused for lack of room or read")
@Outcome(
        id = ".*, [1-9]\\d*, .*",
        expect = FORBIDDEN,
        desc = "A record was torn, out of order or read before it was done")
@Outcome(id = ".*, .*, 0", expect = FORBIDDEN, desc = "A record was lost or read twice")
@State
public class RingStress {
    private static final int RING_BYTES = 64;
    private static final int PAYLOAD_BYTES = 24;
    private static final int RECORD_BYTES = Ring.HEADER_BYTES + PAYLOAD_BYTES;
    private static final int OFFERED = 3;

    /** A ring, and the kernel's side of it. */
    static final class Shared {
        final MappedRegion consumer = SharedMemory.region(Libc.PAGE_BYTES);
        final MappedRegion data = SharedMemory.region(Libc.PAGE_BYTES + 2 * RING_BYTES);
        final Ring ring = new Ring(consumer, data, RING_BYTES);
        long produced;
        long read;
        int wrong;
        final RingReader.Handler handler = this::record;

        boolean offer() {
            long position = produced * RECORD_BYTES;
            if (position + RECORD_BYTES - consumer.getLongAcquire(0) > RING_BYTES) {
                return false;
            }
            long at = Libc.PAGE_BYTES + (position & RING_BYTES - 1);
            data.putInt(at, PAYLOAD_BYTES | Ring.BUSY);
            data.putLongRelease(0, position + RECORD_BYTES);
            for (int i = 0; i < PAYLOAD_BYTES; i += Long.BYTES) {
                data.putLong(at + Ring.HEADER_BYTES + i, produced);
            }
            data.putIntRelease(at, PAYLOAD_BYTES);
            produced++;
            return true;
        }

        private void record(int cpu, MappedRegion region, long at, int length) {
            boolean whole = length == PAYLOAD_BYTES;
            for (int i = 0; i < length; i += Long.BYTES) {
                whole &= region.getLong(at + i) == read;
            }
            wrong += whole ? 0 : 1;
            read++;
        }
    }

    private static final Pool<Shared> POOL = new Pool<>(Shared::new, Shared[]::new);

    private final Shared shared = POOL.take();
    private final long producedBefore = shared.produced;
    private int refused;

    @Actor
    public void kernel() {
        for (int i = 0; i < OFFERED; i++) {
            refused += shared.offer() ? 0 : 1;
        }
        // as the lock of the next reservation
        VarHandle.fullFence();
    }

    @Actor
    public void reader(III_Result r) {
        r.r1 = shared.ring.drain(0, shared.handler, OFFERED) + shared.ring.drain(0, shared.handler, OFFERED);
    }

    @Arbiter
    public void rest(III_Result r) {
        shared.ring.drain(0, shared.handler, OFFERED);
        r.r2 = shared.wrong;
        long made = shared.produced - producedBefore;
        r.r3 = made + refused == OFFERED && shared.read == shared.produced && shared.ring.pending() == 0 ? 1 : 0;
        shared.wrong = 0;
        shared.read = shared.produced;
    }
}
