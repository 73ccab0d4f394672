// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandHelpTest {
    @ParameterizedTest
    @ValueSource(
            classes = {
                AnalyzersCommand.class,
                AttachCommand.class,
                CpusCommand.class,
                DetachCommand.class,
                DoctorCommand.class,
                FlowsCommand.class,
                InterfacesCommand.class,
                LatencyCommand.class,
                JourneyCommand.class,
                LedgerCommand.class,
                PacketsCommand.class,
                PrivacyCommand.class,
                ProtocolsCommand.class,
                ReplayCommand.class,
                ReportCommand.class,
                StatusCommand.class,
                TopCommand.class,
                TraceCommand.class,
                WhyCommand.class
            })
    void shouldShowExamplesThatCanBeTyped(Class<? extends JopilCommand> type) throws Exception {
        Command command = type.getAnnotation(Command.class);
        assertEquals("jopil", command.scope());
        assertFalse(command.description().isBlank());
        List<String> examples = command.detailedDescription()
                .lines()
                .map(String::strip)
                .filter(line -> line.startsWith("jopil:"))
                .toList();
        assertTrue(examples.size() >= 2);
        for (String example : examples) {
            assertTrue(example.matches("jopil:" + command.name() + "( .*)?"), example);
            assertFalse(example.replaceAll("'[^']*'", "").matches(".*[<>|&\\[\\]].*"), example + " needs quotes");
            List<String> words =
                    new FilterParser().parse(null, example, example.length()).getArguments().length == 1
                            ? List.of()
                            : List.of(new FilterParser()
                                    .parse(null, example, example.length())
                                    .getArguments());
            TrailingOptions.apply(
                    type.getDeclaredConstructor().newInstance(),
                    words.stream().skip(1).toList());
        }
    }
}
