// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.FilterSlots;
import org.jopil.bpf.NativeBpfLoader;
import org.jopil.bpf.TestOptions;
import org.junit.jupiter.api.Assumptions;

/** The roots of {@code bpf/test/filter.bpf.c} with a filter in their slots, run on frames without any interface. */
final class KernelHalf implements AutoCloseable {
    /** What {@code filter_root_tagged} puts beside a frame: 802.1Q, priority 3, id 100. */
    static final byte[] TAG = {(byte) 0x81, 0x00, 0x60, 0x64};

    private static final Path FOLDER = Path.of("../../bpf");
    private static final int MATCH = 100;
    private static final int UNDECIDED = 101;

    private final BpfObject object;
    final FilterSlots tc;
    final FilterSlots xdp;
    private final BpfProgram rootTc;
    private final BpfProgram rootTagged;
    private final BpfProgram rootXdp;

    private KernelHalf(BpfObject object) {
        this.object = object;
        tc = new FilterSlots(object, "filter_accept_tc");
        xdp = new FilterSlots(object, "filter_accept_xdp");
        rootTc = object.program("filter_root_tc");
        rootTagged = object.program("filter_root_tagged");
        rootXdp = object.program("filter_root_xdp");
    }

    static KernelHalf open(boolean frags) throws IOException {
        return open(frags, frags, false);
    }

    /** For real hooks: what goes on is counted. */
    static KernelHalf live() throws IOException {
        return open(true, true, true);
    }

    static KernelHalf open(boolean rootFrags, boolean acceptFrags, boolean live) throws IOException {
        BpfObject object = new NativeBpfLoader().open("filter.bpf.o", compiled(), true);
        try {
            object.constant("live", new byte[] {(byte) (live ? 1 : 0)})
                    .withFrags("filter_root_xdp", rootFrags)
                    .withFrags("filter_accept_xdp", acceptFrags)
                    .load();
            return new KernelHalf(object);
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    void filter(ClassicProgram program) {
        tc.filter(program);
        xdp.filter(program);
    }

    Verdict tc(byte[] frame) {
        return verdict(rootTc, frame, -1);
    }

    Verdict tagged(byte[] frame) {
        return verdict(rootTagged, frame, -1);
    }

    Verdict xdp(byte[] frame) {
        return verdict(rootXdp, frame, 2);
    }

    BpfProgram root(boolean atXdp) {
        return atXdp ? rootXdp : rootTc;
    }

    /** Frames that went on, at real hooks and in test runs. */
    long accepted(boolean atXdp) {
        byte[] count = object.map("filter_accepted").lookup(atXdp ? 1 : 0).orElseThrow();
        return ByteBuffer.wrap(count).order(ByteOrder.nativeOrder()).getLong();
    }

    private static Verdict verdict(BpfProgram root, byte[] frame, int pass) {
        int said = root.testRun(frame, TestOptions.ONCE).returnValue();
        if (said == MATCH || said == UNDECIDED) {
            return said == MATCH ? Verdict.MATCH : Verdict.UNDECIDED;
        }
        if (said != pass) {
            throw new AssertionError(root.name() + " said " + said);
        }
        return Verdict.NO_MATCH;
    }

    @Override
    public void close() {
        object.close();
    }

    /** Skips on a developer's laptop without rights, fails where tests must run. */
    static void require() throws IOException {
        boolean root = "0".equals(run("id", "-u").strip());
        if (!root && "true".equals(System.getenv("CI"))) {
            throw new AssertionError("needs root");
        }
        Assumptions.assumeTrue(root, "needs root");
    }

    private static byte[] compiled() throws IOException {
        Path o = Files.createTempFile("jopil-filter", ".bpf.o");
        try {
            run(
                    "clang",
                    "-O2",
                    "-g",
                    "-target",
                    "bpf",
                    "-mcpu=v3",
                    "-I" + FOLDER.resolve("include"),
                    "-I/usr/include/" + run("gcc", "-print-multiarch").strip(),
                    "-c",
                    FOLDER.resolve("test/filter.bpf.c").toString(),
                    "-o",
                    o.toString());
            return Files.readAllBytes(o);
        } finally {
            Files.delete(o);
        }
    }

    static String run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(20, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new IOException(List.of(command) + ": " + output);
            }
            return output;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            process.destroyForcibly();
        }
    }
}
