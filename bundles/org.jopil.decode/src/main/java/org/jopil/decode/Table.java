// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;

/** A resource of this package with tabs between its columns; lines that start with # are comments. */
final class Table {
    private Table() {}

    static void read(String resource, Consumer<String[]> row) {
        try (InputStream raw = Table.class.getResourceAsStream(resource);
                InputStream in = resource.endsWith(".gz") ? new GZIPInputStream(raw) : raw;
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> row.accept(line.split("\t")));
        } catch (IOException e) {
            throw new UncheckedIOException(resource, e);
        }
    }
}
