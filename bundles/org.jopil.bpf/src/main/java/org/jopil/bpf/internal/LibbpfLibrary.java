// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jopil.bpf.BpfException;

/**
 * The one libbpf of this class loader, loaded at first use: {@code -Djopil.libbpf=PATH}, else the one in the bundle, else
 * the system's {@code libbpf.so.1}.
 */
public final class LibbpfLibrary {
    /** XDP programs that take frames of several buffers. */
    public static final String FRAGS_SECTION = "xdp.frags";

    private static final String NETFILTER_SECTION = "netfilter";

    private static final int VA_LIST_BYTES = 32;

    private static final ThreadLocal<StringBuilder> CAPTURE = new ThreadLocal<>();
    private static final Libc.Print LIBC = Native.load("c", Libc.Print.class);
    /** Held for as long as libbpf may call it. */
    private static final Libbpf.Print PRINT = LibbpfLibrary::print;

    /** No logger of its own: doctor runs without one. */
    private static volatile Consumer<String> sink;

    private static String origin = "";
    private static Libbpf library;

    private LibbpfLibrary() {}

    /** Loads it at the first call; {@link BpfException} names every place that was tried. */
    public static synchronized Libbpf get() {
        if (library == null) {
            library = load();
            library.libbpf_set_print(PRINT);
            // its own handler adds the flag at load, whatever the program's flags say: ours leaves it to them
            library.libbpf_register_prog_handler(FRAGS_SECTION, Libbpf.BPF_PROG_TYPE_XDP, Libbpf.BPF_XDP, null);
            // before 1.3 it knows no such section
            library.libbpf_register_prog_handler(
                    NETFILTER_SECTION, Libbpf.BPF_PROG_TYPE_NETFILTER, Libbpf.BPF_NETFILTER, null);
        }
        return library;
    }

    /** Where what libbpf says goes when nobody captures it; null = nowhere. */
    public static void log(Consumer<String> to) {
        sink = to;
    }

    /** Where it came from; empty before the first use. */
    public static synchronized String origin() {
        return origin;
    }

    /** Takes our print function out of libbpf, so that nothing calls into a class loader that is gone. */
    public static synchronized void release() {
        if (library != null) {
            library.libbpf_set_print(null);
            library = null;
        }
    }

    /** A call and what libbpf said meanwhile on this thread. */
    public static String capture(IntSupplier call, int[] result) {
        StringBuilder log = new StringBuilder();
        CAPTURE.set(log);
        try {
            result[0] = call.getAsInt();
        } finally {
            CAPTURE.remove();
        }
        return log.toString();
    }

    private static Libbpf load() {
        List<String> tried = new ArrayList<>();
        String given = System.getProperty("jopil.libbpf", "");
        if (!given.isEmpty()) {
            // what was asked for explicitly is not silently replaced by something else
            return load(given, tried, true);
        }
        String resource = "/bpf/native/" + Platform.RESOURCE_PREFIX + "/libjopilbpf.so";
        try {
            File extracted = Native.extractFromResourcePath(resource, LibbpfLibrary.class.getClassLoader());
            Libbpf loaded = load(extracted.getAbsolutePath(), tried, false);
            if (loaded != null) {
                if (extracted.getName().startsWith("jna")) {
                    // a copy out of the jar: loaded, it needs no name any more, and a killed process leaves no file
                    Files.deleteIfExists(extracted.toPath());
                }
                origin = "bundle";
                return loaded;
            }
        } catch (IOException e) {
            tried.add(resource + " in the bundle: " + e.getMessage());
        }
        return load("libbpf.so.1", tried, true);
    }

    private static Libbpf load(String path, List<String> tried, boolean last) {
        try {
            Libbpf loaded = Native.load(path, Libbpf.class);
            origin = path;
            return loaded;
        } catch (UnsatisfiedLinkError e) {
            tried.add(path + ": " + e.getMessage().lines().findFirst().orElse(""));
            if (last) {
                throw new BpfException("load", "libbpf: " + String.join("; ", tried), 0);
            }
            return null;
        }
    }

    private static int print(int level, Pointer format, Pointer arguments) {
        try {
            StringBuilder log = CAPTURE.get();
            Consumer<String> sink = LibbpfLibrary.sink;
            if (log != null || sink != null) {
                String text = format(format, arguments);
                if (log != null && level <= 1) {
                    log.append(text);
                } else if (sink != null) {
                    sink.accept(text.strip());
                }
            }
            return 0;
        } catch (Throwable e) {
            // nothing may be thrown into C
            return -1;
        }
    }

    private static String format(Pointer format, Pointer arguments) {
        // the first pass consumes the va_list: give it a copy (24 bytes on x86-64, 32 on arm64)
        try (Memory copy = new Memory(VA_LIST_BYTES)) {
            copy.write(0, arguments.getByteArray(0, VA_LIST_BYTES), 0, VA_LIST_BYTES);
            int length = LIBC.vsnprintf(null, 0, format, copy);
            if (length <= 0) {
                return "";
            }
            try (Memory text = new Memory(length + 1L)) {
                LIBC.vsnprintf(text, length + 1L, format, arguments);
                return new String(text.getByteArray(0, length), StandardCharsets.UTF_8);
            }
        }
    }
}
