// SPDX-License-Identifier: Apache-2.0
package org.jopil.stress;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Rings and tables that are too large to be made for each of the millions of states. Their sequences run on for ever, so
 * one that is at rest serves the next state. Handed out in turn: a state's has rested for long when it comes up again.
 */
public final class Pool<T> {
    /** Must be above the states that jcstress keeps at a time, see {@link StressRaceTest}. */
    static final int SIZE = 4 * StressRaceTest.STRIDES * StressRaceTest.STRIDE_STATES;

    private final T[] items;
    private final AtomicInteger next = new AtomicInteger();

    public Pool(Supplier<T> factory, IntFunction<T[]> array) {
        items = IntStream.range(0, SIZE).mapToObj(i -> factory.get()).toArray(array);
    }

    public T take() {
        return items[(next.getAndIncrement() & Integer.MAX_VALUE) % SIZE];
    }
}
