// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.cpu.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jopil.api.source.LatencySource;
import org.jopil.api.source.SoftirqSource.Vector;
import org.junit.jupiter.api.Test;

class SoftirqTimesTest {
    private final FakeSoftirqs source = new FakeSoftirqs(false);
    private final SoftirqTimes times = new SoftirqTimes();

    private SoftirqTimes.Summary delay() {
        times.look(source);
        return times.delay(0, Vector.NET_RX);
    }

    @Test
    void shouldTakeTheUpperBoundButNoMoreThanTheLongest() {
        assertEquals(new SoftirqTimes.Summary(null, null), delay());
        source.add(100, 99, 40_000_000);
        source.add(300, 1, 40_000_000);
        assertEquals(new SoftirqTimes.Summary(LatencySource.lowerNs(101), 40_000_000L), delay());
        source.add(300, 1, 40_000_000);
        assertEquals(LatencySource.lowerNs(301), delay().p99Ns(), "two of 101 are more than one of 100");
    }

    @Test
    void shouldForgetWhatWasBeforeTheLastWindow() {
        delay();
        source.add(100, 100, 1000);
        source.window = 8;
        assertEquals(LatencySource.lowerNs(101), delay().p99Ns(), "the window before");
        source.add(20, 50, 900);
        source.window = 9;
        assertEquals(LatencySource.lowerNs(21), delay().p99Ns());
        source.window = 10;
        assertNull(delay().p99Ns());
        assertEquals(150L, times.runs(0, Vector.NET_RX));
    }

    @Test
    void shouldLiveOverAnOverrunAndANewSource() {
        source.add(30, 0xFFFF_FFFFL, 90);
        delay();
        source.add(30, 2, 90);
        assertEquals(LatencySource.lowerNs(31), delay().p99Ns());
        times.look(new FakeSoftirqs(false));
        assertNull(times.delay(0, Vector.NET_RX).p99Ns());
        times.look(null);
        assertNull(times.runs(0, Vector.NET_RX));
        assertEquals("The tracer is not there.", times.missing());
    }
}
