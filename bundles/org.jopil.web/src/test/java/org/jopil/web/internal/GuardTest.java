// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jopil.api.JopilException;
import org.jopil.web.Role;
import org.jopil.web.Route;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardTest {
    private static final int OK = 0;
    private static final Guard.Rules RULES = new Guard.Rules(
            List.of(
                    route(Route.get("/api/health", "").by(Role.ANYONE)),
                    route(Route.get("/api/stats", "")),
                    route(Route.post("/api/interfaces/{name+}/attach", "")),
                    route(Route.post("/api/command", "").by(Role.VIEWER)),
                    route(Route.post("/api/session", "").by(Role.ANYONE))),
            List.of("/", "/assets/*", "/*", "/api/*", "/ws"),
            Set.of("Ops.Example"),
            Set.of("https://proxy.example"));
    private static final Guard.Rules CLOSED =
            new Guard.Rules(RULES.routes(), List.of("/", "/assets/*"), RULES.hosts(), RULES.origins());

    @TempDir
    Path data;

    private Guard guard;
    private Sessions sessions;
    private String admin;
    private String viewer;

    private static Route route(Route.Builder builder) {
        return builder.to(exchange -> {});
    }

    @BeforeEach
    void prepare() throws IOException {
        Tokens tokens = new Tokens(data);
        sessions = new Sessions(tokens, Clock.systemUTC());
        guard = new Guard(tokens, sessions);
        admin = "Bearer " + Files.readString(data.resolve("token")).strip();
        viewer = "Bearer " + Files.readString(data.resolve("token.viewer")).strip();
    }

    private int status(Asked asked, Guard.Rules rules) {
        try {
            guard.admit(asked, rules);
            return OK;
        } catch (JopilException e) {
            assertEquals("JOPIL-" + e.status(), e.code());
            return e.status();
        }
    }

    private static Asked asked(
            String method, String path, String host, String origin, String authorization, String cookie) {
        return new Asked(
                method,
                path,
                "http",
                host,
                Optional.ofNullable(origin),
                Optional.ofNullable(authorization),
                Optional.ofNullable(cookie),
                "192.0.2.7",
                path.equals("/ws"));
    }

    private int status(String method, String path, String authorization) {
        return status(asked(method, path, "localhost:8181", null, authorization, null), CLOSED);
    }

    @Test
    void shouldAskForATokenEverywhereButWhereNoneIsNeeded() {
        assertEquals(OK, status("GET", "/", null));
        assertEquals(OK, status("GET", "/assets/a/b.js", null));
        assertEquals(OK, status("HEAD", "/api/health", null));
        assertEquals(OK, status("POST", "/api/session", null));
        for (String path : List.of("/api/stats", "/api/nothing", "/api", "/ws", "/plugin/data", "/assets")) {
            assertEquals(401, status("GET", path, null), path);
        }
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "FOO")) {
            assertEquals(401, status(method, "/", null), method);
            assertEquals(401, status(method, "/api/stats", null), method);
        }
    }

    @Test
    void shouldLetAViewerReadOnly() {
        assertEquals(OK, status("GET", "/api/stats", viewer));
        assertEquals(OK, status("GET", "/ws", viewer));
        assertEquals(OK, status("POST", "/api/command", viewer));
        assertEquals(403, status("POST", "/api/interfaces/eth0/attach", viewer));
        assertEquals(403, status("POST", "/api/interfaces/ns/eth0/attach", viewer));
        assertEquals(403, status("POST", "/plugin", viewer));
        assertEquals(OK, status("POST", "/api/stats", viewer), "the router answers 405");
    }

    @Test
    void shouldLetAnAdministratorDoAll() {
        assertEquals(OK, status("GET", "/api/stats", admin));
        assertEquals(OK, status("POST", "/api/interfaces/eth0/attach", admin));
        assertEquals(OK, status("DELETE", "/plugin", admin.replace("Bearer", "bearer")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer wrong", "Bearer ", "Bearer", "Basic YWRtaW46YWRtaW4=", "", "null"})
    void shouldRefuseAWrongTokenEvenWhereNoneIsNeeded(String authorization) {
        assertEquals(401, status("GET", "/api/health", authorization));
        assertEquals(401, status("GET", "/api/stats", authorization));
    }

    @Test
    void shouldNeverMakeTheApiPublicByAPattern() {
        assertEquals(401, status(asked("GET", "/api/stats", "localhost", null, null, null), RULES));
        assertEquals(401, status(asked("GET", "/api/x", "localhost", null, null, null), RULES));
        assertEquals(401, status(asked("GET", "/ws", "localhost", null, null, null), RULES));
    }

    @ParameterizedTest
    @CsvSource({
        "localhost,0",
        "localhost:8181,0",
        "LOCALHOST:1,0",
        "127.0.0.1:8181,0",
        "[::1]:8181,0",
        "[::1],0",
        "192.0.2.7:8181,0",
        "ops.example:443,0",
        "evil.example,421",
        "localhost.evil.example:8181,421",
        "evil.localhost,421",
        "localhost.,421",
        "127.0.0.1.evil.example,421",
        "127.0.0.2,421",
        "192.0.2.8,421",
        "[::2],421",
        "[,421",
        "'',421",
        "0.0.0.0,421"
    })
    void shouldAnswerOnlyToItsOwnNames(String host, int status) {
        assertEquals(status, status(asked("GET", "/api/health", host, null, null, null), CLOSED));
        assertEquals(status, status(asked("GET", "/", host, null, admin, null), CLOSED));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "http://localhost:8181,0",
                "HTTP://LOCALHOST:8181,0",
                "https://proxy.example,0",
                "none,403",
                "null,403",
                "'',403",
                "https://localhost:8181,403",
                "http://localhost,403",
                "http://localhost:8182,403",
                "http://localhost:81810,403",
                "http://localhost:8181/,403",
                "http://localhost:8181.evil.example,403",
                "http://evil.example,403",
                "http://evil.example:8181,403",
                "http://localhost.evil.example:8181,403",
                "http://evil-localhost:8181,403",
                "http://127.0.0.1:8181,403",
                "http://[::1]:8181,403",
                "http://user@localhost:8181,403",
                "file://,403",
                "chrome-extension://abcdef,403",
                "ws://localhost:8181,403",
                "http://proxy.example,403",
                "http://localhost:8181 http://evil.example,403"
            })
    void shouldTakeACookieOnlyFromItsOwnPage(String origin, int status) {
        String cookie = sessions.open(Role.ADMIN).orElseThrow();
        for (String path : List.of("/ws", "/api/interfaces/eth0/attach")) {
            String method = path.equals("/ws") ? "GET" : "POST";
            assertEquals(status, status(asked(method, path, "localhost:8181", origin, null, cookie), CLOSED), path);
            // no browser sends a bearer token by itself, so a program may leave the origin out; it may not lie
            int bearer = origin == null ? OK : status;
            assertEquals(bearer, status(asked(method, path, "localhost:8181", origin, admin, null), CLOSED), path);
        }
        assertEquals(OK, status(asked("GET", "/api/stats", "localhost:8181", origin, null, cookie), CLOSED));
    }

    @Test
    void shouldKnowTheDefaultPort() {
        String cookie = sessions.open(Role.ADMIN).orElseThrow();
        assertEquals(OK, status(asked("GET", "/ws", "localhost", "http://localhost:80", null, cookie), CLOSED));
        assertEquals(OK, status(asked("GET", "/ws", "localhost:80", "http://localhost", null, cookie), CLOSED));
        assertEquals(403, status(asked("GET", "/ws", "localhost:443", "http://localhost", null, cookie), CLOSED));
    }

    @Test
    void shouldNotLetAnotherSiteSignSomebodyIn() {
        assertEquals(OK, status(asked("POST", "/api/session", "localhost", null, null, null), CLOSED));
        assertEquals(
                403, status(asked("POST", "/api/session", "localhost", "http://evil.example", null, null), CLOSED));
    }
}
