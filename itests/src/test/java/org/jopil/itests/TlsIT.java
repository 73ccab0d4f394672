// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another machine gets in by TLS alone; curl and openssl on the other side. */
class TlsIT {
    private static final String PORT = "8443";
    private static final Pattern FINGERPRINT = Pattern.compile("^  SHA-256 +([0-9A-F:]{95}) ", Pattern.MULTILINE);
    private static final Pattern LINK = Pattern.compile("^  from afar (https://\\S+)$", Pattern.MULTILINE);

    @TempDir
    Path folder;

    private static Instance start(Namespaces net, Path data, String... words) {
        return Instance.on(net.right().interfaceName())
                .inside(net.right().namespace())
                .data(data)
                .with("--bind", net.right().ipv4(), "--tls-port", PORT)
                .with(words)
                .start();
    }

    private static Command.Result curl(Namespaces net, String... words) {
        String[] all = new String[words.length + 5];
        all[0] = "curl";
        all[1] = "-sS";
        all[2] = "-m";
        all[3] = "20";
        all[4] = "-i";
        System.arraycopy(words, 0, all, 5, words.length);
        return net.left().run(all);
    }

    /** In what the start prints, of which the data directory is the last line. */
    private static String found(Pattern pattern, Instance jopil) {
        Instance.await(
                Duration.ofSeconds(20), "the whole banner", () -> jopil.output().contains("  data "));
        Matcher matcher = pattern.matcher(jopil.output());
        assertTrue(matcher.find(), jopil::output);
        return matcher.group(1);
    }

    private Path certificateOf(Namespaces net) throws IOException {
        String said = net.left()
                .run("sh", "-c", "openssl s_client -connect " + net.right().ipv4() + ":" + PORT + " </dev/null 2>&1")
                .out();
        String begin = "-----BEGIN CERTIFICATE-----";
        String end = "-----END CERTIFICATE-----";
        assertTrue(said.contains(begin), said);
        Path file = folder.resolve("seen.pem");
        return Files.writeString(file, said.substring(said.indexOf(begin), said.indexOf(end) + end.length()) + "\n");
    }

    @Test
    void shouldSpeakTlsAloneToOtherMachines() throws Exception {
        try (Namespaces net = Namespaces.pair()) {
            String address = net.right().ipv4();
            String url = "https://" + address + ":" + PORT;
            Path data = Instance.newData();
            String fingerprint;
            try (Instance jopil = start(net, data)) {
                fingerprint = found(FINGERPRINT, jopil);
                Path seen = certificateOf(net);
                String theirs = Command.run(
                                "openssl", "x509", "-noout", "-fingerprint", "-sha256", "-in", seen.toString())
                        .orFail()
                        .out();
                assertTrue(theirs.strip().endsWith("=" + fingerprint), theirs + fingerprint);

                String token = "Authorization: Bearer " + jopil.token();
                String trusted = seen.toString();
                assertTrue(curl(net, "--cacert", trusted, "-H", token, url + "/api/stats")
                        .orFail()
                        .out()
                        .startsWith("HTTP/1.1 200"));
                assertTrue(
                        curl(net, "--cacert", trusted, url + "/api/stats").out().startsWith("HTTP/1.1 401"));
                assertNotEquals(0, curl(net, "-H", token, url + "/api/stats").status(), "of nobody's authority");
                assertNotEquals(
                        0,
                        curl(net, "-k", "--tls-max", "1.1", url + "/api/health").status(),
                        "TLS 1.1");
                assertNotEquals(
                        0,
                        curl(net, "http://" + address + ":" + jopil.port() + "/api/health")
                                .status(),
                        "in the clear");
                String upgrade = curl(
                                net,
                                "--cacert",
                                trusted,
                                "-H",
                                token,
                                "-H",
                                "Origin: https://evil.example",
                                "-H",
                                "Connection: Upgrade",
                                "-H",
                                "Upgrade: websocket",
                                "-H",
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                "-H",
                                "Sec-WebSocket-Version: 13",
                                url + "/ws")
                        .out();
                assertTrue(upgrade.startsWith("HTTP/1.1 403"), upgrade);

                String link = found(LINK, jopil);
                assertTrue(link.startsWith(url + "/?ticket="), link);
                String signedIn = curl(net, "--cacert", trusted, link).orFail().out();
                assertTrue(signedIn.startsWith("HTTP/1.1 303"), signedIn);
                assertTrue(signedIn.contains("; Secure"), signedIn);
                assertEquals(0, jopil.verb("status").status(), "its own machine asks on loopback");
            }
            for (String name : List.of("keystore.p12", "password")) {
                assertEquals(
                        PosixFilePermissions.fromString("rw-------"),
                        Files.getPosixFilePermissions(data.resolve("tls").resolve(name)));
            }
            try (Instance again = start(net, data)) {
                assertEquals(fingerprint, found(FINGERPRINT, again), "the same after a start");
            }
        }
    }

    private void openssl(String... words) {
        Command.run(words).orFail();
    }

    @Test
    void shouldUseTheCertificateThatItIsGiven() throws Exception {
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        try (Namespaces net = Namespaces.pair()) {
            String address = net.right().ipv4();
            openssl(
                    "openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "2",
                    "-subj",
                    "/CN=ours",
                    "-addext",
                    "subjectAltName=IP:" + address,
                    "-keyout",
                    key.toString(),
                    "-out",
                    certificate.toString());
            String[] given = {"--tls-cert", certificate.toString(), "--tls-key", key.toString()};
            try (Instance jopil = start(net, Instance.newData(), given)) {
                assertTrue(curl(
                                net,
                                "--cacert",
                                certificate.toString(),
                                "-H",
                                "Authorization: Bearer " + jopil.token(),
                                "https://" + address + ":" + PORT + "/api/stats")
                        .orFail()
                        .out()
                        .startsWith("HTTP/1.1 200"));
            }
            Files.writeString(key, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n");
            Command.Result refused = Command.run(
                    "ip",
                    "netns",
                    "exec",
                    net.right().namespace(),
                    Instance.launcher(),
                    "run",
                    "-i",
                    "lo",
                    "--port",
                    "0",
                    "--ssh-port",
                    "0",
                    "--tls-port",
                    PORT,
                    "--bind",
                    address,
                    "--tls-cert",
                    certificate.toString(),
                    "--tls-key",
                    key.toString(),
                    "--data",
                    Instance.newData().toString());
            assertEquals(1, refused.status(), refused.text());
            assertTrue(refused.err().contains("JOPIL-147"), refused.text());
            assertTrue(refused.err().contains("openssl pkcs8 -topk8 -nocrypt"), refused.text());
        }
    }
}
