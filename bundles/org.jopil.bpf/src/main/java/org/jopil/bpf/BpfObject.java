// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

/**
 * A compiled object: open, configure, {@link #load()}, use, {@link #close()}. One thread at a time. Closing closes its
 * programs and its maps; a link keeps its program, a program its maps, a {@link BpfMap#duplicate()} and a mapping the map,
 * alive in the kernel for as long as they need. Configuring after the load, or asking for a map or program before it,
 * throws {@link IllegalStateException}; a name that is not in the object {@link IllegalArgumentException}.
 */
public interface BpfObject extends AutoCloseable {
    /**
     * Sets a constant ({@code const volatile}, .rodata).
     *
     * @param value exactly as many bytes as the variable has, native byte order
     */
    BpfObject constant(String symbol, byte[] value);

    BpfObject maxEntries(String map, int entries);

    /** Uses a map of another object instead of making one; type and sizes must be the same. {@code shared} may be closed after the load. */
    BpfObject reuse(String map, BpfMap shared);

    /** Whether a program is loaded; all are unless told. */
    BpfObject autoload(String program, boolean wanted);

    /** Whether an XDP program takes frames of several buffers (jumbo); as its section says ({@code xdp.frags}) unless told. */
    BpfObject withFrags(String program, boolean wanted);

    /**
     * Makes the maps and loads the programs.
     *
     * @throws BpfException with the verifier's log if it refused a program
     */
    void load();

    BpfProgram program(String name);

    BpfMap map(String name);

    /** Kernel memory of all its maps, bytes, as {@link BpfMap#memoryBytes}; those of other objects that it uses included. */
    long memoryBytes();

    /** Idempotent. */
    @Override
    void close();
}
