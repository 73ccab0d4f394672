// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Captures, as one asks for them: through the launcher, over REST, from Wireshark. */
class CaptureIT {
    /** {@code -Djopil.long=true}: longer, at a higher rate. */
    private static final boolean LONG = Boolean.getBoolean("jopil.long");

    private static final int SECONDS = LONG ? 60 : 5;
    private static final int RATE = LONG ? 200_000 : 50_000;
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final String NOBODY = "udp port 7";

    private static Namespaces net;
    private static Instance jopil;

    @BeforeAll
    static void start() {
        net = Namespaces.pair();
        jopil = Instance.on(net.right().spec()).start();
    }

    @AfterAll
    static void stop() {
        try {
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            net.close();
        }
    }

    @Test
    void shouldHaveEveryPacketThatWasNotCountedAsLost() throws Exception {
        Path file = Instance.work().resolve("rate.pcapng");
        long sent;
        Process capture = capture("udp", "-w", file.toString());
        try {
            sent = Load.skb(net.left())
                    .with("--packets", RATE * SECONDS, "--pps", RATE, "--flows", 1000, "--cpu", 0)
                    .run()
                    .packets();
        } finally {
            interrupt(capture);
        }
        JsonNode row = latest();
        assertEquals(file.toString(), row.path("output").asText());
        long matched = row.path("matched").asLong();
        assertEquals(sent, matched, row::toString);
        assertEquals(
                matched,
                row.path("written").asLong()
                        + row.path("ring_full").asLong()
                        + row.path("not_written").asLong()
                        + row.path("beyond").asLong(),
                row::toString);
        assertEquals(0, row.path("ring_full").asLong(), row::toString);
        assertEquals("kernel", row.path("filtered_by").asText());
        Command.Result tshark = Command.of(
                        "tshark", "-n", "-r", file.toString(), "-Y", "udp.length", "-T", "fields", "-e", "udp.length")
                .within(Duration.ofMinutes(5))
                .run()
                .orFail();
        assertFalse(tshark.err().contains("cut short"), tshark.err());
        assertEquals(row.path("written").asLong(), tshark.out().lines().count());
        Files.delete(file);
    }

    @Test
    void shouldStreamToStandardOutput() throws IOException {
        Command.Result piped = piped(
                net.right().spec(),
                "'icmp[0] = 8' -w - -c 3 --snaplen 60",
                "tshark -n -r - -T fields -e icmp.type -e frame.cap_len");
        assertEquals("8\t60\n8\t60\n8\t60\n", piped.out(), piped::text);
    }

