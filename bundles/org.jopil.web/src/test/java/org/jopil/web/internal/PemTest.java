// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With certificates and keys that OpenSSL made. */
class PemTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir
    Path folder;

    private Path certificate(String name, String... kind) throws Exception {
        Path certificate = folder.resolve(name + ".crt");
        openssl("req -x509 -nodes -days 2 -subj /CN=" + name + " -keyout " + key(name) + " -out " + certificate
                + " -newkey " + String.join(" ", kind));
        return certificate;
    }

    private Path key(String name) {
        return folder.resolve(name + ".key");
    }

    private static void openssl(String words) throws Exception {
        Process process = new ProcessBuilder(("openssl " + words).split(" "))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa:2048", "ec -pkeyopt ec_paramgen_curve:prime256v1", "ed25519"})
    void shouldReadWhatOpensslMakes(String kind) throws Exception {
        Path certificate = certificate("own", kind);
        KeyStore store = Pem.keyStore(certificate, key("own"), PASSWORD);
        assertEquals(1, store.getCertificateChain("jopil").length);
        assertTrue(store.isKeyEntry("jopil"));
    }

    @Test
    void shouldKeepTheChainInItsOrder() throws Exception {
        Path between = certificate("between", "rsa:2048");
        Path own = certificate(
                "own",
                "rsa:2048",
                "-CA",
                between.toString(),
                "-CAkey",
                key("between").toString());
        String both = Files.readString(own) + Files.readString(between);
        Path chain = Files.writeString(folder.resolve("chain"), both);
        KeyStore store = Pem.keyStore(chain, key("own"), PASSWORD);
        assertEquals(2, store.getCertificateChain("jopil").length);
        assertArrayEquals(
                Pem.keyStore(own, key("own"), PASSWORD).getCertificate("jopil").getEncoded(),
                store.getCertificate("jopil").getEncoded());
    }

    @Test
    void shouldSayWhatIsWrong() throws Exception {
        Path own = certificate("own", "rsa:2048");
        Path other = certificate("other", "rsa:2048");
        Path empty = Files.createFile(folder.resolve("empty"));
        Path old = folder.resolve("old.key");
        openssl("rsa -traditional -in " + key("own") + " -out " + old);
        refused("not the key of", own, key("other"));
        refused("not the key of", other, key("own"));
        refused("no certificate in PEM", empty, key("own"));
        refused("openssl pkcs8 -topk8 -nocrypt -in " + old, own, old);
        refused("no key in PKCS #8", own, empty);
        refused("no key in PKCS #8", own, own);
    }

    private void refused(String why, Path certificate, Path key) {
        String said = assertThrows(IOException.class, () -> Pem.keyStore(certificate, key, PASSWORD))
                .getMessage();
        assertTrue(said.contains(why), said);
    }

    @Test
    void shouldRefuseGarbage() throws Exception {
        Path own = certificate("own", "rsa:2048");
        for (String body : List.of("", "AAAA", "!!!!", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC")) {
            Path bad = Files.writeString(
                    folder.resolve("bad"), "-----BEGIN PRIVATE KEY-----\n" + body + "\n-----END PRIVATE KEY-----\n");
            assertThrows(GeneralSecurityException.class, () -> Pem.keyStore(own, bad, PASSWORD), body);
        }
        Path bad = Files.writeString(
                folder.resolve("bad"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assertThrows(GeneralSecurityException.class, () -> Pem.keyStore(bad, key("own"), PASSWORD));
    }
}
