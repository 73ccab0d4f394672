// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jopil.api.event.Stage;
import org.jopil.api.source.LatencySource.Histogram;
import org.jopil.bpf.BpfMap;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.Layout;
import org.jopil.bpf.NativeBpfLoader;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Entries that the test writes into the kernel's map itself; no program runs. */
class LatencyHistogramsKernelTest {
    private static final int ENTRIES = 16;
    private static final int ENDED = 4_194_303; // above the kernel's default of pid_max
    private static final int US = (int) ProcessHandle.current().pid();

    private final NativeBpfLoader loader = new NativeBpfLoader();

    @BeforeEach
    void needRoot() {
        if (!"root".equals(System.getProperty("user.name"))) {
            if ("true".equals(System.getenv("CI"))) {
                throw new AssertionError("needs root");
            }
            Assumptions.abort("needs root");
        }
    }

    private void put(BpfMap latency, int pid, int port, int count) {
        ByteBuffer key = ByteBuffer.allocate(Layout.LATENCY_KEY_SIZE).order(ByteOrder.nativeOrder());
        key.putInt(Layout.LATENCY_KEY_TGID_OFFSET, pid)
                .putShort(Layout.LATENCY_KEY_PORT_OFFSET, (short) port)
                .put(Layout.LATENCY_KEY_STAGE_OFFSET, (byte) Stage.SOCKET_QUEUE.ordinal());
        ByteBuffer values = ByteBuffer.allocate(loader.possibleCpus() * Layout.HISTOGRAM_SIZE)
                .order(ByteOrder.nativeOrder());
        for (int at = 0; at < values.capacity(); at += Layout.HISTOGRAM_SIZE) {
            values.putLong(at + Layout.HISTOGRAM_COUNT_OFFSET, count)
                    .putLong(at + Layout.HISTOGRAM_MAX_NS_OFFSET, 5)
                    .putInt(at + Layout.HISTOGRAM_BUCKET_OFFSET + 5 * Integer.BYTES, count);
        }
        latency.update(key.array(), values.array());
    }

    private static List<Histogram> read(LatencyHistograms histograms) {
        List<Histogram> read = new ArrayList<>();
        histograms.read(false, read::add);
        return read;
    }

    @Test
    void shouldMakeRoomAndTellALastTimeOfWhatGoes() {
        BpfObject object = loader.open("journey.bpf.o");
        JourneyPrograms.all(true).forEach(program -> object.autoload(program, false));
        object.maxEntries("latency", ENTRIES).load();
        try (LatencyHistograms histograms = new LatencyHistograms(object)) {
            BpfMap latency = object.map("latency");
            for (int port = 1; port < ENTRIES - 2; port++) {
                put(latency, ENDED, port, port);
            }
            put(latency, US, 80, 7);
            List<Histogram> before = read(histograms);
            assertEquals(ENTRIES - 2, before.size());
            put(latency, ENDED, 1, 1000);

            List<Histogram> last = read(histograms);
            assertEquals(ENTRIES - 2, last.size());
            assertEquals(
                    1000L * loader.possibleCpus(),
                    last.stream().mapToLong(Histogram::count).max().orElseThrow(),
                    "what came since is told");

            List<Histogram> after = read(histograms);
            assertEquals(1, after.size());
            assertEquals(US, after.get(0).key().pid());
            assertEquals("java", after.get(0).key().command());
            assertEquals(7L * loader.possibleCpus(), after.get(0).count());

            put(latency, ENDED, 1, 1);
            int again = read(histograms).stream()
                    .filter(h -> h.key().pid() == ENDED)
                    .findFirst()
                    .orElseThrow()
                    .id();
            assertEquals(0, before.stream().filter(h -> h.id() == again).count(), "another histogram");
        } finally {
            object.close();
        }
    }
}
