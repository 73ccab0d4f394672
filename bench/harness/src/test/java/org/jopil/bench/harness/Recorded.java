// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;

/** What real tools said. */
final class Recorded {
    private Recorded() {}

    static String text(String name) {
        try (InputStream in = Recorded.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
