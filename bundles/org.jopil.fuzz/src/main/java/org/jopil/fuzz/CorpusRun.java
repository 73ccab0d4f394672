// SPDX-License-Identifier: Apache-2.0
package org.jopil.fuzz;

import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Gives a target every input of a folder once: {@code FOLDER CLASS [ARGUMENT...]}. */
public final class CorpusRun {
    private CorpusRun() {}

    public static void main(String[] arguments) throws Exception {
        Class<?> target = Class.forName(arguments[1]);
        if (arguments.length > 2) {
            target.getMethod("fuzzerInitialize", String[].class)
                    .invoke(null, (Object) Arrays.copyOfRange(arguments, 2, arguments.length));
        }
        Method test = target.getMethod("fuzzerTestOneInput", byte[].class);
        List<Path> inputs;
        try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
            inputs = files.sorted().toList();
        }
        for (Path input : inputs) {
            test.invoke(null, (Object) Files.readAllBytes(input));
        }
    }
}
