// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A checked-in table: some columns that are the key, and one more. */
final class ExceptionList {
    private ExceptionList() {}

    /** The key (its columns joined by tabs) → the last column. */
    static Map<String, String> read(String resource, int keyColumns) throws IOException {
        Map<String, String> exceptions = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(ExceptionList.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] columns = line.split("\t");
                assertEquals(keyColumns + 1, columns.length, line);
                exceptions.put(String.join("\t", Arrays.copyOf(columns, keyColumns)), columns[keyColumns]);
            }
        }
        return exceptions;
    }
}
