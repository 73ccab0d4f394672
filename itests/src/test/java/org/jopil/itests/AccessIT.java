// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who gets in, by HTTP and by ssh. */
class AccessIT {
    private static Instance jopil;

    @BeforeAll
    static void start() {
        jopil = Instance.on("lo").start();
    }

    @AfterAll
    static void stop() {
        if (jopil != null) {
            jopil.close();
        }
    }

    @Test
    void shouldTellStrangersTheStatusOnly() {
        Http.Response health = jopil.anonymous().get("/api/health").expect(200);
        assertEquals("{\"status\":\"up\"}", health.body().strip());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/stats",
                "/api/flows",
                "/api/packets",
                "/api/interfaces",
                "/api/version",
                "/api/openapi.json",
                "/api/nothing",
                "/ws"
            })
    void shouldRefuseStrangers(String path) {
        assertEquals(401, jopil.anonymous().get(path).status());
        assertEquals(401, jopil.anonymous().token("wrong").get(path).status());
        assertEquals(
                401,
                jopil.anonymous()
                        .header("Authorization", "Basic a2FyYWY6a2FyYWY=")
                        .get(path)
                        .status());
    }

    @Test
    void shouldLetViewersLookOnly() {
        Http viewer = jopil.anonymous().token(jopil.viewerToken());
        viewer.get("/api/stats").expect(200);
        assertEquals(403, viewer.post("/api/interfaces/lo/detach", "{}").status());
        assertEquals(403, viewer.post("/api/tickets", "{}").status());
    }

    @Test
    void shouldRefuseForeignHostsAndOrigins() {
        assertEquals(
                421,
                jopil.http()
                        .header("Host", "evil.example:" + jopil.port())
                        .get("/api/stats")
                        .status());
        assertEquals(
                403,
                jopil.http()
                        .header("Origin", "http://evil.example")
                        .post("/api/tickets", "{}")
                        .status());
    }

    @Test
    void shouldSignABrowserInOncePerTicket() {
        String url = jopil.verb("url").orFail().out().strip();
        String path = url.substring(url.indexOf("/?ticket="));
        Http.Response first = jopil.anonymous().get(path);
        assertEquals(303, first.status(), first.toString());
        String cookie = first.headers().get("set-cookie");
        assertTrue(cookie.startsWith("jopil_" + jopil.port() + "="), cookie);
        assertTrue(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), cookie);
        jopil.anonymous()
                .header("Cookie", cookie.substring(0, cookie.indexOf(';')))
                .get("/api/stats")
                .expect(200);
        Http.Response second = jopil.anonymous().get(path);
        assertFalse(second.headers().containsKey("set-cookie"), second.toString());
    }

    @Test
    void shouldTakeTokensAsSshPasswords() {
        assertTrue(jopil.sshByPassword("jopil", jopil.token(), "jaas:whoami")
                .orFail()
                .out()
                .contains("jopil"));
        assertEquals(
                0,
                jopil.sshByPassword("viewer", jopil.viewerToken(), "echo seen").status());
    }

    @Test
    void shouldHaveNoDefaultPassword() {
        for (String[] attempt : new String[][] {
            {"karaf", "karaf"}, {"admin", "admin"}, {"jopil", ""}, {"jopil", "jopil"}, {"jopil", jopil.viewerToken()}
        }) {
            assertNotEquals(
                    0, jopil.sshByPassword(attempt[0], attempt[1], "echo in").status(), String.join(" ", attempt));
        }
    }

    @Test
    void shouldKeepViewersFromAdminsCommands() {
        for (String command : new String[] {"bundle:list", "cat etc/keys.properties", "exec id", "shutdown -f"}) {
            Command.Result result = jopil.sshByPassword("viewer", jopil.viewerToken(), command);
            assertNotEquals(0, result.status(), command + ": " + result.text());
        }
        assertTrue(jopil.isAlive());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void shouldLetInKeysOfEveryKind(String kind) throws IOException {
        Path key = jopil.data().resolve("run/test_" + kind);
        Command.run("ssh-keygen", "-q", "-t", kind, "-N", "", "-f", key.toString())
                .orFail();
        assertNotEquals(0, jopil.ssh("ann-" + kind, key, "echo in").status());
        String blob = Files.readString(Path.of(key + ".pub")).split(" ")[1];
        Files.writeString(
                jopil.data().resolve("etc/keys.properties"),
                "ann-" + kind + " = " + blob + ",_g_:admingroup\n",
                StandardOpenOption.APPEND);
        assertTrue(jopil.ssh("ann-" + kind, key, "jaas:whoami").orFail().out().contains("ann-" + kind));
    }

    /** One that hangs up first, or sends the exit status last, makes a command that went well end with 255. */
    @Test
    void shouldLeaveTheEndOfAnSshConnectionToItsClient() {
        Path socket = jopil.data().resolve("run/test_shared");
        assertTrue(jopil.sshShared(socket, "echo one").orFail().out().contains("one"));
        String master = jopil.sshShared(socket, "-O", "check").orFail().text();
        for (int i = 0; i < 50; i++) {
            assertTrue(jopil.sshShared(socket, "echo two").orFail().out().contains("two"));
        }
        assertEquals(master, jopil.sshShared(socket, "-O", "check").orFail().text());
        jopil.sshShared(socket, "-O", "exit").orFail();
        Instance.await(Duration.ofSeconds(5), "the connection to end", () -> !Files.exists(socket));
    }

    @Test
    void shouldForgetARotatedTokenEverywhere() {
        String old = jopil.viewerToken();
        jopil.post("/api/tokens/rotate", "{\"role\":\"viewer\"}").expect(200);
        assertNotEquals(old, jopil.viewerToken());
        assertEquals(401, jopil.anonymous().token(old).get("/api/stats").status());
        jopil.anonymous().token(jopil.viewerToken()).get("/api/stats").expect(200);
        assertNotEquals(0, jopil.sshByPassword("viewer", old, "echo in").status());
        assertEquals(
                0, jopil.sshByPassword("viewer", jopil.viewerToken(), "echo in").status());
    }
}
