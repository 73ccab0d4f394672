// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every example that a command's {@code --help} shows does what it says: typed at the real prompt, over real ssh, and
 * through the launcher with its standard input closed.
 */
class HelpExamplesIT {
    private static final long VERB_MS = 300;
    private static final int REPEATS = 3;
    /** Starts a JVM of its own, because it must answer where nothing runs. */
    private static final String DOCTOR = "jopil:doctor";

    private static final Pattern TAKES_ITS_TIME = Pattern.compile("^jopil:trace\\b|--(follow|seconds)\\b");

    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");
    private static final Pattern TROUBLE =
            Pattern.compile("JOPIL-(?!122|125)\\d|Error executing|not found|Exception|null pointer");

    private static Namespaces net;
    private static Instance jopil;
    private static Process traffic;
    private static List<String> examples;

    @BeforeAll
    static void start() throws IOException {
        net = Namespaces.pair();
        jopil = Instance.on(net.right().spec()).start();
        // ARP, ICMP and questions to no name server, for whatever an example asks for; bounded, should nobody be left
        // to end it
        String name = net.left().interfaceName();
        String peer = net.right().ipv4();
        traffic = net.left()
                .command(
                        "bash",
                        "-c",
                        "for i in $(seq 1200); do ip neigh flush dev " + name + "; ping -q -c 4 -i 0.05 -W 1 " + peer
                                + "; echo > /dev/udp/" + peer + "/53; done")
                .builder()
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        examples = examples();
        System.out.println(examples.size() + " examples");
        assertTrue(examples.size() >= 30, examples::toString);
    }

    @AfterAll
    static void stop() {
        try {
            if (traffic != null) {
                traffic.destroy();
            }
            if (jopil != null) {
                jopil.close();
            }
        } finally {
            net.close();
        }
    }

    /** Of every command there is, those that take something away at the end. */
    private static List<String> examples() {
        String unknown = command("nothing").path("stderr").asText();
        String list = unknown.substring(unknown.indexOf("The commands are: ") + 18, unknown.lastIndexOf('.'));
        List<String> found = new ArrayList<>();
        List<String> last = new ArrayList<>();
        for (String verb : list.split(", ")) {
            String help = command(verb, "--help").path("stdout").asText();
            List<String> shown = help.substring(Math.max(0, help.indexOf("Examples:")))
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("jopil:" + verb))
                    .toList();
            assertFalse(shown.isEmpty(), () -> verb + " has an example: " + help);
            (verb.equals("detach") ? last : found).addAll(shown);
        }
        found.addAll(last);
        return found;
    }

    private static JsonNode command(String... words) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        Stream.of(words).forEach(body.putArray("args")::add);
        return jopil.post("/api/command", body.toString()).json();
    }

    /** An example of the launcher's own help, too. */
    @Test
    void shouldWorkThroughTheLauncher() {
        TreeMap<Long, String> medians = new TreeMap<>();
        List<String> all = new ArrayList<>(examples);
        String help = jopil.verb("help").orFail().out();
        Matcher own = Pattern.compile("(?m)^ {10,}jopil (.+)$").matcher(help);
        while (own.find()) {
            all.add(0, "jopil:" + own.group(1));
        }
        for (String example : all) {
            String[] words = words(example);
            List<Long> times = new ArrayList<>();
            for (int i = 0; i < REPEATS; i++) {
                Command.Result result = jopil.verb(words);
                assertEquals(0, result.status(), () -> failure(example, result));
                assertEquals("", result.err(), example);
                assertFalse(result.out().isBlank(), example);
                assertFalse(TROUBLE.matcher(result.out()).find(), () -> example + "\n" + result.out());
                times.add(result.millis());
            }
            long median = times.stream().sorted().toList().get(REPEATS / 2);
            if (!example.startsWith(DOCTOR) && !TAKES_ITS_TIME.matcher(example).find()) {
                medians.put(median, example);
            }
        }
        List<Long> sorted = List.copyOf(medians.keySet());
        System.out.printf(
                "jopil VERB: median of medians %d ms, slowest %d ms (%s)%n",
                sorted.get(sorted.size() / 2),
                medians.lastKey(),
                medians.lastEntry().getValue());
        assertTrue(medians.lastKey() <= VERB_MS, medians::toString);
        attachAgain();
    }

    @Test
    void shouldWorkOverSsh() throws IOException {
        Path key = jopil.data().resolve("run/test_examples");
        Command.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .orFail();
        String blob = Files.readString(Path.of(key + ".pub")).split(" ")[1];
        Files.writeString(
                jopil.data().resolve("etc/keys.properties"),
                "ann = " + blob + ",_g_:admingroup\n",
                StandardOpenOption.APPEND);
        for (String example : examples) {
            Command.Result result = jopil.ssh("ann", key, example);
            assertEquals(0, result.status(), () -> failure(example, result));
            assertFalse(result.out().isBlank(), example);
            assertFalse(TROUBLE.matcher(result.text()).find(), () -> example + "\n" + result.text());
        }
        attachAgain();
    }

    @Test
    void shouldWorkWhenTypedAtThePrompt() {
        try (Terminal terminal =
                new Terminal(Instance.launcher(), "--data", jopil.data().toString(), "shell")) {
            terminal.await("@root()>");
            for (String example : examples) {
                String written = terminal.type(example);
                assertFalse(written.isBlank(), () -> example + "\n" + terminal.screen());
                assertFalse(TROUBLE.matcher(written).find(), () -> example + "\n" + written);
            }
        }
        attachAgain();
    }

    /** Whoever wants to know what a verb does must not find out the hard way. */
    @ParameterizedTest
    @ValueSource(strings = {"run", "demo", "doctor", "stop", "url", "token", "logs", "cleanup"})
    void shouldOnlyHelpWhenAskedForHelp(String verb) {
        Command.Result result = jopil.verb(verb, "--help").orFail();
        assertTrue(result.out().contains("jopil " + verb) || result.out().contains("| " + verb), result::text);
        assertTrue(jopil.isAlive());
    }

    /** With what the instance says of it: a broken connection is explained there alone. */
    private static String failure(String example, Command.Result result) {
        String troubles = jopil.log()
                .lines()
                .filter(line -> line.contains("WARN") || line.contains("ERROR"))
                .collect(Collectors.joining("\n"));
        return example + "\n" + troubles + "\n" + result.text();
    }

    /** The last example lets everything go. */
    private static void attachAgain() {
        jopil.verb("attach", net.right().spec()).orFail();
        Instance.await(
                Duration.ofSeconds(5),
                "to be watched again",
                () -> jopil.get("/api/health").json().path("status").asText().equals("up"));
    }

    /** As a shell would: quotes taken off, the scope left out. */
    private static String[] words(String example) {
        Matcher matcher = WORD.matcher(example.substring("jopil:".length()));
        Stream<String> words = matcher.results().map(w -> w.group(1) != null ? w.group(1) : w.group(2));
        return words.toArray(String[]::new);
    }
}
