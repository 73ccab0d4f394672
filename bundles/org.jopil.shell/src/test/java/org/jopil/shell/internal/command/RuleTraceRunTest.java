// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import org.jopil.api.JopilException;
import org.jopil.api.filter.FlowTerm;
import org.jopil.api.source.RuleTrace;
import org.jopil.filter.internal.FilterLanguage;
import org.jopil.web.render.Format;
import org.jopil.web.render.Style;
import org.junit.jupiter.api.Test;

class RuleTraceRunTest {
    private static final RuleTrace.Decision JUMP = new RuleTrace.Decision(
            "ip", "gate", "in", "input", 6, "udp dport 8080 jump web", "jump web", "udp 10.0.0.1:5 > 10.0.0.2:8080", 3);
    private static final RuleTrace.Decision DROP = new RuleTrace.Decision(
            "ip", "gate", "web", "input", 3, "drop", "drop", "udp 10.0.0.1:5 > 10.0.0.2:8080", 3);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private RuleTrace.Request asked;
    private int announced;

    private String run(Format format, RuleTrace.Result result, String... words) throws Exception {
        RuleTrace rules = new RuleTrace() {
            @Override
            public String table() {
                return "jopil_trace_7";
            }

            @Override
            public void check(Request request) {
                if (request.flow().isEmpty()) {
                    throw new JopilException("JOPIL-400", 400, "no flow", "none");
                }
            }

            @Override
            public Result trace(Request request) {
                asked = request;
                announced = bytes.size();
                return result;
            }
        };
        try (PrintStream out = new PrintStream(bytes, true, UTF_8)) {
            new RuleTraceRun(rules, new FilterLanguage(), format, Style.of("rule"), out, out)
                    .run(words[0], words[1], words[2], words[3]);
        }
        return bytes.toString(UTF_8);
    }

    @Test
    void shouldAnnounceTraceAndName() throws Exception {
        RuleTrace.Result result = new RuleTrace.Result(3, 0, 3, false, List.of(JUMP, DROP));
        String text = run(Format.TEXT, result, "dst port 8080", "shop", "5", null);
        assertEquals(
                new RuleTrace.Request(
                        "shop",
                        List.of(new FlowTerm(FlowTerm.Part.DESTINATION_PORT, "8080")),
                        Duration.ofSeconds(5),
                        0),
                asked);
        assertTrue(
                text.substring(0, announced)
                        .startsWith(
                                "Marks packets of 'dst port 8080' in the namespace shop (nftrace) for 5 s at most, by the"
                                        + " table jopil_trace_7,"),
                text);
        assertTrue(text.contains("jump web"), text);
        assertTrue(
                text.endsWith("3 packets received, 0 sent, 3 traced; nothing is marked any more.\n"
                        + "Dropped by rule 3 of ip gate web: drop\n"),
                text);
    }

    @Test
    void shouldWriteNothingButTheRowsForPrograms() throws Exception {
        String text =
                run(Format.NDJSON, new RuleTrace.Result(3, 0, 3, false, List.of(DROP)), "port 80", null, null, "2");
        assertEquals(2, asked.packets());
        assertEquals(
                "{\"family\":\"ip\",\"table\":\"gate\",\"chain\":\"web\",\"hook\":\"input\",\"handle\":3,"
                        + "\"verdict\":\"drop\",\"packets\":3,\"rule\":\"drop\","
                        + "\"packet\":\"udp 10.0.0.1:5 > 10.0.0.2:8080\",\"drops\":true}\n",
                text);
    }

    @Test
    void shouldSayThatNothingCameOrMatched() throws Exception {
        String none = run(Format.TEXT, new RuleTrace.Result(0, 0, 0, false, List.of()), "port 80", null, null, null);
        assertTrue(none.contains("No such packet came."), none);
        String unruled = run(Format.TEXT, new RuleTrace.Result(4, 0, 4, false, List.of()), "port 80", null, null, null);
        assertTrue(unruled.contains("No rule of nftables was met"), unruled);
    }

    @Test
    void shouldRefuseWhatIsNoFlow() {
        RuleTrace.Result result = new RuleTrace.Result(0, 0, 0, false, List.of());
        for (String filter : List.of("", "bytes > 100", "port 80 or port 81")) {
            assertThrows(JopilException.class, () -> run(Format.TEXT, result, filter, null, null, null), filter);
        }
        assertThrows(JopilException.class, () -> run(Format.TEXT, result, "port 80", null, "61", null));
        assertEquals(0, bytes.size());
    }
}
