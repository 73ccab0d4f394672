// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The files that people edit. */
class ConfigurationIT {
    private static final String FLOWS = "org.jopil.analyzer.flow";
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /**
     * {@code etc/} shows every key of every bundle, as the bundles' Metatype says. After a change of a bundle's
     * configuration: {@code mvn -pl itests verify -Dit.test=ConfigurationIT -Djopil.write=true}.
     */
    @Test
    void shouldShipAFileForEveryPidThatShowsEveryKey() throws Exception {
        Path etc = Path.of(System.getProperty("jopil.root"), "etc");
        Map<String, String> expected = generated();
        if (Boolean.getBoolean("jopil.write")) {
            for (Map.Entry<String, String> file : expected.entrySet()) {
                Files.writeString(etc.resolve(file.getKey()), file.getValue());
            }
        }
        Map<String, String> shipped = new TreeMap<>();
        try (Stream<Path> files = Files.list(etc)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".cfg")).toList()) {
                shipped.put(file.getFileName().toString(), Files.readString(file));
            }
        }
        assertEquals(expected, shipped);
    }

    private static Map<String, String> generated() throws Exception {
        Map<String, String> result = new TreeMap<>();
        try (Stream<Path> files = Files.walk(Instance.distribution().resolve("system/org/jopil"))) {
            for (Path jar : files.filter(f -> f.toString().endsWith(".jar")).toList()) {
                try (JarFile content = new JarFile(jar.toFile())) {
                    for (String name : content.stream()
                            .map(entry -> entry.getName())
                            .filter(entry -> entry.matches("OSGI-INF/metatype/[^/]+\\.xml"))
                            .toList()) {
                        try (InputStream in = content.getInputStream(content.getEntry(name))) {
                            Document xml = DocumentBuilderFactory.newInstance()
                                    .newDocumentBuilder()
                                    .parse(in);
                            Element designate = (Element)
                                    xml.getElementsByTagName("Designate").item(0);
                            String pid = designate.getAttribute("pid");
                            result.put(pid + ".cfg", text(pid, xml));
                        }
                    }
                }
            }
        }
        return result;
    }

    private static String text(String pid, Document xml) {
        Element ocd = (Element) xml.getElementsByTagName("OCD").item(0);
        StringBuilder text = new StringBuilder();
        paragraph(text, ocd.getAttribute("name") + ". " + sentence(ocd.getAttribute("description")));
        paragraph(
                text,
                "Every key with its default. Remove the # to set it; a change counts at once, without a restart.");
        NodeList keys = xml.getElementsByTagName("AD");
        for (int i = 0; i < keys.getLength(); i++) {
            Element key = (Element) keys.item(i);
            text.append('\n');
            paragraph(text, sentence(key.getAttribute("description")));
            paragraph(text, sentence(range(key)));
            text.append(("#" + key.getAttribute("id") + " = " + key.getAttribute("default")).stripTrailing())
                    .append('\n');
        }
        return text.toString();
    }

    private static String sentence(String text) {
        String s = text.strip();
        if (s.isEmpty()) {
            return s;
        }
        return Character.toUpperCase(s.charAt(0)) + s.substring(1) + (s.endsWith(".") ? "" : ".");
    }

    private static String range(Element key) {
        NodeList options = key.getElementsByTagName("Option");
        if (options.getLength() > 0) {
            StringBuilder text = new StringBuilder("one of ");
            for (int i = 0; i < options.getLength(); i++) {
                text.append(i == 0 ? "" : ", ").append(((Element) options.item(i)).getAttribute("value"));
            }
            return text.toString();
        }
        String kind =
                switch (key.getAttribute("type")) {
                    case "Integer", "Long", "Short", "Byte" -> "a whole number";
                    case "Double", "Float" -> "a number";
                    case "Boolean" -> "true or false";
                    default -> "text";
                };
        String min = key.getAttribute("min");
        String max = key.getAttribute("max");
        return kind + (min.isEmpty() ? "" : " from " + min) + (max.isEmpty() ? "" : " to " + max);
    }

    /** Comment lines of at most 118 characters. */
    private static void paragraph(StringBuilder text, String words) {
        StringBuilder line = new StringBuilder("#");
        for (String word : words.strip().split("\\s+")) {
            if (line.length() + 1 + word.length() > 118) {
                text.append(line).append('\n');
                line = new StringBuilder("#");
            }
            line.append(' ').append(word);
        }
        text.append(line.toString().stripTrailing()).append('\n');
    }

    @Test
    void shouldKeepTheOldValueWhenANewOneIsBad() throws IOException {
        try (Instance jopil = Instance.on("lo").start()) {
            long updates = updates(jopil);
            long first = write(jopil, "idle_timeout_seconds = 5\n");
            Instance.await(LIMIT, "the first change", () -> updates(jopil) > updates);
            awaitSaved(jopil, first);
            awaitConfiguration(jopil, "up", "");
            long second = write(jopil, "idle_timeout_seconds = -7\nactive_timeout = 9\n");
            awaitConfiguration(
                    jopil,
                    "degraded",
                    FLOWS + ": idle_timeout_seconds = -7 is refused, it is a whole number from 1 to 86400."
                            + " In force stays 5.");
            assertTrue(check(jopil).path("message").asText().contains("there is no key active_timeout;"));
            Instance.await(
                    LIMIT, "a line in the log", () -> jopil.log().contains("idle_timeout_seconds = -7 is refused"));
            awaitSaved(jopil, second);
            write(jopil, "idle_timeout_seconds = 7\n");
            awaitConfiguration(jopil, "up", "");
        }
    }

    @Test
    void shouldStartWithTheDefaultWhenAValueIsBad() throws IOException {
        Path data = Instance.newData();
        Files.createDirectories(data.resolve("etc"));
        Files.writeString(data.resolve("etc/org.jopil.sensor.cfg"), "ring_kib = lots\n");
        try (Instance jopil = Instance.on("lo").data(data).until("degraded").start()) {
            awaitConfiguration(
                    jopil,
                    "degraded",
                    "org.jopil.sensor: ring_kib = lots is refused, it is a whole number from 0 to 262144. In force stays 0.");
            assertEquals("up", jopil.health().get("sensor"));
            assertFalse(jopil.log().contains("NumberFormatException"));
            assertTrue(jopil.output().contains("configuration: org.jopil.sensor: ring_kib"), jopil.output());
        }
    }

    private static long updates(Instance jopil) {
        return jopil.log()
                .lines()
                .filter(line -> line.contains("Updating configuration {" + FLOWS + "}"))
                .count();
    }

    /** Its time stamp. */
    private static long write(Instance jopil, String text) throws IOException {
        Path file = file(jopil);
        Path fresh = Files.writeString(jopil.data().resolve("etc/new.tmp"), text);
        Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        // fileinstall looks at the time stamp, which a quick test may not have moved on
        assertTrue(file.toFile().setLastModified(System.currentTimeMillis()));
        return file.toFile().lastModified();
    }

    private static Path file(Instance jopil) {
        return jopil.data().resolve("etc/" + FLOWS + ".cfg");
    }

    /** fileinstall saves what it has taken over, a moment later, and would do so over the next change. */
    private static void awaitSaved(Instance jopil, long written) {
        Instance.await(LIMIT, "the file to be saved", () -> file(jopil).toFile().lastModified() != written);
    }

    private static JsonNode check(Instance jopil) {
        for (JsonNode check : jopil.get("/api/health").json().path("checks")) {
            if (check.path("name").asText().equals("configuration")) {
                return check;
            }
        }
        throw new AssertionError("no check named configuration: " + jopil.get("/api/health"));
    }

    private static void awaitConfiguration(Instance jopil, String status, String message) {
        Instance.await(LIMIT, status + ", now " + check(jopil), () -> {
            JsonNode check = check(jopil);
            return check.path("status").asText().equals(status)
                    && check.path("message").asText().contains(message);
        });
    }
}
