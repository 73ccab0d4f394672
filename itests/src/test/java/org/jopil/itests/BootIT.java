// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A first start on an empty data directory, and what it leaves open. */
class BootIT {
    private static Instance jopil;
    private static Set<String> distributionBefore;

    @BeforeAll
    static void start() throws IOException {
        distributionBefore = distributionFiles();
        jopil = Instance.on("lo").start();
        System.out.println("cold start: " + jopil.startMillis() + " ms");
    }

    @AfterAll
    static void stop() {
        if (jopil != null) {
            jopil.close();
        }
    }

    private static Set<String> distributionFiles() throws IOException {
        try (Stream<Path> files = Files.walk(Instance.distribution())) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file + " " + file.toFile().lastModified())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Karaf that refreshes itself in the middle of its first start can hang for ever (docs/adr/0004). */
    @Test
    void shouldNotRefreshStartedBundles() {
        assertFalse(jopil.log().contains("Stopping bundles:"), "see " + jopil.data());
    }

    @Test
    void shouldLogNoErrorOrWarning() {
        String bad = jopil.log()
                .lines()
                .filter(line -> line.matches("\\S+ (WARN|ERROR|FATAL) .*"))
                .collect(Collectors.joining("\n"));
        assertEquals("", bad);
    }

    @Test
    void shouldHaveEveryBundleActive() {
        String bundles =
                jopil.ssh("bundle:list -t 0 --no-format --no-ellipsis").orFail().out();
        long ours = bundles.lines().filter(line -> line.contains("org.jopil.")).count();
        assertTrue(ours >= 10, bundles);
        assertEquals(
                "",
                bundles.lines()
                        .filter(line -> line.matches("^\\d+\\t.*"))
                        .filter(line -> !line.matches(".*\tActive *\t.*") && !line.contains("Fragment"))
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void shouldListenOnLoopbackOnlyAndOnTwoPortsOnly() {
        Set<String> expected = new TreeSet<>();
        for (int port : new int[] {jopil.port(), jopil.sshPort()}) {
            expected.add("127.0.0.1:" + port);
            expected.add("[::1]:" + port);
        }
        assertEquals(expected, listening(jopil.pid()));
    }

    private static Set<String> listening(long pid) {
        Set<String> result = new TreeSet<>();
        Pattern line = Pattern.compile("^\\S+\\s+\\d+\\s+\\d+\\s+(\\S+)\\s.*pid=" + pid + ",.*");
        String sockets = Command.run("ss", "-Hltnp").orFail().out()
                + Command.run("ss", "-Hlunp").orFail().out();
        sockets.lines().forEach(text -> {
            Matcher matcher = line.matcher(text);
            if (matcher.matches()) {
                result.add(matcher.group(1).replace("[::ffff:127.0.0.1]", "127.0.0.1"));
            }
        });
        return result;
    }

    @Test
    void shouldAnswerOnIpv6LoopbackToo() {
        assertEquals(200, new Http("::1", jopil.port()).get("/api/health").status());
    }

    @Test
    void shouldKeepSecretsToItsOwner() throws IOException {
        for (String secret : new String[] {"token", "token.viewer", "run/shell_key"}) {
            assertEquals(
                    "rw-------",
                    PosixFilePermissions.toString(
                            Files.getPosixFilePermissions(jopil.data().resolve(secret))),
                    secret);
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(jopil.data())));
        assertFalse(jopil.log().contains(jopil.token()));
        String command =
                Command.run("ps", "-o", "args=", "-p", "" + jopil.pid()).out();
        assertFalse(command.contains(jopil.token()));
    }

    @Test
    void shouldWriteNothingIntoTheDistribution() throws IOException {
        assertEquals(distributionBefore, distributionFiles());
    }

    @Test
    void shouldSayWhereItIsAndWhatItWatches() {
        String said = jopil.output();
        assertTrue(said.contains("watching  lo"), said);
        assertTrue(
                said.matches("(?s).*page      http://127\\.0\\.0\\.1:" + jopil.port() + "/\\?ticket=\\S+\n.*"), said);
        assertTrue(said.contains("ssh -N -L " + jopil.port() + ":127.0.0.1:" + jopil.port()), said);
        assertTrue(said.contains(jopil.data().toString()), said);
    }

    @Test
    void shouldRefuseASecondStartOnTheSameData() {
        Command.Result second = Command.run(
                Instance.launcher(),
                "run",
                "-i",
                "lo",
                "--port",
                "0",
                "--ssh-port",
                "0",
                "--data",
                jopil.data().toString());
        assertEquals(1, second.status(), second.text());
        assertTrue(second.err().contains("is in use by another JOPIL, pid " + jopil.pid()), second.text());
        assertTrue(second.err().contains("http://127.0.0.1:" + jopil.port()), second.text());
        assertTrue(second.err().contains("jopil stop --data"), second.text());
        assertEquals(200, jopil.get("/api/health").status());
    }

    @Test
    void shouldRunASecondInstanceBesideAndStartItWarm() {
        Path data;
        try (Instance other = Instance.on("lo").start()) {
            data = other.data();
            assertEquals(200, jopil.get("/api/health").status());
            other.get("/api/version").expect(200);
        }
        try (Instance warm = Instance.on("lo").data(data).start()) {
            System.out.println("warm start: " + warm.startMillis() + " ms");
            assertEquals(200, warm.get("/api/health").status());
            assertEquals(200, jopil.get("/api/health").status());
        }
    }
}
