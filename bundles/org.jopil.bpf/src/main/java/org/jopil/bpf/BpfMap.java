// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.Optional;

/** A map in the kernel. Any thread; keys and values in native byte order. */
public interface BpfMap extends AutoCloseable {
    String name();

    /** Kernel's id. */
    int id();

    int keySize();

    /** Bytes of one value; of one CPU's value in a per-CPU map. */
    int valueSize();

    /** For a ring: its bytes. */
    int maxEntries();

    /** Kernel memory it takes, bytes, as the kernel tells (of a ring at least its size, which Linux before 6.4 leaves out); 0 where it does not. */
    long memoryBytes();

    /** The value; in a per-CPU map the values of all possible CPUs, each rounded up to 8 bytes. Empty if there is none. */
    Optional<byte[]> lookup(byte[] key);

    /** As above for maps with an index as key. */
    Optional<byte[]> lookup(int index);

    /** In a per-CPU map the values of all possible CPUs, as {@link #lookup} gives them. */
    void update(byte[] key, byte[] value);

    void update(int index, byte[] value);

    /** As {@link #lookup}, and deletes it (hash maps, Linux 5.14). */
    Optional<byte[]> take(byte[] key);

    /** Visits all entries, key by key. An entry that comes or goes meanwhile may be missed or come twice. */
    void forEach(Visitor visitor);

    /**
     * Maps an mmapable array. Values lie at {@code index * }{@link #stride()}.
     *
     * @param writable false = read-only for us
     */
    MappedRegion map(boolean writable);

    /** Distance of two values in a mapped array, bytes: value size rounded up to 8. */
    int stride();

    /**
     * Makes a ring and stores it in this map of maps; waits for an RCU grace period if the map had one there. Close it
     * when its reader is closed.
     *
     * @param bytes power of two, at least a page
     */
    BpfMap createRing(int index, int bytes);

    /**
     * Waits until every program that ran when this was called has ended (RCU grace period), by storing an inner map
     * once more; for a map of maps only.
     */
    void awaitGracePeriod(int index, BpfMap inner);

    /** A handle of its own on the same map, to be closed on its own. */
    BpfMap duplicate();

    /** Idempotent. A map that came from {@link BpfObject#map} is closed with its object, too. */
    @Override
    void close();

    /** Gets entries of {@link #forEach}; the arrays are the visitor's. */
    @FunctionalInterface
    interface Visitor {
        void entry(byte[] key, byte[] value);
    }
}
