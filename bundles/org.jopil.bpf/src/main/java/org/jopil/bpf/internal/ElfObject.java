// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Sections and symbols of a 64-bit ELF object as clang makes them for BPF. */
public final class ElfObject {
    private static final int SECTION_HEADER_BYTES = 64;
    private static final int SYMBOL_BYTES = 24;

    /** {@code offset} is within the section. */
    public record Symbol(String name, String section, long offset, long size) {}

    private record Section(String name, ByteBuffer content, int link) {}

    private final List<Section> sections = new ArrayList<>();
    private final List<Symbol> symbols = new ArrayList<>();

    private ElfObject() {}

    /** Reads it; {@link IllegalArgumentException} if it is no such object. */
    public static ElfObject parse(byte[] bytes) {
        try {
            ElfObject object = new ElfObject();
            object.read(ByteBuffer.wrap(bytes));
            return object;
        } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("truncated ELF object", e);
        }
    }

    private void read(ByteBuffer file) {
        if (file.getInt(0) != 0x7f454c46 || file.get(4) != 2) {
            throw new IllegalArgumentException("no 64-bit ELF object");
        }
        file.order(file.get(5) == 2 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
        int headers = Math.toIntExact(file.getLong(40));
        int count = file.getShort(60) & 0xffff;
        int names = file.getShort(62) & 0xffff;
        int nameTable = Math.toIntExact(file.getLong(headers + names * SECTION_HEADER_BYTES + 24));
        for (int i = 0; i < count; i++) {
            int at = headers + i * SECTION_HEADER_BYTES;
            int type = file.getInt(at + 4);
            // SHT_NULL and SHT_NOBITS have no bytes
            int size = type == 0 || type == 8 ? 0 : Math.toIntExact(file.getLong(at + 32));
            ByteBuffer content = file.slice(size == 0 ? 0 : Math.toIntExact(file.getLong(at + 24)), size)
                    .order(file.order());
            sections.add(new Section(string(file, nameTable + file.getInt(at)), content, file.getInt(at + 40)));
        }
        for (Section section : sections) {
            if (section.name().equals(".symtab")) {
                readSymbols(section.content(), sections.get(section.link()).content());
            }
        }
    }

    private void readSymbols(ByteBuffer table, ByteBuffer strings) {
        for (int at = 0; at + SYMBOL_BYTES <= table.limit(); at += SYMBOL_BYTES) {
            int section = table.getShort(at + 6) & 0xffff;
            // SHN_LORESERVE and above are no sections
            if (section < sections.size()) {
                symbols.add(new Symbol(
                        string(strings, table.getInt(at)),
                        sections.get(section).name(),
                        table.getLong(at + 8),
                        table.getLong(at + 16)));
            }
        }
    }

    static String string(ByteBuffer table, int at) {
        int end = at;
        while (table.get(end) != 0) {
            end++;
        }
        byte[] bytes = new byte[end - at];
        table.get(at, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Its bytes; {@link IllegalArgumentException} if there is none. */
    public ByteBuffer section(String name) {
        for (Section section : sections) {
            if (section.name().equals(name)) {
                return section.content().duplicate().order(section.content().order());
            }
        }
        throw new IllegalArgumentException("no section " + name);
    }

    /** Null if there is none. */
    public Symbol symbol(String name, String section) {
        for (Symbol symbol : symbols) {
            if (symbol.name().equals(name) && symbol.section().equals(section)) {
                return symbol;
            }
        }
        return null;
    }
}
