// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.jopil.itests.fault.Fault;
import org.jopil.itests.fault.FaultAgent;
import org.objectweb.asm.ClassReader;

/** Plants faults in a running instance from outside: in its maps by their ids, in its code by an agent. */
final class Faults {
    private static final int UDP = 17;

    private Faults() {}

    /** Adds packets of UDP that nobody sent to an ingress counter; right before it did, milliseconds since the epoch. */
    static long counter(Instance jopil, long packets) {
        jopil.plantFault();
        String binary = binary();
        int map = map(jopil, "counters");
        long millis = System.currentTimeMillis();
        Command.run(binary, "counter", "" + map, "" + UDP, "" + packets).orFail();
        return millis;
    }

    /** Adds drops that nobody made to those that were seen; right before it did, milliseconds since the epoch. */
    static long drops(Instance jopil, int seen) throws IOException {
        jopil.plantFault();
        String binary = binary();
        int map = map(jopil, "drop_books");
        String last =
                Files.readString(Path.of("/sys/devices/system/cpu/possible")).strip();
        int cpus = 1 + Integer.parseInt(last.substring(last.lastIndexOf('-') + 1));
        long millis = System.currentTimeMillis();
        Command.run(binary, "drops", "" + map, "" + seen, "" + cpus).orFail();
        return millis;
    }

    /** Moves the consumer position of a ring past what was ever written; when it did, milliseconds since the epoch. */
    static long ring(Instance jopil) {
        jopil.plantFault();
        String said =
                Command.run(binary(), "ring", "" + map(jopil, "ring")).orFail().out();
        return Long.parseLong(said.strip().split("\t")[1]);
    }

    /**
     * Breaks the code of the instance once.
     *
     * @return the JVM's property that holds the milliseconds at which it happened, once it has
     */
    static VirtualMachine agent(Instance jopil, Fault fault) {
        jopil.plantFault();
        try {
            VirtualMachine jvm = VirtualMachine.attach("" + jopil.pid());
            jvm.loadAgent(agentJar().toString(), fault.name());
            return jvm;
        } catch (Exception e) {
            throw new AssertionError("the agent did not get in", e);
        }
    }

    /** When the agent's fault happened, milliseconds since the epoch, or 0 if it has not. */
    static long happened(VirtualMachine jvm) {
        try {
            return Long.parseLong(jvm.getSystemProperties().getProperty(FaultAgent.DONE, "0"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A map of this name that an attached program of the instance uses. */
    private static int map(Instance jopil, String name) {
        KernelObjects held = KernelObjects.heldBy(jopil.pid());
        for (int link : held.links()) {
            JsonNode program = KernelObjects.bpftool(
                    "prog",
                    "show",
                    "id",
                    KernelObjects.bpftool("link", "show", "id", "" + link)
                            .path("prog_id")
                            .asText());
            for (JsonNode id : program.path("map_ids")) {
                if (isCalled(id.asInt(), name)) {
                    return id.asInt();
                }
            }
        }
        // a ring is in a map of maps
        return held.maps().stream()
                .filter(id -> isCalled(id, name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no map " + name + " in " + held));
    }

    private static boolean isCalled(int map, String name) {
        return KernelObjects.bpftool("map", "show", "id", "" + map)
                .path("name")
                .asText()
                .equals(name);
    }

    private static String binary() {
        Path root = Path.of(System.getProperty("jopil.root"));
        Path target = Instance.work().resolve("fault");
        Command.run(
                        "gcc",
                        "-O2",
                        "-Wall",
                        "-Wextra",
                        "-Werror",
                        "-I" + root.resolve("bpf/include"),
                        "-o",
                        target.toString(),
                        root.resolve("itests/src/test/native/fault.c").toString())
                .orFail();
        return target.toString();
    }

    /** The agent, and what it needs to read and write classes. */
    private static Path agentJar() throws IOException, URISyntaxException {
        Path jar = Instance.work().resolve("fault-agent.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Agent-Class"), FaultAgent.class.getName());
        manifest.getMainAttributes().put(new Attributes.Name("Can-Retransform-Classes"), "true");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            Path classes = location(FaultAgent.class);
            String folder = FaultAgent.class.getPackageName().replace('.', '/');
            try (var files = Files.list(classes.resolve(folder))) {
                for (Path classFile : (Iterable<Path>) files::iterator) {
                    out.putNextEntry(new JarEntry(folder + '/' + classFile.getFileName()));
                    Files.copy(classFile, out);
                }
            }
            try (JarFile asm = new JarFile(location(ClassReader.class).toFile())) {
                for (JarEntry entry : (Iterable<JarEntry>) asm.stream()::iterator) {
                    if (entry.getName().startsWith("org/objectweb/asm/") && !entry.isDirectory()) {
                        out.putNextEntry(new JarEntry(entry.getName()));
                        try (InputStream in = asm.getInputStream(entry)) {
                            in.transferTo(out);
                        }
                    }
                }
            }
        }
        return jar;
    }

    private static Path location(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
