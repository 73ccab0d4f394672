// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** No tool, but the hook: an empty program at tcx ingress, the floor of all that counts there. */
final class EmptyProgram implements Tool {
    static final String NAME = "empty program";

    private static final long STOP_SECONDS = 10;

    private final Path generator;

    /** @param generator {@code bench/load}'s program, which attaches it */
    EmptyProgram(Path generator) {
        this.generator = generator;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String setting() {
        return "";
    }

    @Override
    public String version() {
        return "";
    }

    @Override
    public String command() {
        return "load empty WIRE";
    }

    @Override
    public Watch watch(Topology.Wire wire) {
        try {
            Process process = new ProcessBuilder(
                            Topology.inside(Topology.WATCHED, List.of(generator.toString(), "empty", wire.watched())))
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
            if (!"attached".equals(said.readLine())) {
                process.destroyForcibly();
                throw new IllegalStateException("the empty program was not attached");
            }
            return new Attached(process);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Attached extends Blind {
        private final Process holder;

        Attached(Process holder) {
            this.holder = holder;
        }

        @Override
        public void close() {
            try {
                holder.getOutputStream().close();
                holder.waitFor(STOP_SECONDS, TimeUnit.SECONDS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw Commands.interrupted(e);
            } finally {
                holder.destroyForcibly();
            }
        }
    }
}
