// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jopil.bpf.internal.Btf;
import org.jopil.bpf.internal.ElfObject;
import org.jopil.bpf.internal.LayoutTable;
import org.junit.jupiter.api.Test;

/**
 * Kernel and Java agree. Regenerate after a change of a header that both sides share, from this module's folder:
 * {@code mvn -o test -Dtest=LayoutTest -Djopil.layout.write=true}
 */
class LayoutTest {
    private static final Path SOURCE = Path.of("src/main/java/org/jopil/bpf/Layout.java");

    @Test
    void shouldEqualWhatTheObjectSays() throws IOException {
        Map<String, Map<String, Integer>> all = new LinkedHashMap<>(LayoutTable.of(object("sensor.bpf.o")));
        for (String object : List.of(
                "drop.bpf.o",
                "drop_stack.bpf.o",
                "owner.bpf.o",
                "tcp.bpf.o",
                "journey.bpf.o",
                "softirq.bpf.o",
                "capture.bpf.o")) {
            all.putAll(LayoutTable.of(object(object)));
        }
        byte[] filter = Clang.ofKernelHalf("filter.bpf.c");
        all.putAll(LayoutTable.of(Btf.parse(ElfObject.parse(filter).section(".BTF"))));
        String generated = source(all);
        if (Boolean.getBoolean("jopil.layout.write")) {
            Files.writeString(SOURCE, generated);
        }
        assertEquals(generated, Files.readString(SOURCE));
    }

    @Test
    void shouldNameEveryDifference() throws IOException {
        Map<String, Map<String, Integer>> table = LayoutTable.of(object("sensor.bpf.o"));
        table.get("struct control").put("CONTROL_SAMPLE_STEP_OFFSET", 4);
        table.get("struct control").put("CONTROL_NEW_OFFSET", 24);
        String difference = LayoutTable.difference(table, Layout.class);
        assertTrue(difference.contains("CONTROL_SAMPLE_STEP_OFFSET is 0 here, 4 in the object"), difference);
        assertTrue(difference.contains("CONTROL_NEW_OFFSET is missing here, 24 in the object"), difference);
    }

    static Btf object(String name) throws IOException {
        try (InputStream in = LayoutTest.class.getResourceAsStream("/bpf/" + name)) {
            return Btf.parse(ElfObject.parse(in.readAllBytes()).section(".BTF"));
        }
    }

    private static String source(Map<String, Map<String, Integer>> table) {
        StringBuilder text = new StringBuilder(
                """
                // SPDX-License-Identifier: Apache-2.0
                package org.jopil.bpf;

                /**
                 * Sizes, offsets and values that the kernel half is compiled with. Offsets and sizes in bytes, lengths in
                 * elements. GENERATED from the BTF of the objects by LayoutTest, which says how; checked by it, and against every
                 * object that is opened.
                 */
                public final class Layout {
                """);
        table.forEach((group, constants) -> {
            text.append("    // ").append(group).append('\n');
            constants.forEach((name, value) -> text.append("    public static final int ")
                    .append(name)
                    .append(" = ")
                    .append(value)
                    .append(";\n"));
            text.append('\n');
        });
        return text.append("    private Layout() {}\n}\n").toString();
    }
}
