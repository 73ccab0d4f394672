// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jopil.api.JopilException;
import org.jopil.api.source.Cost;
import org.jopil.bpf.BpfException;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.BpfProgram;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object whose programs sit on tracepoints, each for itself: one that this kernel refuses is left out and named, the
 * others do their part. One thread at a time.
 */
final class Tracing implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Tracing.class);

    static final String TRACEPOINT = "tracepoint";
    static final String ITERATOR = "iterator";
    static final String CGROUP = "cgroup";

    final BpfObject object;
    /** Programs that this kernel does not take, with its reason. */
    final List<String> missing;

    /** Of its maps: they take all their room when they are made. */
    final long memoryBytes;

    private final List<BpfLink> links = new ArrayList<>();

    private Tracing(BpfObject object, List<String> missing) {
        this.object = object;
        this.missing = missing;
        this.memoryBytes = object.memoryBytes();
    }

    /**
     * Loads what can be loaded.
     *
     * @param programs that can do without each other
     * @param needed without which the rest is of no use
     * @throws BpfException if one of those is refused
     */
    static Tracing load(
            BpfLoader loader, String name, List<String> programs, List<String> needed, Consumer<BpfObject> configure) {
        try {
            return new Tracing(attempt(loader, name, programs, programs, configure), List.of());
        } catch (BpfException oneOfThem) {
            List<String> good = new ArrayList<>();
            List<String> missing = new ArrayList<>();
            for (String program : programs) {
                try {
                    attempt(loader, name, programs, List.of(program), configure).close();
                    good.add(program);
                } catch (BpfException e) {
                    if (needed.contains(program)) {
                        throw e;
                    }
                    missing.add(program + ": " + e.getMessage());
                }
            }
            LOG.info("{}: this kernel does not take {}", name, missing);
            return new Tracing(attempt(loader, name, programs, good, configure), missing);
        }
    }

    private static BpfObject attempt(
            BpfLoader loader, String name, List<String> all, List<String> wanted, Consumer<BpfObject> configure) {
        BpfObject object = loader.open(name);
        try {
            all.forEach(program -> object.autoload(program, wanted.contains(program)));
            configure.accept(object);
            object.load();
            return object;
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
    }

    boolean has(String program) {
        return missing.stream().noneMatch(line -> line.startsWith(program + ":"));
    }

    /** Attaches those of these that were loaded, to the tracepoints that they name. */
    void attach(List<String> programs) {
        for (String program : programs) {
            if (has(program)) {
                links.add(object.program(program).attachTracepoint());
            }
        }
    }

    void add(BpfLink link) {
        links.add(link);
    }

    /** What these cost, as far as they were loaded. */
    List<Cost.Program> cost(List<String> programs, String hook) {
        return programs.stream()
                .filter(this::has)
                .map(name -> cost(object.program(name), hook))
                .toList();
    }

    static Cost.Program cost(BpfProgram program, String hook) {
        BpfProgram.Info info = program.info();
        return new Cost.Program("", null, hook, program.name(), program.id(), info.runs(), 0, info.runTimeNs());
    }

    /** The error for people where nothing of it can be had. */
    static JopilException refusal(BpfException why, String code, String title, String what) {
        String detail = what + ". The kernel said: " + why.getMessage() + ". 'jopil doctor' says what is missing";
        return switch (why.errno()) {
            case "EPERM", "EACCES" -> new JopilException(
                    "JOPIL-101", 503, "JOPIL may not trace the kernel", detail, why);
            case "ESRCH" -> new JopilException("JOPIL-110", 503, "This kernel has no BTF type data", detail, why);
            default -> new JopilException(code, 503, title, detail, why);
        };
    }

    static JopilException stopping() {
        return new JopilException("JOPIL-503", 503, "The tracer is stopping", "Ask again when it is back.");
    }

    /** Detaches and frees. */
    @Override
    public void close() {
        links.forEach(BpfLink::close);
        links.clear();
        object.close();
    }
}
