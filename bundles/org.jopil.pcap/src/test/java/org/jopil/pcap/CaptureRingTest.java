// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaptureRingTest {
    private static final CaptureProducer PRODUCER = new CaptureProducer("", "", "JOPIL 0.1.0");
    private static final CaptureInterface LOOPBACK =
            new CaptureInterface("lo:tc-ingress", "", CaptureInterface.ETHERNET, 0, "");

    @TempDir
    Path folder;

    @Test
    void shouldKeepTheNewestFilesEachWhole() throws Exception {
        long time = 0;
        try (CaptureRing ring = ring(3)) {
            ring.addInterface(LOOPBACK);
            for (; time < 8_000; time++) {
                ring.write(0, time, CaptureWriterTest.frame(1000), 0, 1000, 1000, new PacketOptions().comment("ü"));
                if (time % 500 == 0) {
                    assertWholeFilesAreReadable();
                }
            }
            assertEquals(2, ring.wholeFiles().size());
        }
        assertEquals(List.of("x.000006.pcapng", "x.000007.pcapng", "x.000008.pcapng"), names());
        for (String name : names()) {
            Path file = folder.resolve(name);
            assertTrue(Files.size(file) <= CaptureRing.MIN_FILE_BYTES, name + " has " + Files.size(file));
            assertTrue(String.join("\n", Wireshark.capinfos(file)).contains("Number of stat entries = 1"));
        }
        assertEquals(time, lastTime(folder.resolve("x.000008.pcapng")) + 1);
        assertEquals(lastTime(folder.resolve("x.000006.pcapng")) + 1, firstTime(folder.resolve("x.000007.pcapng")));
    }

    @Test
    void shouldCountAcrossFiles() throws IOException {
        CaptureRing ring = ring(1);
        ring.addInterface(LOOPBACK);
        for (int i = 0; i < 3_000; i++) {
            ring.write(0, i, CaptureWriterTest.frame(1000), 0, 1000, 1000, new PacketOptions());
        }
        ring.close();
        assertEquals(3_000, ring.writtenPackets());
        assertEquals(List.of("x.000003.pcapng"), names());
    }

    @Test
    void shouldRefuseAFileSmallerThanAPacket() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new CaptureRing(folder.resolve("x"), 1, 1000, PRODUCER, id -> null).close());
    }

    private CaptureRing ring(int files) throws IOException {
        return new CaptureRing(
                folder.resolve("x.pcapng"),
                files,
                CaptureRing.MIN_FILE_BYTES,
                PRODUCER,
                id -> new CaptureStatistics(0, 1, 2, 2, 0, 2));
    }

    private void assertWholeFilesAreReadable() throws IOException {
        List<String> names = names();
        assertTrue(names.size() <= 3, names::toString);
        for (String name : names) {
            if (name.endsWith(".pcapng")) {
                assertTrue(lastTime(folder.resolve(name)) > 0, name);
            }
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static long firstTime(Path file) throws IOException {
        try (CaptureReader in = CaptureReader.open(file)) {
            assertTrue(in.next());
            return in.timestampNs();
        }
    }

    private static long lastTime(Path file) throws IOException {
        long last = -1;
        try (CaptureReader in = CaptureReader.open(file)) {
            while (in.next()) {
                last = in.timestampNs();
            }
        }
        return last;
    }
}
