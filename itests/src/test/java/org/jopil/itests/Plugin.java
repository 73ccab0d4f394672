// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;

/** Somebody else's analyzer, from source to bundle. */
final class Plugin {
    private static final List<String> ROLES =
            List.of("org.jopil.api.analyzer.PacketAnalyzer", "org.jopil.api.report.ReportSource");

    private final Path jar;

    private Plugin(Path jar) {
        this.jar = jar;
    }

    /**
     * Compiles and packs one class without package that is a PacketAnalyzer and a ReportSource.
     *
     * @param name of the analyzer
     * @param className of the class in {@code source}
     */
    static Plugin of(String name, String className, String source) {
        try {
            Path folder = Files.createTempDirectory(Instance.work(), "plugin");
            Path file = folder.resolve(className + ".java");
            Files.writeString(file, source);
            compile(file);
            return new Plugin(pack(folder, name, className));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compile(Path source) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (Stream<Path> files = Files.walk(Instance.distribution().resolve("system/org/jopil/org.jopil.api"))) {
            Path api = files.filter(file -> file.toString().endsWith(".jar"))
                    .findFirst()
                    .orElseThrow();
            int status = compiler.run(null, null, null, "--release", "17", "-cp", api.toString(), source.toString());
            if (status != 0) {
                throw new AssertionError(source + " does not compile");
            }
        }
    }

    private static Path pack(Path folder, String name, String className) throws IOException {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        main.putValue("Bundle-ManifestVersion", "2");
        main.putValue("Bundle-SymbolicName", "com.example." + className.toLowerCase(Locale.ROOT));
        main.putValue("Bundle-Version", "1.0.0");
        main.putValue("Import-Package", "org.jopil.api.analyzer,org.jopil.api.event,org.jopil.api.report");
        main.putValue("Service-Component", "OSGI-INF/component.xml");
        Path jar = folder.resolve(name + ".jar");
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new JarEntry("OSGI-INF/component.xml"));
            out.write(component(name, className).getBytes(StandardCharsets.UTF_8));
            try (Stream<Path> files = Files.list(folder)) {
                for (Path part :
                        files.filter(f -> f.toString().endsWith(".class")).toList()) {
                    out.putNextEntry(new JarEntry(part.getFileName().toString()));
                    Files.copy(part, out);
                }
            }
        }
        return jar;
    }

    private static String component(String name, String className) {
        String services = ROLES.stream()
                .map(role -> "<provide interface=\"" + role + "\"/>")
                .collect(Collectors.joining());
        return """
                <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="%s">
                  <implementation class="%s"/>
                  <service>%s</service>
                  <property name="jopil.name" value="%s"/>
                </scr:component>
                """
                .formatted(name, className, services, name);
    }

    /** Puts it where bundles are hot-deployed; complete before it is seen. */
    Deployed deployIn(Instance jopil) {
        try {
            Path folder = jopil.data().resolve("deploy");
            Path temporary = folder.resolve("." + jar.getFileName() + ".part");
            Path deployed = folder.resolve(jar.getFileName());
            Files.copy(jar, temporary, StandardCopyOption.REPLACE_EXISTING);
            Files.move(temporary, deployed, StandardCopyOption.ATOMIC_MOVE);
            return () -> Files.deleteIfExists(deployed);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Taken away again by {@link #close}. */
    @FunctionalInterface
    interface Deployed extends AutoCloseable {
        @Override
        void close() throws IOException;
    }
}
