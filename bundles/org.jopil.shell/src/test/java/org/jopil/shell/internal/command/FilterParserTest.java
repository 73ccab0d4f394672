// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.apache.karaf.shell.api.console.CommandLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterParserTest {
    /** {@code |} is the cursor. */
    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "flows|;flows;0;5",
                "flows |;flows,;1;0",
                "flows  |;flows,;1;0",
                "flows tcp|;flows,tcp;1;3",
                "flows t|cp;flows,tcp;1;1",
                "flows protocol == u|;flows,protocol,==,u;3;1",
                "flows protocol == |;flows,protocol,==,;3;0",
                "flows 'tcp and u|;flows,'tcp and u;1;10",
                "flows \"a == b\" -x|;flows,\"a == b\",-x;2;2",
            })
    void shouldFindTheWordAtTheCursor(String line, String words, int word, int character) {
        int cursor = line.indexOf('|');
        CommandLine parsed = new FilterParser().parse(null, line.replace("|", ""), cursor);
        assertEquals(words, String.join(",", parsed.getArguments()));
        assertEquals(word, parsed.getCursorArgumentIndex());
        assertEquals(character, parsed.getArgumentPosition());
    }

    @Test
    void shouldJoinWhatTheShellTookApart() {
        assertEquals("a == b and c != d", ListCommand.joined(List.of("a", "=", "=", "b", "and", "c", "!=", "d")));
        assertEquals("a = b", ListCommand.joined(List.of("a", "=", "b")));
        assertEquals("", ListCommand.joined(List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = ';',
            value = {
                "flows protocol == udp;flows protocol == udp",
                "flows 'a | b' | grep x;`flows 'a | b' `",
                "flows 'open;flows 'open",
            })
    void shouldEndWhereTheCommandEnds(String line, String handedOn) {
        FilterParser parser = new FilterParser();
        assertEquals(handedOn, parser.preprocess(null, parser.parse(null, line, line.length())));
    }
}
