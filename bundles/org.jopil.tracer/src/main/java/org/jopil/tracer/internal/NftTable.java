// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.io.Writer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.source.RuleTrace;

/**
 * The table that marks packets of a flow. It belongs to the process that made it ({@code flags owner}, Linux 5.12) and goes
 * with it: when this is closed, when JOPIL dies and the process finds its input at its end, when its time is over. One
 * thread.
 */
final class NftTable implements AutoCloseable {
    /** Before connection tracking puts fragments together (-400), and all tables with a standard priority. */
    private static final int PRIORITY = -500;

    /** Chains whose one rule sets the mark: a packet that is marked already is told of by each rule that it meets. */
    static final Set<String> MARKING = Set.of("received", "sent");

    private static final long ANSWER_S = 5;
    private static final Pattern COUNTER =
            Pattern.compile("chain (received|sent) \\{\\s*counter packets (\\d+) [^}]*? counter packets (\\d+) ");

    /** Matched by the rules, in packets, and of these marked. */
    record Counts(long received, long sent, long marked) {}

    private final String name;
    private final NftProcess nft;
    private final Writer commands;

    /** Makes the table: from now on packets are marked. */
    NftTable(NftProcess.Place place, String name, List<String> matches, long longestS) throws IOException {
        this.name = name;
        nft = place.start(longestS, "-i");
        commands = nft.input();
        try {
            say("add table inet " + name + " { flags owner; " + marking("received") + marking("sent")
                    + chain("prerouting", "received", matches) + chain("output", "sent", matches) + "}");
            counts();
        } catch (IOException | RuntimeException e) {
            nft.close();
            throw e;
        }
    }

    private static String marking(String name) {
        return "chain " + name + " { counter limit rate " + RuleTrace.PACKETS_PER_SECOND
                + "/second counter meta nftrace set 1; }; ";
    }

    private static String chain(String hook, String marking, List<String> matches) {
        StringBuilder text = new StringBuilder(
                "chain " + hook + " { type filter hook " + hook + " priority " + PRIORITY + "; policy accept; ");
        matches.forEach(
                match -> text.append(match).append(" goto ").append(marking).append("; "));
        return text.append("}; ").toString();
    }

    private void say(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
    }

    /** Marks no more packets, and says what was matched. */
    Counts stop() throws IOException {
        say("flush chain inet " + name + " prerouting; flush chain inet " + name + " output");
        return counts();
    }

    private Counts counts() throws IOException {
        say("list table inet " + name);
        StringBuilder text = new StringBuilder();
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(ANSWER_S);
        for (String line = ""; !line.equals("}"); ) {
            line = nft.line(deadlineNs - System.nanoTime());
            if (line == null || line.startsWith("Error:")) {
                throw new IOException(line == null ? "nft did not answer: " + text : line);
            }
            text.append(line).append('\n');
        }
        long received = 0;
        long sent = 0;
        long marked = 0;
        for (Matcher counter = COUNTER.matcher(text); counter.find(); ) {
            long packets = Long.parseLong(counter.group(2));
            received += counter.group(1).equals("received") ? packets : 0;
            sent += counter.group(1).equals("sent") ? packets : 0;
            marked += Long.parseLong(counter.group(3));
        }
        return new Counts(received, sent, marked);
    }

    /** Ends the process, and with it the table; comes back when both are gone. */
    @Override
    public void close() {
        nft.close();
    }
}
