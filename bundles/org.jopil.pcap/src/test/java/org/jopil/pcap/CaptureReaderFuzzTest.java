// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jopil.fuzz.Fuzzer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any bytes: packets, then the end or a {@link CaptureException}, nothing else. The inputs beside this class are tried
 * in every build; {@code -Djopil.fuzz=SECONDS} searches for new ones.
 */
public class CaptureReaderFuzzTest {
    private static final int MAX_BLOCK_BYTES = 1 << 20;

    @FuzzTest
    void shouldEndWithATypedError(byte[] file) throws IOException {
        fuzzerTestOneInput(file);
    }

    @Test
    @EnabledIfSystemProperty(named = "jopil.fuzz", matches = "[0-9]+")
    void shouldStandTheFuzzer(@TempDir Path folder) throws Exception {
        Fuzzer.Result result =
                new Fuzzer(folder, CaptureReaderFuzzTest.class).run(Integer.getInteger("jopil.fuzz"), seeds());
        assertEquals(0, result.status(), result::log);
        System.out.println("fuzzed, capture reader: " + result.text());
    }

    private static Stream<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        try (Stream<Path> inputs = Files.walk(Path.of("src/test/resources"))) {
            for (Path input : inputs.filter(Files::isRegularFile).toList()) {
                seeds.add(Files.readAllBytes(input));
            }
        }
        return seeds.stream();
    }

    /** Jazzer's own program calls this. */
    public static void fuzzerTestOneInput(byte[] file) throws IOException {
        try (CaptureReader in = CaptureReader.open(new ByteArrayInputStream(file), "fuzz", MAX_BLOCK_BYTES)) {
            while (in.next()) {
                assertTrue(in.capturedBytes() >= 0 && in.lengthBytes() >= 0);
                assertTrue(in.dataIndex() + in.capturedBytes() <= in.data().length);
            }
        } catch (CaptureException e) {
            assertTrue(e.offset() >= 0, e.getMessage());
        }
    }
}
