// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;

/**
 * Any bytes: packets, then the end or a {@link CaptureException}, nothing else. The inputs beside this class are tried
 * in every build; JAZZER_FUZZ=1 searches for new ones.
 */
class CaptureReaderFuzzTest {
    private static final int MAX_BLOCK_BYTES = 1 << 20;

    @FuzzTest(maxDuration = "60s")
    void shouldEndWithATypedError(byte[] file) throws IOException {
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
