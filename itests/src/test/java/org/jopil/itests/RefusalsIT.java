// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code jopil} refuses: what, why, what to do, and the fitting exit status. */
class RefusalsIT {
    private static Command.Result run(String... words) {
        List<String> all = new ArrayList<>(
                List.of(Instance.launcher(), "run", "--data", Instance.newData().toString()));
        all.addAll(List.of(words));
        return Command.of(all).run();
    }

    private static void assertRefused(int status, Command.Result result, String... texts) {
        assertEquals(status, result.status(), result.text());
        for (String text : texts) {
            assertTrue(result.err().contains(text), "wanted '" + text + "' in " + result.text());
        }
    }

    @Test
    void shouldNameWhoHoldsThePort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            String port = "" + taken.getLocalPort();
            String holder = "pid " + ProcessHandle.current().pid() + " (java)";
            assertRefused(
                    1,
                    run("-i", "lo", "--port", port),
                    "JOPIL-140 Port " + port + " is taken by " + holder,
                    "--port 0 picks a free one");
            assertRefused(
                    1,
                    run("-i", "lo", "--port", "0", "--ssh-port", port),
                    "JOPIL-140 Port " + port + " is taken by " + holder,
                    "--ssh-port 0");
        }
    }

    @Test
    void shouldNameNearInterfaces() {
        assertRefused(4, run("-i", "l0"), "JOPIL-124 Interface l0 does not exist.", "Did you mean 'lo'?");
        assertRefused(4, run("-i", "nowhere/eth0"), "JOPIL-124 Network namespace nowhere does not exist.");
    }

    @ParameterizedTest
    @CsvSource({
        "--prot, no option --prot, Did you mean '--port'?",
        "--interfaces, no option --interfaces, Did you mean '--interface'?",
        "lo, takes no 'lo', jopil run -i lo"
    })
    void shouldNameNearOptions(String word, String what, String hint) {
        assertRefused(2, run(word), what, hint);
    }

    @ParameterizedTest
    @CsvSource({
        "--mode, nativ, Did you mean 'native'?",
        "--port, http, from 0",
        "--port, 70000, from 0",
        "--ssh-port, -1, from 0"
    })
    void shouldRefuseBadValues(String option, String value, String hint) {
        assertRefused(2, run(option, value), hint, value);
    }

    @Test
    void shouldRefuseAMissingValue() {
        assertRefused(2, run("-i"), "-i needs a value", "jopil run -i eth0");
    }

    @Test
    void shouldNotListenInTheClearElsewhere() throws IOException {
        // a Java that cannot make a certificate
        Path home = Path.of(System.getProperty("java.home"));
        Path without = Files.createDirectories(
                Files.createTempDirectory(Instance.work(), "java").resolve("bin"));
        Files.createSymbolicLink(without.resolve("java"), home.resolve("bin/java"));
        Files.createSymbolicLink(without.resolveSibling("release"), home.resolve("release"));
        Command.Result result = Command.of(
                        Instance.launcher(),
                        "run",
                        "-i",
                        "lo",
                        "--port",
                        "0",
                        "--ssh-port",
                        "0",
                        "--tls-port",
                        "0",
                        "--bind",
                        "0.0.0.0",
                        "--data",
                        Instance.newData().toString())
                .environment("JAVA_HOME", without.getParent().toString())
                .run();
        assertRefused(1, result, "JOPIL-141", "keytool", "--tls-cert", "ssh -N -L");
    }

    /** 192.0.2.1 is for documentation (RFC 5737), and not ours. */
    @ParameterizedTest
    @ValueSource(strings = {"--tls-port=0", "--insecure"})
    void shouldSayThatAnAddressIsNotHere(String word) {
        assertRefused(
                1,
                run("-i", "lo", "--port", "0", "--ssh-port", "0", "--bind", "192.0.2.1", word),
                "can't listen on 192.0.2.1: Cannot assign requested address");
    }

    @Test
    void shouldWantBothHalvesOfACertificate() {
        assertRefused(2, run("-i", "lo", "--bind", "0.0.0.0", "--tls-cert", "/dev/null"), "go together");
        assertRefused(2, run("-i", "lo", "--tls-cert", "/dev/null", "--tls-key", "/dev/null"), "than loopback");
        assertRefused(
                2,
                run("--bind", "0.0.0.0", "--tls-cert", "/nowhere", "--tls-key", "/dev/null"),
                "/nowhere can't be read");
    }

    @Test
    void shouldNameNearVerbs() {
        Command.Result result = Command.run(
                Instance.launcher(), "statsu", "--data", Instance.newData().toString());
        assertRefused(2, result, "'statsu' is no verb", "Did you mean 'status'?");
    }

    @Test
    void shouldSayThatNoInstanceRuns() {
        String data = Instance.newData().toString();
        assertRefused(4, Command.run(Instance.launcher(), "flows", "--data", data), "no JOPIL runs", data);
        assertEquals(
                4, Command.run(Instance.launcher(), "status", "--data", data).status());
        assertRefused(4, Command.run(Instance.launcher(), "url", "--data", data), "no JOPIL runs");
        assertRefused(4, Command.run(Instance.launcher(), "token", "--data", data), "there is no token");
    }

    @Test
    void shouldNameMissingPrivileges() {
        Command.Result result = Command.run(
                "setpriv",
                "--reuid=65534",
                "--clear-groups",
                "--bounding-set=-all",
                "--inh-caps=-all",
                Instance.launcher(),
                "run",
                "-i",
                "lo",
                "--data",
                "/nonexistent");
        assertRefused(
                3,
                result,
                "JOPIL-101 JOPIL may not load eBPF programs.",
                "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN",
                "sudo");
    }

    @Test
    void shouldNameMissingNetAdmin() {
        Command.Result result = Command.run(
                "setpriv",
                "--bounding-set=-net_admin,-sys_admin",
                "--inh-caps=-net_admin,-sys_admin",
                Instance.launcher(),
                "run",
                "-i",
                "lo",
                "--data",
                Instance.newData().toString());
        assertRefused(3, result, "JOPIL-102 JOPIL may not attach to interfaces.", "lacks CAP_NET_ADMIN (");
    }

    @Test
    void shouldSayThatThereIsNoJava() {
        Command.Result result = Command.of(
                        "unshare",
                        "-m",
                        "sh",
                        "-c",
                        "mount -t tmpfs none /usr/lib/jvm; exec \"$@\"",
                        "sh",
                        Instance.launcher(),
                        "run",
                        "-i",
                        "lo",
                        "--data",
                        Instance.newData().toString())
                .environment("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
                .environment("JAVA_HOME", "")
                .run();
        assertRefused(1, result, "no Java from 17 to 23", "apt-get install openjdk-17");
    }

    @Test
    void shouldSayWhyTheDataDirectoryCannotBeUsed() throws IOException {
        Path file = Files.createTempFile(Instance.work(), "file", null);
        Command.Result result = Command.run(Instance.launcher(), "run", "-i", "lo", "--data", file + "/data");
        assertRefused(1, result, "can't be used", "Not a directory", "--data DIR");
    }
}
