// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.util.HashMap;
import java.util.Map;
import org.jopil.bpf.internal.Btf;
import org.jopil.bpf.internal.ElfObject;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.LibbpfLibrary;

/** {@link BpfObject} of libbpf. */
final class NativeObject implements BpfObject {
    private enum State {
        OPEN,
        LOADED,
        CLOSED
    }

    private static final String RODATA = ".rodata";

    private final Libbpf bpf;
    private final String name;
    private final ElfObject elf;
    private final Btf btf;
    private final Memory bytes;
    private final Pointer object;
    private final Map<String, NativeProgram> programs = new HashMap<>();
    private final Map<String, NativeMap> maps = new HashMap<>();
    private State state = State.OPEN;

    NativeObject(Libbpf bpf, String name, byte[] content, ElfObject elf, Btf btf) {
        this.bpf = bpf;
        this.name = name;
        this.elf = elf;
        this.btf = btf;
        this.bytes = new Memory(content.length);
        bytes.write(0, content, 0, content.length);
        Pointer[] opened = new Pointer[1];
        int[] errno = new int[1];
        String log = LibbpfLibrary.capture(
                () -> {
                    opened[0] = open();
                    return opened[0] == null ? Native.getLastError() : 0;
                },
                errno);
        if (opened[0] == null) {
            bytes.close();
            throw new BpfException("open", name, errno[0], log);
        }
        this.object = opened[0];
        for (Pointer p = bpf.bpf_object__next_program(object, null); p != null; ) {
            if (LibbpfLibrary.FRAGS_SECTION.equals(bpf.bpf_program__section_name(p))) {
                bpf.bpf_program__set_flags(p, Libbpf.BPF_F_XDP_HAS_FRAGS);
            }
            p = bpf.bpf_object__next_program(object, p);
        }
    }

    private Pointer open() {
        // struct bpf_object_open_opts { size_t sz; const char *object_name; ... }: without a name libbpf makes one of
        // the address, and maps like .rodata take it over
        String stem = name.contains(".") ? name.substring(0, name.indexOf('.')) : name;
        try (Memory options = new Memory(16);
                Memory text = new Memory(stem.length() + 1L)) {
            text.setString(0, stem);
            options.setLong(0, 16);
            options.setPointer(8, text);
            return bpf.bpf_object__open_mem(bytes, bytes.size(), options);
        }
    }

    @Override
    public BpfObject constant(String symbol, byte[] value) {
        require(State.OPEN);
        ElfObject.Symbol found = elf.symbol(symbol, RODATA);
        if (found == null) {
            throw new IllegalArgumentException(name + " has no constant " + symbol);
        }
        int size = btf.sizeOfVariable(symbol);
        if (size != value.length) {
            throw new IllegalArgumentException(symbol + " has " + size + " bytes, not " + value.length);
        }
        Pointer section = bpf.bpf_object__find_map_by_name(object, RODATA);
        try (Memory length = new Memory(8)) {
            Pointer data = section == null ? null : bpf.bpf_map__initial_value(section, length);
            if (data == null || found.offset() + size > length.getLong(0)) {
                throw new IllegalArgumentException(name + " has no " + RODATA + " for " + symbol);
            }
            data.write(found.offset(), value, 0, size);
        }
        return this;
    }

    @Override
    public BpfObject maxEntries(String map, int entries) {
        require(State.OPEN);
        check("set max_entries of", map, bpf.bpf_map__set_max_entries(findMap(map), entries));
        return this;
    }

    @Override
    public BpfObject reuse(String map, BpfMap shared) {
        require(State.OPEN);
        check(
                "reuse",
                map,
                bpf.bpf_map__reuse_fd(findMap(map), NativeMap.of(shared).fd()));
        return this;
    }

    @Override
    public BpfObject autoload(String program, boolean wanted) {
        require(State.OPEN);
        check("configure", program, bpf.bpf_program__set_autoload(findProgram(program), wanted ? 1 : 0));
        return this;
    }

    @Override
    public BpfObject withFrags(String program, boolean wanted) {
        require(State.OPEN);
        Pointer found = findProgram(program);
        int flags = bpf.bpf_program__flags(found);
        flags = wanted ? flags | Libbpf.BPF_F_XDP_HAS_FRAGS : flags & ~Libbpf.BPF_F_XDP_HAS_FRAGS;
        check("configure", program, bpf.bpf_program__set_flags(found, flags));
        return this;
    }

    @Override
    public void load() {
        require(State.OPEN);
        int[] result = new int[1];
        String log = LibbpfLibrary.capture(() -> bpf.bpf_object__load(object), result);
        if (result[0] < 0) {
            close();
            throw new BpfException("load", name, -result[0], log);
        }
        state = State.LOADED;
    }

    @Override
    public BpfProgram program(String program) {
        require(State.LOADED);
        return programs.computeIfAbsent(program, p -> {
            int fd = bpf.bpf_program__fd(findProgram(p));
            if (fd < 0) {
                throw new IllegalStateException(p + " was not loaded");
            }
            return new NativeProgram(bpf, this, p, fd);
        });
    }

    int programFd(String program) {
        require(State.LOADED);
        return bpf.bpf_program__fd(findProgram(program));
    }

    int programFlags(String program) {
        return bpf.bpf_program__flags(findProgram(program));
    }

    @Override
    public BpfMap map(String map) {
        require(State.LOADED);
        return maps.computeIfAbsent(map, m -> new NativeMap(bpf, this, m, bpf.bpf_map__fd(findMap(m))));
    }

    @Override
    public long memoryBytes() {
        require(State.LOADED);
        long sum = 0;
        for (Pointer map = bpf.bpf_object__next_map(object, null); map != null; ) {
            int fd = bpf.bpf_map__fd(map);
            if (fd >= 0) {
                sum += new NativeMap(bpf, this, name, fd).memoryBytes();
            }
            map = bpf.bpf_object__next_map(object, map);
        }
        return sum;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    @Override
    public void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            bpf.bpf_object__close(object);
            bytes.close();
        }
    }

    private void require(State wanted) {
        if (state != wanted) {
            throw new IllegalStateException(name + " is " + state.name().toLowerCase(java.util.Locale.ROOT));
        }
    }

    private Pointer findMap(String map) {
        return found(bpf.bpf_object__find_map_by_name(object, map), map);
    }

    private Pointer findProgram(String program) {
        return found(bpf.bpf_object__find_program_by_name(object, program), program);
    }

    private Pointer found(Pointer pointer, String what) {
        if (pointer == null) {
            throw new IllegalArgumentException(name + " has no " + what);
        }
        return pointer;
    }

    private void check(String operation, String what, int result) {
        if (result < 0) {
            throw new BpfException(operation, what, -result);
        }
    }
}
