// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jopil.application.Application;
import org.jopil.application.RuleException;

/** Reads the text of {@link org.jopil.application.Rules}, word by word. */
public final class RuleParser {
    private static final int MOST_OFFSET = 1535;
    private static final int MOST_PORT = 65535;
    private static final int MOST_NAME = 32;

    private final String text;
    private final int line;
    /** The word at hand. */
    private int start;

    private int end;

    private RuleParser(String text, int line) {
        this.text = text;
        this.line = line;
    }

    public static List<Rule> parse(String text) throws RuleException {
        List<Rule> rules = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\\R", -1)) {
            RuleParser parser = new RuleParser(line, ++number);
            parser.next();
            if (!parser.word().isEmpty()) {
                rules.add(parser.rule());
            }
        }
        return rules;
    }

    private Rule rule() throws RuleException {
        Application application = new Application(name());
        next();
        if (!word().equals("tcp") && !word().equals("udp")) {
            throw wrong("tcp or udp");
        }
        boolean tcp = word().equals("tcp");
        next();
        boolean only = word().equals("on");
        List<Rule.Ports> ports = new ArrayList<>();
        if (only || word().equals("usually")) {
            next();
            ports(ports);
            next();
        }
        int length = -1;
        if (word().equals("length")) {
            next();
            length = number(0, MOST_PORT, "the payload's length in bytes, 0 to 65535");
            next();
        }
        List<Rule.Clause> clauses = new ArrayList<>();
        do {
            clauses.add(clause());
        } while (!word().isEmpty());
        return new Rule(application, tcp, only, ports, length, clauses);
    }

    private String name() throws RuleException {
        String name = word();
        boolean good = name.length() <= MOST_NAME
                && name.charAt(0) >= 'a'
                && name.charAt(0) <= 'z'
                && name.chars().allMatch(RuleParser::isNameLetter);
        if (!good) {
            throw wrong("a name of lower-case letters, digits, '-' or '_', at most " + MOST_NAME);
        }
        return name;
    }

    private static boolean isNameLetter(int letter) {
        return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    }

    private void ports(List<Rule.Ports> into) throws RuleException {
        String expected = "ports such as 80 or 25,587 or 5900-5909";
        for (String range : word().split(",", -1)) {
            int dash = range.indexOf('-');
            int first = decimal(dash < 0 ? range : range.substring(0, dash));
            int last = dash < 0 ? first : decimal(range.substring(dash + 1));
            if (first < 1 || last < first || last > MOST_PORT) {
                throw wrong(expected);
            }
            into.add(new Rule.Ports(first, last));
        }
    }

    private Rule.Clause clause() throws RuleException {
        boolean within = word().equals("within");
        if (!within && !word().equals("at")) {
            throw wrong("at or within");
        }
        next();
        int offset = within
                ? number(1, MOST_OFFSET + 1, "how many bytes to look through, 1 to " + (MOST_OFFSET + 1))
                : number(0, MOST_OFFSET, "an offset, 0 to " + MOST_OFFSET);
        next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (!word().isEmpty() && !word().equals("at") && !word().equals("within")) {
            pattern(bytes);
            next();
        }
        if (bytes.size() == 0) {
            throw wrong("bytes such as ff534d42, or \"text\"");
        }
        if (within && bytes.size() > offset) {
            throw wrong("no more bytes than the " + offset + " to look through");
        }
        return new Rule.Clause(within, offset, bytes.toByteArray());
    }

    private void pattern(ByteArrayOutputStream into) throws RuleException {
        String word = word();
        if (word.charAt(0) == '"') {
            for (int i = 1; i < word.length() - 1; i++) {
                if (word.charAt(i) > 0x7E || word.charAt(i) < ' ') {
                    throw wrong("printable ASCII between the quotation marks");
                }
                into.write(word.charAt(i));
            }
            return;
        }
        boolean hex = word.length() % 2 == 0 && word.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
        if (!hex) {
            throw wrong("bytes of two hexadecimal digits each, or \"text\"");
        }
        for (int i = 0; i < word.length(); i += 2) {
            into.write(Integer.parseInt(word, i, i + 2, 16));
        }
    }

    private int number(int least, int most, String expected) throws RuleException {
        int number = decimal(word());
        if (number < least || number > most) {
            throw wrong(expected);
        }
        return number;
    }

    private static int decimal(String digits) {
        boolean good =
                !digits.isEmpty() && digits.length() <= 5 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return good ? Integer.parseInt(digits) : -1;
    }

    /** Goes on to the next word; quoted text is one word, what is behind a # is none. */
    private void next() throws RuleException {
        start = end;
        while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
            start++;
        }
        if (start == text.length() || text.charAt(start) == '#') {
            start = text.length();
            end = start;
            return;
        }
        if (text.charAt(start) == '"') {
            end = text.indexOf('"', start + 1) + 1;
            if (end == 0) {
                start = text.length();
                end = start;
                throw wrong("a closing quotation mark");
            }
            if (end - start == 2) {
                throw wrong("text between the quotation marks");
            }
            return;
        }
        end = start;
        while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '\t') {
            end++;
        }
    }

    private String word() {
        return text.substring(start, end);
    }

    private RuleException wrong(String expected) {
        return new RuleException(line, start + 1, expected, word());
    }
}
