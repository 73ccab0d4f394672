// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.PcapCompiler;
import org.junit.jupiter.api.Test;

/** {@code docs/filters.md} keeps its word: its first table is taken by lists, its second by packets, its third by lists or nobody. */
class FilterDocTest {
    private static final Path PAGE = Path.of("../../docs/filters.md");
    private static final Pattern EXAMPLE = Pattern.compile("^\\| `(.*?)` \\| .*$");

    @Test
    void shouldTakeItsExamples() throws Exception {
        List<List<String>> tables = tables();
        assertEquals(List.of(8, 6, 5), tables.stream().map(List::size).toList());
        PcapFilters packets = new PcapFilters(new PcapCompiler());
        for (String filter : tables.get(0)) {
            assertEquals(filter, new FilterLanguage().parse(filter).text());
        }
        for (String filter : tables.get(1)) {
            assertEquals(filter, packets.compile(filter, LinkType.ETHERNET).text());
        }
        for (String filter : tables.get(2)) {
            assertThrows(FilterException.class, () -> packets.compile(filter, LinkType.ETHERNET), filter);
        }
    }

    /** Tables whose first column is {@code filter}. */
    private static List<List<String>> tables() throws IOException {
        List<List<String>> tables = new ArrayList<>();
        List<String> open = null;
        for (String line : Files.readAllLines(PAGE)) {
            Matcher example = EXAMPLE.matcher(line);
            if (line.startsWith("| filter |")) {
                open = new ArrayList<>();
                tables.add(open);
            } else if (open != null && example.matches()) {
                open.add(example.group(1).replace("\\|", "|"));
            } else if (!line.startsWith("|")) {
                open = null;
            }
        }
        return tables;
    }
}
