// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What README tells a newcomer to do, in that order, to its end: nothing is left behind. */
class FirstTenMinutesIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    /** Each fault: what it stands out as, what is asked then, and what is found. */
    private record Story(String fault, String question, String verdict, String sentence) {}

    private static final List<Story> STORIES = List.of(
            new Story(
                    "firewall",
                    "8080",
                    "firewall",
                    "nft dropped .* to port 8080 in the input hook of jopil-demo-orders"),
            new Story("slow-reader", "7000", "slow-reader", "packets then waited \\d+ ms for orders\\[\\d+\\] to read"),
            new Story("full-buffer", "8125", "udp-buffer-full", "reads slower than packets come: .* in jopil-demo-db"));

    private static Path data;

    private static String verb(String... words) {
        String[] all = new String[words.length + 3];
        all[0] = Instance.launcher();
        all[1] = "--data";
        all[2] = data.toString();
        System.arraycopy(words, 0, all, 3, words.length);
        return Command.run(all).orFail().out();
    }

    @Test
    void shouldLeadFromDoctorToTheAnswerAndBack() throws IOException {
        long programs = Bpf.ours();
        assertTrue(Command.run(Instance.launcher(), "doctor").status() <= 1, "the doctor finds the main job possible");
        try (Demo demo = Demo.start()) {
            data = demo.data();
            for (Story story : STORIES) {
                Instance.await(SOON, story + " to stand out", () -> verb("why").contains("things stand out"));
                Pattern verdict = Pattern.compile("(?m)^BAD  .*" + story.sentence);
                Instance.await(SOON, story + " to be found", () -> verdict.matcher(verb("why", story.question))
                        .find());
                System.out.println(verb("why", story.question));
            }
            browse(demo);
            for (Story story : STORIES) {
                Demo.verb("fault", story.fault, "off").orFail();
            }
            // what was dropped before is forgotten after a minute
            Instance.await(Duration.ofSeconds(90), "nothing to be wrong", () -> STORIES.stream()
                    .noneMatch(story -> verb("why", story.question).startsWith("BAD")));
            assertTrue(verb("flows", "--limit", "5").contains("10.77."));
        }
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.right().spec()).start()) {
            net.left()
                    .run("ping", "-q", "-c", "3", "-i", "0.1", net.right().ipv4())
                    .orFail();
            Instance.await(
                    SOON,
                    "the ping's flow",
                    () -> jopil.verb("flows").orFail().out().contains(net.left().ipv4()));
            // as by Ctrl-C
            jopil.signal("INT");
            assertEquals(0, jopil.awaitEnd(Duration.ofSeconds(20)));
        }
        assertEquals(programs, Bpf.ours());
    }

    /** The page's half: from the Overview to each answer, by clicks. */
    private static void browse(Demo demo) throws IOException {
        Path folder = Path.of(System.getProperty("jopil.root"), "itests/browser");
        Command.Result run = Command.of(
                        "node",
                        "--test",
                        "--test-concurrency=1",
                        folder.resolve("found.test.mjs").toString())
                .environment(
                        "JOPIL_URL",
                        Files.readString(demo.data().resolve("run/http")).strip())
                .environment(
                        "JOPIL_TOKEN",
                        Files.readString(demo.data().resolve("token")).strip())
                .environment(
                        "JOPIL_FAULTS",
                        String.join(",", STORIES.stream().map(Story::fault).toList()))
                .within(Duration.ofMinutes(3))
                .run();
        assertEquals(0, run.status(), run::text);
    }
}