    /** Begins one through the launcher, and waits until it runs. */
    private static Process capture(String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Instance.launcher(),
                "--data",
                jopil.data().toString(),
                "capture",
                net.right().spec()));
        command.addAll(List.of(words));
        Process process = Command.of(command)
                .builder()
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Instance.await(LIMIT, "the capture", () -> latest().path("running").asBoolean());
        return process;
    }

    /** As Ctrl-C does, and waits until it has ended. */
    private static void interrupt(Process process) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        awaitEnd();
    }

    private static void awaitEnd() {
        Instance.await(LIMIT, "the end", () -> !latest().path("running").asBoolean());
    }

    private static JsonNode latest() {
        return jopil.get("/api/reports/captures?limit=1")
                .expect(200)
                .json()
                .path("rows")
                .path(0);
    }

    /** Pings all the while. */
    private static Command.Result piped(String where, String words, String reader) throws IOException {
        Process ping = ping();
        try {
            return Command.of(
                            "bash",
                            "-c",
                            Instance.launcher() + " --data " + jopil.data() + " capture " + where + " " + words + " | "
                                    + reader)
                    .within(LIMIT)
                    .run()
                    .orFail();
        } finally {
            ping.destroy();
        }
    }

    @Test
    void shouldEndWhenItsReaderHasGone() throws IOException {
        interrupt(capture(NOBODY, "-w", "-"));
        assertTrue(latest().path("end").asText().startsWith("its reader has gone"), latest()::toString);
    }

    @Test
    void shouldSayThatTheFileCannotBeWritten() {
        Command.Result refused = jopil.verb("capture", "lo", "-w", "/no/such/folder/x.pcapng");
        assertEquals(1, refused.status(), refused.text());
        assertTrue(
                refused.err().contains("JOPIL-163 Cannot write the capture to /no/such/folder/x.pcapng"),
                refused.text());
    }

    @Test
    void shouldNeedTheAdminToken() {
        assertEquals(
                403,
                jopil.anonymous()
                        .token(jopil.viewerToken())
                        .get("/api/capture?interface=lo")
                        .status());
        assertEquals(400, jopil.get("/api/capture").status());
        assertEquals(404, jopil.get("/api/capture?interface=nosuch0").status());
        assertEquals(
                400,
                jopil.get("/api/capture?interface=lo&filter=bytes%20%3E%201").status());
    }

    @Test
    void shouldBeginFromThePageButFromNoLinkAndNoOtherSite() {
        String path = "/api/capture?interface=lo&seconds=1";
        Http page = session(jopil.token());
        assertEquals(403, page.get(path).status(), "a link");
        assertEquals(403, page.post(path, null).status(), "without an origin");
        assertEquals(
                403,
                page.header("Origin", "http://evil.example").post(path, null).status());
        page.header("Origin", "http://127.0.0.1:" + jopil.port());
        Http.Response file = page.post(path, null).expect(200);
        assertEquals("application/x-pcapng", file.headers().get("content-type"));
        JsonNode row = latest();
        assertEquals(row.path("number").asText(), file.headers().get("x-capture"));
        assertTrue(row.path("who").asText().startsWith("admin in a browser from "), row::toString);
        assertEquals(
                404,
                page.send("DELETE", "/api/capture/" + row.path("number").asText(), null)
                        .status());
        assertEquals("admin", page.get("/api/session").json().path("role").asText());

        Http viewer = session(jopil.viewerToken()).header("Origin", "http://127.0.0.1:" + jopil.port());
        assertEquals(403, viewer.post(path, null).status());
        assertEquals(403, viewer.send("DELETE", "/api/capture/1", null).status());
        assertEquals("viewer", viewer.get("/api/session").json().path("role").asText());
        assertEquals(row, latest(), "nothing else was begun");
    }

    private static Http session(String token) {
        String cookie = jopil.anonymous()
                .post("/api/session", "{\"token\":\"" + token + "\"}")
                .expect(204)
                .headers()
                .get("set-cookie");
        return jopil.anonymous().header("Cookie", cookie.substring(0, cookie.indexOf(';')));
    }

    @Test
    void shouldEndWholeWhenSomebodyEndsIt() throws IOException {
        Path file = Instance.work().resolve("ended.pcapng");
        Process process = capture(NOBODY, "-w", file.toString());
        String number = latest().path("number").asText();
        assertEquals(
                204, jopil.http().send("DELETE", "/api/capture/" + number, null).status());
        JsonNode row = latest();
        assertFalse(row.path("running").asBoolean(), row::toString);
        assertTrue(row.path("end").asText().startsWith("stopped by admin token by REST"), row::toString);
        assertTrue(Files.exists(file), "it is whole");
        process.destroy();
    }

    @Test
    void shouldBeListedAndReadByWireshark() throws IOException {
        Path folder = Files.createDirectories(Instance.work().resolve("extcap"));
        Path script = folder.resolve("jopil-extcap");
        Files.deleteIfExists(script);
        Files.createSymbolicLink(script, Path.of(Instance.launcher()).resolveSibling("jopil-extcap"));
        Command.Result list = wireshark(folder, "tshark -D");
        assertTrue(
                list.out()
                        .contains("jopil:" + net.right().spec() + " (JOPIL: "
                                + net.right().spec() + ")"),
                list.text());
        Process ping = ping();
        try {
            Command.Result read = wireshark(
                    folder, "tshark -n -i jopil:" + net.right().spec() + " -f icmp -c 4 -T fields -e icmp.type");
            assertEquals(
                    4, read.out().lines().filter(line -> line.matches("[08]")).count(), read.text());
        } finally {
            ping.destroy();
        }
        awaitEnd();
    }

    private static Process ping() throws IOException {
        return net.left()
                .command("ping", "-q", "-i", "0.05", "-w", "30", net.right().ipv4())
                .builder()
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** With our script in its folder; root's Wireshark knows no other one. */
    private static Command.Result wireshark(Path extcap, String words) {
        return Command.of(
                        "unshare",
                        "-m",
                        "bash",
                        "-c",
                        "folder=$(tshark -G folders | sed -n 's/^Extcap path:[[:space:]]*//p') && mount --bind "
                                + extcap + " \"$folder\" && exec " + words)
                .environment("JOPIL_DATA", jopil.data().toString())
                .within(LIMIT)
                .run()
                .orFail();
    }
}
