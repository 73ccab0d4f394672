// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What people do to an instance is told, and by whom; what they look at is not. */
class AuditIT {
    private static final Duration SOON = Duration.ofSeconds(20);

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

    /** The newest first: who from action what: result. Without our own looks at it. */
    private static List<String> told() {
        List<String> lines = new ArrayList<>();
        for (JsonNode row : jopil.get("/api/audit?limit=10000").expect(200).json()) {
            if (row.path("what").asText().startsWith("GET /api/audit")) {
                continue; // who reads the log is told, too
            }
            lines.add(row.path("who").asText() + " " + row.path("from").asText("-") + " "
                    + row.path("action").asText() + " " + row.path("what").asText() + ": "
                    + row.path("result").asText());
        }
        return lines;
    }

    private static void assertTold(String line) {
        assertTrue(told().contains(line), () -> line + "\nis not in\n" + String.join("\n", told()));
    }

    private static void assertToldLike(String regex) {
        Instance.await(SOON, regex + " among " + told(), () -> told().stream().anyMatch(line -> line.matches(regex)));
    }

    private static Http operator() throws IOException {
        return jopil.anonymous()
                .token(Files.readString(jopil.data().resolve("token.operator")).strip());
    }

    @Test
    void shouldTellOfRequestsThatChangeAndOfNoOthers() throws IOException {
        operator().post("/api/interfaces/lo/measure", "{\"seconds\":1}");
        operator().post("/api/interfaces/nothing/attach", "{}");
        assertToldLike("operator 127\\.0\\.0\\.1 request POST /api/interfaces/nothing/attach: failed, 404");
        int before = told().size();
        jopil.get("/api/stats").expect(200);
        jopil.get("/api/flows").expect(200);
        jopil.verb("flows").orFail();
        jopil.verb("status");
        assertEquals(before, told().size(), () -> String.join("\n", told()));
    }

    @Test
    void shouldTellWhatWasRefused() throws IOException {
        jopil.anonymous().get("/api/stats");
        operator().post("/api/tickets", "{}");
        jopil.anonymous().token("wrong").post("/api/tokens/rotate", "{\"role\":\"viewer\"}");
        assertTold("anyone 127.0.0.1 request GET /api/stats: Who are you?: refused");
        assertTold("operator 127.0.0.1 request POST /api/tickets: An operator may not do this: refused");
        assertTold("anyone 127.0.0.1 request POST /api/tokens/rotate: Who are you?: refused");
    }

    @Test
    void shouldTellWhoSignedIn() {
        String url = jopil.verb("url").orFail().out().strip();
        String path = url.substring(url.indexOf("/?ticket="));
        jopil.anonymous().get(path);
        jopil.anonymous().get(path);
        assertTold("admin 127.0.0.1 request POST /api/tickets: done");
        assertTold("admin 127.0.0.1 sign-in by a link: done");
        assertTold("anyone 127.0.0.1 sign-in by a link: refused");
        assertFalse(String.join("\n", told()).contains(path.substring(path.indexOf('=') + 1)), "no ticket is kept");
        Http page = jopil.anonymous().header("Origin", "http://127.0.0.1:" + jopil.port());
        page.post("/api/session", "{\"token\":\"wrong\"}");
        page.post("/api/session", "{\"token\":\"" + jopil.viewerToken() + "\"}");
        assertTold("anyone 127.0.0.1 sign-in by a token: refused");
        assertTold("viewer 127.0.0.1 sign-in by a token: done");
        jopil.sshByPassword("operator", "wrong", "jopil:flows");
        jopil.sshByPassword("jopil", jopil.token(), "jopil:flows").orFail();
        assertTold("operator ssh sign-in by token: refused");
        assertTold("jopil ssh sign-in by token: done");
    }

    @Test
    void shouldTellOfCommandsThatChange() throws IOException {
        jopil.verb("detach", "nothing");
        assertToldLike("admin 127\\.0\\.0\\.1 command detach nothing: exit status 4");
        String read = Files.readString(jopil.data().resolve("token.viewer")).strip();
        jopil.anonymous().token(read).post("/api/command", "{\"args\":[\"attach\",\"lo\"]}");
        assertToldLike("viewer 127\\.0\\.0\\.1 command attach lo: refused");
        jopil.ssh("log:get").orFail();
        jopil.ssh("jopil:flows; jopil:detach nothing");
        jopil.ssh("jopil:flows").orFail();
        assertTold("admin ssh command log:get: begun");
        assertTold("admin ssh command jopil:flows ; jopil:detach nothing: begun");
        assertEquals(
                List.of(),
                told().stream()
                        .filter(line -> line.matches(".* command (jopil:)?flows: .*"))
                        .toList(),
                "reading is not told");
    }

    @Test
    void shouldTellOfBundlesAndSettings() throws IOException {
        Path deployed = jopil.data().resolve("deploy/top-talkers.jar");
        Path part = deployed.resolveSibling("top-talkers.part");
        Files.copy(HotDeployIT.example(), part);
        Files.move(part, deployed, StandardCopyOption.ATOMIC_MOVE);
        String sum = Command.run("sha256sum", HotDeployIT.example().toString())
                .orFail()
                .out()
                .split(" ")[0];
        assertToldLike("deploy folder file of root bundle installed \\S+ \\S+ from file:.*/deploy/top-talkers.jar,"
                + " SHA-256 " + sum + ": done");
        Files.delete(deployed);
        assertToldLike("deploy folder - bundle uninstalled .*top-talkers.jar: done");

        Path cfg = jopil.data().resolve("etc/org.jopil.web.cfg");
        Files.writeString(cfg, Files.readString(cfg) + "\nallowed_hosts = ops.example\n");
        assertToldLike("etc folder - configuration org.jopil.web: allowed_hosts .* -> ops.example: done");
        Instance.await(
                SOON,
                "the other name",
                () -> jopil.http()
                                .header("Host", "ops.example:" + jopil.port())
                                .get("/api/stats")
                                .status()
                        == 200);
        Files.writeString(
                cfg,
                Files.readAllLines(cfg).stream()
                        .filter(line -> !line.startsWith("allowed_hosts"))
                        .collect(Collectors.joining("\n")));
        assertToldLike("etc folder - configuration org.jopil.web: allowed_hosts ops.example -> .*: done");
    }

    @Test
    void shouldShowWhatWasChanged() throws IOException {
        jopil.anonymous().get("/api/stats");
        Command.Result whole = jopil.verb("audit", "--verify").orFail();
        assertTrue(whole.out().contains("The chain is whole."), whole.text());
        try (Instance other = Instance.on("lo").start()) {
            Path file = other.data().resolve("log/audit.jsonl");
            Files.writeString(file, Files.readString(file).replaceFirst("\"action\":\"start\"", "\"action\":\"stop\""));
            Command.Result broken = other.verb("audit", "--verify");
            assertEquals(1, broken.status(), broken.text());
            assertTrue(broken.out().contains("line 1 of what is kept was changed"), broken.text());
            assertEquals(
                    403,
                    other.anonymous()
                            .token(other.viewerToken())
                            .get("/api/audit")
                            .status());
        }
        Command.Result table =
                jopil.verb("audit", "result == refused", "--limit", "3").orFail();
        assertTrue(table.out().contains("Who are you?"), table.text());
    }
}
