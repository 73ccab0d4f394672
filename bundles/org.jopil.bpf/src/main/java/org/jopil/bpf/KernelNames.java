// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jopil.bpf.internal.Btf;

/** What the running kernel calls its numbers and addresses. Any thread. */
public final class KernelNames {
    private static final Path BTF = Path.of("/sys/kernel/btf/vmlinux");
    private static final Path SYMBOLS = Path.of("/proc/kallsyms");

    private KernelNames() {}

    /**
     * A function.
     *
     * @param offset bytes from its begin
     */
    public record Symbol(String name, long offset) {}

    /**
     * Names of an enum's values, by value, from the kernel's BTF; empty without BTF, or without such an enum. Reads some
     * megabytes: ask once.
     */
    public static Map<Integer, String> enumerators(String name) {
        Map<Integer, String> names = new HashMap<>();
        try {
            ByteBuffer btf = ByteBuffer.wrap(Files.readAllBytes(BTF)).order(ByteOrder.nativeOrder());
            Btf.enumerators(btf, name).forEach((text, value) -> names.putIfAbsent(value, text));
        } catch (IOException | IndexOutOfBoundsException e) {
            return Map.of();
        }
        return names;
    }

    /**
     * The functions that addresses lie in. Reads all of /proc/kallsyms, some 10 MB: ask for all new ones at once. What the
     * kernel hides (kptr_restrict) or has no function for is left out.
     */
    public static Map<Long, Symbol> symbols(long[] addresses) {
        long[] sorted = addresses.clone();
        Arrays.sort(sorted);
        long[] begins = new long[sorted.length];
        String[] names = new String[sorted.length];
        try (BufferedReader lines = Files.newBufferedReader(SYMBOLS)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                long begin = function(line);
                if (begin != 0) {
                    note(sorted, begins, names, begin, line);
                }
            }
        } catch (IOException e) {
            return Map.of();
        }
        Map<Long, Symbol> found = new HashMap<>();
        for (int i = 0; i < sorted.length; i++) {
            if (names[i] != null && sorted[i] < 0) { // the kernel's half
                found.put(sorted[i], new Symbol(names[i], sorted[i] - begins[i]));
            }
        }
        return found;
    }

    /**
     * Where a function lies.
     *
     * @param end of the next one, so that nothing else lies between
     */
    public record Extent(long begin, long end) {}

    /**
     * Where functions lie, by name; one that is not there, or that the kernel hides (kptr_restrict), is left out. Reads all
     * of /proc/kallsyms: ask for all at once.
     */
    public static Map<String, Extent> extents(Set<String> names) {
        Map<String, Extent> found = new HashMap<>();
        try (Stream<String> lines = Files.lines(SYMBOLS)) {
            // in the order of addresses, so that the next function comes after
            String open = "";
            long begin = 0;
            for (String line : (Iterable<String>) lines::iterator) {
                long address = function(line);
                if (!open.isEmpty() && address > begin) {
                    found.put(open, new Extent(begin, address));
                    open = "";
                }
                String name = address < 0 ? line.substring(line.indexOf(' ') + 3) : "";
                if (names.contains(name)) {
                    open = name;
                    begin = address;
                }
            }
        } catch (IOException e) {
            return Map.of();
        }
        return found;
    }

    /** {@code ffffffff81000000 T name [module]}: its address; 0 if it is no code, or hidden. */
    private static long function(String line) {
        int space = line.indexOf(' ');
        char kind = Character.toLowerCase(line.charAt(space + 1));
        return kind == 't' || kind == 'w' ? Long.parseUnsignedLong(line, 0, space, 16) : 0;
    }

    /** The nearest begin before each address; addresses of the kernel's half are negative, and in order. */
    private static void note(long[] sorted, long[] begins, String[] names, long begin, String line) {
        for (int i = sorted.length - 1; i >= 0 && sorted[i] >= begin; i--) {
            if (names[i] == null || begin > begins[i]) {
                begins[i] = begin;
                names[i] = line.substring(line.indexOf(' ') + 3).split("\\s", 2)[0];
            }
        }
    }
}
