// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A checked-in list of known differences: some columns that say where, and the cause. */
public final class ExceptionList {
    private ExceptionList() {}

    /** Where (its columns joined by tabs) → cause. */
    public static Map<String, String> read(String resource, int whereColumns) throws IOException {
        Map<String, String> exceptions = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(ExceptionList.class.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                String[] columns = line.split("\t");
                assertEquals(whereColumns + 1, columns.length, line);
                exceptions.put(String.join("\t", Arrays.copyOf(columns, whereColumns)), columns[whereColumns]);
            }
        }
        return exceptions;
    }
}
