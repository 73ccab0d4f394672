// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** BPF objects by their ids, so that those of one process are told from everybody else's. */
record KernelObjects(Set<Integer> programs, Set<Integer> maps, Set<Integer> links) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** What a process holds by file descriptors. */
    static KernelObjects heldBy(long pid) {
        KernelObjects held = new KernelObjects(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + pid + "/fdinfo"))) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                held.add(lines(descriptor));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return held;
    }

    private static List<String> lines(Path descriptor) throws IOException {
        try {
            return Files.readAllLines(descriptor);
        } catch (IOException e) {
            if (Files.exists(descriptor)) {
                throw e;
            }
            return List.of(); // closed in between: opening it fails, or reading what was opened
        }
    }

    /** A link's lines name its program, too; a program's own may name none but itself. */
    private void add(List<String> lines) {
        for (String line : lines) {
            String[] words = line.split(":\\s*");
            switch (words[0]) {
                case "prog_id" -> programs.add(Integer.valueOf(words[1]));
                case "map_id" -> maps.add(Integer.valueOf(words[1]));
                case "link_id" -> links.add(Integer.valueOf(words[1]));
                default -> {} // positions, flags, sizes
            }
        }
    }

    /** Those of these that {@code bpftool} still finds in the kernel. */
    KernelObjects remaining() {
        return new KernelObjects(remaining("prog", programs), remaining("map", maps), remaining("link", links));
    }

    private static Set<Integer> remaining(String kind, Set<Integer> ids) {
        Set<Integer> found = new TreeSet<>();
        for (JsonNode object : bpftool(kind, "show")) {
            found.add(object.path("id").asInt());
        }
        found.retainAll(ids);
        return found;
    }

    /** What {@code bpftool -j} answers. */
    static JsonNode bpftool(String... words) {
        String[] all =
                Stream.concat(Stream.of("bpftool", "-j"), Stream.of(words)).toArray(String[]::new);
        try {
            return MAPPER.readTree(Command.run(all).orFail().out());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    boolean isEmpty() {
        return programs.isEmpty() && maps.isEmpty() && links.isEmpty();
    }

    /** How many of each, for comparing two processes that do the same. */
    String counts() {
        return programs.size() + " programs, " + maps.size() + " maps, " + links.size() + " links";
    }
}
