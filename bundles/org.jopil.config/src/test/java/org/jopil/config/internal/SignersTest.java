// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With keys of keytool and signatures of jarsigner. */
class SignersTest {
    private static final Pattern SHA256 = Pattern.compile("SHA-?256: ([0-9A-F:]{95})");

    @TempDir
    Path folder;

    private Path jar;

    @BeforeEach
    void pack() throws Exception {
        jar = folder.resolve("plugin.jar");
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            for (String name : List.of("a/", "a/One.class", "a/two.txt")) {
                out.putNextEntry(new JarEntry(name));
                if (!name.endsWith("/")) {
                    out.write(name.getBytes());
                }
                out.closeEntry();
            }
        }
    }

    private String tool(String name, String... words) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", name).toString());
        Collections.addAll(command, words);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    /** Makes a key; returns the certificate's fingerprint. */
    private String key(String alias) throws Exception {
        String store = folder.resolve("keys").toString();
        tool(
                "keytool",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-dname",
                "CN=" + alias,
                "-keystore",
                store,
                "-storepass",
                "secret",
                "-validity",
                "1");
        Matcher found = SHA256.matcher(
                tool("keytool", "-list", "-v", "-alias", alias, "-keystore", store, "-storepass", "secret"));
        assertTrue(found.find());
        return found.group(1);
    }

    private void sign(String alias) throws Exception {
        tool(
                "jarsigner",
                "-keystore",
                folder.resolve("keys").toString(),
                "-storepass",
                "secret",
                jar.toString(),
                alias);
    }

    private Optional<String> fault(String... trusted) throws IOException {
        try (JarFile file = new JarFile(jar.toFile())) {
            return new Signers(trusted).fault(file);
        }
    }

    @Test
    void shouldTrustEverybodyIfNobodyIsNamed() throws Exception {
        assertEquals(Optional.empty(), fault());
        assertEquals(Optional.empty(), fault(""));
    }

    @Test
    void shouldTakeWhatATrustedOneSigned() throws Exception {
        String own = key("own");
        String other = key("other");
        assertEquals(
                "a/One.class is not signed by anybody of trusted_signers",
                fault(own).orElseThrow());
        sign("own");
        assertEquals(Optional.empty(), fault(own));
        assertEquals(Optional.empty(), fault(other, " " + own.replace(":", "").toLowerCase()));
        assertTrue(fault(other).isPresent());
        sign("other");
        assertEquals(Optional.empty(), fault(other), "by both");
    }

    /** Makes the jar anew with another text in, or with one more entry. */
    private void rewrite(String changed, String added) throws IOException {
        Path result = folder.resolve("changed.jar");
        try (JarFile from = new JarFile(jar.toFile(), false);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(result))) {
            for (JarEntry entry : Collections.list(from.entries())) {
                out.putNextEntry(new JarEntry(entry.getName()));
                copy(from, entry, changed, out);
                out.closeEntry();
            }
            if (added != null) {
                out.putNextEntry(new JarEntry(added));
                out.write(1);
                out.closeEntry();
            }
        }
        jar = result;
    }

    private static void copy(JarFile from, JarEntry entry, String changed, OutputStream out) throws IOException {
        if (entry.getName().equals(changed)) {
            out.write("something else".getBytes());
        } else {
            try (InputStream in = from.getInputStream(entry)) {
                in.transferTo(out);
            }
        }
    }

    @Test
    void shouldRefuseWhatWasChangedAfterwards() throws Exception {
        String own = key("own");
        sign("own");
        rewrite("a/two.txt", null);
        String fault = fault(own).orElseThrow();
        assertTrue(fault.startsWith("it was changed after it was signed"), fault);
    }

    @Test
    void shouldRefuseWhatWasAddedAfterwards() throws Exception {
        String own = key("own");
        sign("own");
        rewrite(null, "a/Three.class");
        assertEquals(
                "a/Three.class is not signed by anybody of trusted_signers",
                fault(own).orElseThrow());
    }
}
