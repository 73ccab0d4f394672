// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code error-texts.tsv} says of every error text which test provokes it; a list that is not true fails. */
class ErrorTextsIT {
    private static final Path SOURCES = Path.of("src/test/java/org/jopil/itests");
    private static final Pattern CODE = Pattern.compile("JOPIL-(1\\d\\d)\\b");

    @Test
    void shouldProvokeWhatTheListSaysAndNothingElse() throws IOException {
        Map<String, String> listed = new TreeMap<>();
        for (String line : Files.readAllLines(Path.of("src/test/resources/error-texts.tsv"))) {
            if (!line.startsWith("#")) {
                String[] parts = line.split("\t");
                assertFalse(parts[1].equals("-") && parts.length < 3, () -> "no cause: " + line);
                listed.put(parts[0], parts[1]);
            }
        }
        Map<String, TreeSet<String>> provoked = provoked();
        listed.forEach((code, test) -> {
            TreeSet<String> tests = provoked.getOrDefault(code, new TreeSet<>());
            assertEquals(!test.equals("-"), tests.contains(test) || !tests.isEmpty(), "JOPIL-" + code + " " + tests);
        });
        provoked.keySet().removeAll(listed.keySet());
        assertEquals(Map.of(), provoked, "asserted by a test, and not in the list");
    }

    private static Map<String, TreeSet<String>> provoked() throws IOException {
        Map<String, TreeSet<String>> tests = new TreeMap<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.filter(f -> f.toString().endsWith("IT.java")).toList()) {
                Matcher matcher = CODE.matcher(Files.readString(file));
                while (matcher.find()) {
                    tests.computeIfAbsent(matcher.group(1), code -> new TreeSet<>())
                            .add(file.getFileName().toString().replace(".java", ""));
                }
            }
        }
        return tests;
    }
}
