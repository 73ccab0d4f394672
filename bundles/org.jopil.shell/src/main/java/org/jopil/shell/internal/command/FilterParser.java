// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.command;

import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Parser;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.parsing.CommandLineImpl;

/** For completion: words are what stands between blanks; Karaf's own parser takes {@code ==} apart. */
@Service
public final class FilterParser implements Parser {
    @Override
    public CommandLine parse(Session session, String command, int cursor) {
        List<String> words = new ArrayList<>();
        int atWord = -1;
        int atCharacter = 0;
        int at = 0;
        while (at < command.length() && !endsCommand(command.charAt(at))) {
            if (Character.isWhitespace(command.charAt(at))) {
                at++;
                continue;
            }
            int end = endOfWord(command, at);
            if (atWord < 0 && cursor <= end) {
                atWord = words.size();
                atCharacter = Math.max(0, cursor - at);
            }
            words.add(command.substring(at, end));
            at = end;
        }
        if (atWord < 0) {
            atWord = words.size();
            words.add("");
        }
        return new CommandLineImpl(words.toArray(String[]::new), atWord, atCharacter, cursor, command.substring(0, at));
    }

    private static boolean endsCommand(char c) {
        return c == '|' || c == ';' || c == '\n';
    }

    private static int endOfWord(String text, int from) {
        char quote = 0;
        int at = from;
        while (at < text.length() && (quote != 0 || !isBoundary(text.charAt(at)))) {
            char c = text.charAt(at++);
            if (c == quote) {
                quote = 0;
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            }
        }
        return at;
    }

    private static boolean isBoundary(char c) {
        return Character.isWhitespace(c) || endsCommand(c);
    }

    /** The line as it was typed. */
    @Override
    public String preprocess(Session session, CommandLine line) {
        return line.getBuffer();
    }
}
