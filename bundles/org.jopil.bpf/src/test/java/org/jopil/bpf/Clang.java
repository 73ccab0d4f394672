// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Objects that only a test wants, compiled as it runs. */
final class Clang {
    private static final Path KERNEL_HALF = Path.of("../../bpf");

    private static final String HEAD =
            """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            """;

    private Clang() {}

    static BpfObject open(String name, String source) throws IOException {
        Path c = Files.createTempFile("jopil-clang", ".bpf.c");
        try {
            Files.writeString(c, HEAD + source);
            return new NativeBpfLoader().open(name, compile(c), false);
        } finally {
            Files.delete(c);
        }
    }

    /** One of {@code bpf/test}. */
    static byte[] ofKernelHalf(String name) throws IOException {
        return compile(KERNEL_HALF.resolve("test").resolve(name));
    }

    private static byte[] compile(Path c) throws IOException {
        Path o = Files.createTempFile("jopil-clang", ".bpf.o");
        try {
            String multiarch = Privileged.run("gcc", "-print-multiarch").strip();
            Privileged.run(
                    "clang",
                    "-O2",
                    "-g",
                    "-target",
                    "bpf",
                    "-mcpu=v3",
                    "-I" + KERNEL_HALF.resolve("include"),
                    "-I/usr/include/" + multiarch,
                    "-c",
                    c.toString(),
                    "-o",
                    o.toString());
            return Files.readAllBytes(o);
        } finally {
            Files.delete(o);
        }
    }
}
