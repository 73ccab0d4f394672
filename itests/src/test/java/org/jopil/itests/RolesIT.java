// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every route and every command, asked by everybody. */
class RolesIT {
    /** The least first. */
    private static final List<String> ROLES = List.of("anyone", "viewer", "operator", "admin");

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

    private static Http as(String role) throws IOException {
        Http http = jopil.anonymous();
        return switch (role) {
            case "anyone" -> http;
            case "admin" -> http.token(jopil.token());
            default -> http.token(
                    Files.readString(jopil.data().resolve("token." + role)).strip());
        };
    }

    private static boolean may(String role, String needed) {
        assertTrue(ROLES.contains(needed), needed);
        return ROLES.indexOf(role) >= ROLES.indexOf(needed);
    }

    /** What a route says in the OpenAPI document is what happens. */
    @Test
    void shouldAskEveryRouteForItsRole() throws IOException {
        JsonNode paths = jopil.get("/api/openapi.json").expect(200).json().path("paths");
        List<String> wrong = new ArrayList<>();
        int asked = 0;
        for (var path : paths.properties()) {
            String at = path.getKey().replaceAll("\\{[^}]*}", "nothing");
            for (var operation : path.getValue().properties()) {
                String method = operation.getKey().toUpperCase(Locale.ROOT);
                String needed = operation.getValue().path("x-role").asText();
                for (String role : ROLES) {
                    int status = as(role).send(method, at, method.equals("POST") ? "{\"nothing\":1}" : null)
                            .status();
                    boolean refused = status == 401 || status == 403;
                    asked++;
                    if (refused == may(role, needed) || status >= 500 && status != 503) {
                        wrong.add(method + " " + at + " needs " + needed + ", " + role + " got " + status);
                    }
                }
            }
        }
        System.out.println(asked + " routes and roles");
        assertEquals(List.of(), wrong);
        assertTrue(asked > 160, "asked " + asked);
    }

    @Test
    void shouldDenyWhatNobodyAllowed() throws IOException {
        for (String role : ROLES) {
            for (String method : List.of("POST", "PUT", "PATCH", "DELETE")) {
                int status = as(role).send(method, "/api/never/heard/of", "{}").status();
                assertTrue(
                        role.equals("admin") ? status == 404 : status == 401 || status == 403,
                        method + " as " + role + ": " + status);
            }
        }
    }

    private static String needed(Properties list, String command) {
        return list.getProperty(command, list.getProperty("*"));
    }

    @Test
    void shouldAskEveryCommandForItsRole() throws IOException {
        Properties list = new Properties();
        Path file = Instance.distribution().resolve("etc/org.apache.karaf.command.acl.jopil.cfg");
        try (Reader in = Files.newBufferedReader(file)) {
            list.load(in);
        }
        String unknown = run("admin", "nothing").path("stderr").asText();
        String[] commands =
                unknown.replaceAll("(?s).*The commands are: ([^.]*)\\..*", "$1").split(", ");
        assertTrue(commands.length > 15, unknown);
        assertTrue(Arrays.asList(commands).contains("attach"), unknown);
        for (String command : commands) {
            for (String role : ROLES.subList(1, ROLES.size())) {
                JsonNode answer = run(role, command, "--help");
                boolean refused = answer.path("stderr").asText().contains("JOPIL-403");
                assertEquals(!may(role, needed(list, command)), refused, () -> command + " as " + role + ": " + answer);
            }
        }
        assertTrue(run("viewer", "drops", "--stack").path("stderr").asText().contains("JOPIL-403"));
        assertFalse(run("operator", "drops", "--stack", "--seconds", "1")
                .path("stderr")
                .asText()
                .contains("JOPIL-403"));
    }

    private static JsonNode run(String role, String... words) throws IOException {
        StringBuilder body = new StringBuilder();
        for (String word : words) {
            body.append(body.isEmpty() ? "" : ",").append('"').append(word).append('"');
        }
        return as(role).header("Accept", "application/json")
                .post("/api/command", "{\"args\":[" + body + "]}")
                .expect(200)
                .json();
    }

    /** One who chooses what is watched gets no further. */
    @Test
    void shouldLetOperatorsChooseWhatIsWatchedOnly() throws IOException {
        String token = Files.readString(jopil.data().resolve("token.operator")).strip();
        assertEquals(token, jopil.verb("token", "--operator").orFail().out().strip());
        assertEquals(
                "operator",
                as("operator")
                        .get("/api/session")
                        .expect(200)
                        .json()
                        .path("role")
                        .asText());
        as("operator").post("/api/interfaces/lo/detach", "{}").expect(200);
        as("operator").post("/api/interfaces/lo/attach", "{}").expect(200);
        assertEquals(
                403,
                as("operator")
                        .post("/api/tokens/rotate", "{\"role\":\"viewer\"}")
                        .status());
        assertTrue(
                jopil.sshByPassword("operator", token, "jopil:flows").orFail().status() == 0);
        assertNotEquals(0, jopil.sshByPassword("operator", token, "bundle:list").status());
        assertNotEquals(
                0,
                jopil.sshByPassword("operator", token, "shell:cat /etc/passwd").status());
        assertNotEquals(0, jopil.sshByPassword("jopil", token, "jopil:flows").status(), "its token, the admin's name");
        String fresh = jopil.post("/api/tokens/rotate", "{\"role\":\"operator\"}")
                .expect(200)
                .json()
                .path("token")
                .asText();
        assertEquals(401, jopil.anonymous().token(token).get("/api/stats").status());
        jopil.anonymous().token(fresh).get("/api/stats").expect(200);
    }
}
