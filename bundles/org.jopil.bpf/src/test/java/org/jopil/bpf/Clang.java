// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Objects that only a test wants, compiled as it runs. */
final class Clang {
    private static final String HEAD =
            """
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            char LICENSE[] SEC("license") = "GPL";
            """;

    private Clang() {}

    static BpfObject open(String name, String source) throws IOException {
        Path folder = Files.createTempDirectory("jopil-clang");
        Path c = folder.resolve("test.bpf.c");
        Path o = folder.resolve("test.bpf.o");
        try {
            Files.writeString(c, HEAD + source);
            String multiarch = Privileged.run("gcc", "-print-multiarch").strip();
            Privileged.run(
                    "clang",
                    "-O2",
                    "-g",
                    "-target",
                    "bpf",
                    "-mcpu=v3",
                    "-I/usr/include/" + multiarch,
                    "-c",
                    c.toString(),
                    "-o",
                    o.toString());
            return new NativeBpfLoader().open(name, Files.readAllBytes(o), false);
        } finally {
            Files.deleteIfExists(c);
            Files.deleteIfExists(o);
            Files.delete(folder);
        }
    }
}
