// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jopil.bpf.internal.Errno;
import org.jopil.bpf.internal.KernelInfo;
import org.jopil.bpf.internal.Libbpf;
import org.jopil.bpf.internal.Libc;

/** {@link BpfMap} by file descriptor: an object's, or one of its own. */
final class NativeMap implements BpfMap {
    private final Libbpf bpf;
    /** Whose descriptor it is; null = ours. */
    private final NativeObject owner;

    private final String name;
    private final int fd;
    private final KernelInfo.Map info;
    private boolean closed;

    NativeMap(Libbpf bpf, NativeObject owner, String name, int fd) {
        this.bpf = bpf;
        this.owner = owner;
        this.name = name;
        this.fd = fd;
        try {
            this.info = KernelInfo.map(fd);
        } catch (RuntimeException e) {
            if (owner == null) {
                Libc.close(fd);
            }
            throw e;
        }
    }

    static NativeMap of(BpfMap map) {
        return (NativeMap) map;
    }

    synchronized int fd() {
        if (closed || (owner != null && owner.isClosed())) {
            throw new IllegalStateException("map " + name + " is closed");
        }
        return fd;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int id() {
        return info.id();
    }

    @Override
    public int keySize() {
        return info.keySize();
    }

    @Override
    public int valueSize() {
        return info.valueSize();
    }

    @Override
    public int maxEntries() {
        return info.maxEntries();
    }

    @Override
    public int stride() {
        return (info.valueSize() + 7) & ~7;
    }

    @Override
    public long memoryBytes() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd()))) {
                if (line.startsWith("memlock:")) {
                    long told =
                            Long.parseLong(line.substring("memlock:".length()).strip());
                    return info.type() == Libbpf.BPF_MAP_TYPE_RINGBUF ? Math.max(told, info.maxEntries()) : told;
                }
            }
            return 0;
        } catch (IOException e) {
            return 0;
        }
    }

    private int valueBytes() {
        switch (info.type()) {
            case Libbpf.BPF_MAP_TYPE_PERCPU_HASH:
            case Libbpf.BPF_MAP_TYPE_PERCPU_ARRAY:
            case Libbpf.BPF_MAP_TYPE_LRU_PERCPU_HASH:
                return stride() * bpf.libbpf_num_possible_cpus();
            default:
                return info.valueSize();
        }
    }

    @Override
    public Optional<byte[]> lookup(byte[] key) {
        return value("look up in", key, bpf::bpf_map_lookup_elem);
    }

    @Override
    public Optional<byte[]> take(byte[] key) {
        return value("take from", key, bpf::bpf_map_lookup_and_delete_elem);
    }

    private interface Command {
        int run(int fd, Pointer key, Pointer value);
    }

    private Optional<byte[]> value(String operation, byte[] key, Command command) {
        try (Memory k = memory(key, info.keySize(), "key");
                Memory v = new Memory(valueBytes())) {
            v.clear(); // the kernel may know fewer CPUs than /sys tells here, and writes theirs only
            int result = command.run(fd(), k, v);
            if (result == -Errno.ENOENT) {
                return Optional.empty();
            }
            check(operation, result);
            return Optional.of(v.getByteArray(0, (int) v.size()));
        }
    }

    @Override
    public Optional<byte[]> lookup(int index) {
        return lookup(bytes(index));
    }

    @Override
    public void update(byte[] key, byte[] value) {
        try (Memory k = memory(key, info.keySize(), "key");
                Memory v = memory(value, valueBytes(), "value")) {
            check("update", bpf.bpf_map_update_elem(fd(), k, v, 0));
        }
    }

    @Override
    public void update(int index, byte[] value) {
        update(bytes(index), value);
    }

    /** Deletes an entry, if it is there. */
    void delete(byte[] key) {
        try (Memory k = memory(key, info.keySize(), "key")) {
            int result = bpf.bpf_map_delete_elem(fd(), k);
            check("delete from", result == -Errno.ENOENT ? 0 : result);
        }
    }

    @Override
    public void forEach(Visitor visitor) {
        int keySize = info.keySize();
        try (Memory current = new Memory(keySize);
                Memory next = new Memory(keySize)) {
            int result = bpf.bpf_map_get_next_key(fd(), null, next);
            // a key that was deleted meanwhile makes the kernel begin again: the bound ends that
            for (long i = 0; result == 0 && i < 2L * info.maxEntries(); i++) {
                byte[] key = next.getByteArray(0, keySize);
                lookup(key).ifPresent(value -> visitor.entry(key, value));
                current.write(0, key, 0, keySize);
                result = bpf.bpf_map_get_next_key(fd(), current, next);
            }
            if (result != 0 && result != -Errno.ENOENT) {
                check("walk", result);
            }
        }
    }

    @Override
    public MappedRegion map(boolean writable) {
        return MappedRegion.map("map " + name, fd(), 0, (long) stride() * info.maxEntries(), writable);
    }

    @Override
    public BpfMap createRing(int index, int ringBytes) {
        int ring = bpf.bpf_map_create(Libbpf.BPF_MAP_TYPE_RINGBUF, "ring", 0, 0, ringBytes, null);
        if (ring < 0) {
            throw new BpfException("create", "ring of " + ringBytes + " bytes", -ring);
        }
        NativeMap created = new NativeMap(bpf, null, name + "[" + index + "]", ring);
        try {
            update(index, bytes(ring));
        } catch (RuntimeException e) {
            created.close();
            throw e;
        }
        return created;
    }

    @Override
    public void awaitGracePeriod(int index, BpfMap inner) {
        if (info.type() != Libbpf.BPF_MAP_TYPE_ARRAY_OF_MAPS) {
            throw new IllegalStateException("map " + name + " is no map of maps");
        }
        update(index, bytes(NativeMap.of(inner).fd()));
    }

    @Override
    public BpfMap duplicate() {
        int copy = Libc.fcntl(fd(), Libc.F_DUPFD_CLOEXEC, 3);
        if (copy < 0) {
            throw new BpfException("duplicate", "map " + name, Native.getLastError());
        }
        return new NativeMap(bpf, null, name, copy);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (owner == null) {
                Libc.close(fd);
            }
        }
    }

    private static byte[] bytes(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    private Memory memory(byte[] content, int size, String what) {
        if (content.length != size) {
            throw new IllegalArgumentException(
                    "map " + name + ": " + what + " has " + content.length + " bytes, not " + size);
        }
        Memory memory = new Memory(size);
        memory.write(0, content, 0, size);
        return memory;
    }

    private void check(String operation, int result) {
        if (result < 0) {
            throw new BpfException(operation, "map " + name, -result);
        }
    }
}
