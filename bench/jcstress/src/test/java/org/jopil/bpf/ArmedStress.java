// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.jopil.stress.Pool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * The wake-up of {@link RingReader#await} against a model of {@code wakeup_flags()} in event.h, which reads {@code armed}
 * between reserve and submit: the one event that comes at the wrong moment may wake nobody, the next one makes up for it.
 * A submit is a full barrier (xchg of the header).
 */
@JCStressTest
@Outcome(id = "false, false, false", expect = ACCEPTABLE, desc = "The reader saw the events and does not sleep")
@Outcome(id = "false, true, false", expect = ACCEPTABLE, desc = "It saw them, and is woken by the first for nothing")
@Outcome(id = "false, false, true", expect = ACCEPTABLE, desc = "It saw them, and is woken by the second for nothing")
@Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "It sleeps and is woken by the first event")
@Outcome(
        id = "true, false, true",
        expect = ACCEPTABLE_INTERESTING,
        desc = "The first event's wake-up came too early; the second event wakes")
@Outcome(id = "true, false, false", expect = FORBIDDEN, desc = "It sleeps beside two events and nobody wakes it")
@Outcome(id = ".*, true, true", expect = FORBIDDEN, desc = "Two wake-ups for one sleep")
@State
public class ArmedStress {
    private static final Pool<MappedRegion> POOL = new Pool<>(() -> SharedMemory.region(128), MappedRegion[]::new);
    private static final long ARMED = 0;
    private static final long POSITION = 64;

    private final MappedRegion shared = POOL.take();

    public ArmedStress() {
        shared.putInt(ARMED, 0);
        shared.putLongRelease(POSITION, 0);
    }

    @Actor
    public void reader(ZZZ_Result r) {
        shared.putInt(ARMED, 1);
        VarHandle.fullFence();
        r.r1 = shared.getLongAcquire(POSITION) == 0;
    }

    @Actor
    public void kernel(ZZZ_Result r) {
        r.r2 = submit(1);
        r.r3 = submit(2);
    }

    private boolean submit(long position) {
        shared.putLongRelease(POSITION, position);
        boolean wakes = shared.getInt(ARMED) == 1;
        if (wakes) {
            shared.putInt(ARMED, 0);
        }
        VarHandle.fullFence();
        return wakes;
    }
}
