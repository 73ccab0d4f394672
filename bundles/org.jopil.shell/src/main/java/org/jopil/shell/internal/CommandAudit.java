// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Dictionary;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.console.CommandLoggingFilter;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.jopil.audit.Actor;
import org.jopil.audit.Audit;
import org.jopil.shell.internal.command.JopilCommand;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the audit log of commands that do more than read: of every one but those of ours that a viewer may use. Karaf
 * shows each line to its logging filters on the session's thread, before it runs and after, if the logger of {@code
 * LoggingCommandSessionListener} is at DEBUG, as etc/org.ops4j.pax.logging.cfg has it.
 */
@Component(service = {CommandAudit.class, CommandLoggingFilter.class})
public final class CommandAudit implements CommandLoggingFilter {
    private static final Logger LOG = LoggerFactory.getLogger(CommandAudit.class);
    private static final String ACL = "org.apache.karaf.command.acl." + CommandRun.SCOPE;
    private static final Pattern SIMPLE = Pattern.compile("\\s*(?:jopil:)?([a-z][a-z-]*)([^|;&<>$(){}`\\n]*)");
    private static final Pattern SECRET =
            Pattern.compile("(?i)((?:^|\\s)-{1,2}(?:p|password|passphrase|token)(?:=|\\s+))\\S+");

    private final ConfigurationAdmin configurations;
    private final SessionFactory sessions;
    private final Audit audit;
    private final Set<String> scripts = ConcurrentHashMap.newKeySet();
    private final ThreadLocal<Boolean> learning = ThreadLocal.withInitial(() -> false);
    private final ThreadLocal<Deque<String>> running = ThreadLocal.withInitial(ArrayDeque::new);
    private final ThreadLocal<Boolean> toldElsewhere = ThreadLocal.withInitial(() -> false);

    @Activate
    public CommandAudit(
            @Reference ConfigurationAdmin configurations, @Reference SessionFactory sessions, @Reference Audit audit) {
        this.configurations = configurations;
        this.sessions = sessions;
        this.audit = audit;
    }

    @Override
    public CharSequence filter(CharSequence command) {
        String line = command.toString();
        Deque<String> lines = running.get();
        if (line.equals(lines.peek())) {
            lines.pop();
        } else {
            lines.push(line);
            if (learning.get()) {
                scripts.add(line);
            } else if (!toldElsewhere.get() && !line.isBlank() && !reads(line) && !isOfStart(line)) {
                record(Actor.role().orElse("jopil"), "ssh", line, "begun");
            }
        }
        return command;
    }

    /** Whether it is a script with which every session begins. What they are after Gogo read them, only a run tells. */
    private boolean isOfStart(String text) {
        if (text.indexOf('\n') < 0) {
            return false;
        }
        synchronized (scripts) {
            if (scripts.isEmpty()) {
                learning.set(true);
                try (Session session = sessions.create(
                        InputStream.nullInputStream(),
                        new PrintStream(OutputStream.nullOutputStream(), false, UTF_8),
                        new PrintStream(OutputStream.nullOutputStream(), false, UTF_8))) {
                    for (String script : startScripts()) {
                        session.execute(script);
                    }
                } catch (Exception e) {
                    LOG.warn("A script with which sessions begin failed, and will be told as a command", e);
                } finally {
                    learning.remove();
                }
            }
        }
        return scripts.contains(text);
    }

    /** As Karaf reads them. */
    private static List<String> startScripts() throws IOException {
        List<String> texts = new ArrayList<>();
        Path etc = Path.of(System.getProperty("karaf.etc"));
        try (Stream<Path> files = Files.walk(etc, 2)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".script")).toList()) {
                texts.add(String.join("\n", Files.readAllLines(file)));
            }
        }
        return texts;
    }

    /** A line of words: nothing in it can run another command. */
    private boolean reads(String line) {
        Matcher simple = SIMPLE.matcher(line);
        return simple.matches() && isOurs(simple.group(1)) && reads(simple.group(1), simple.group(2));
    }

    private boolean isOurs(String verb) {
        return sessions.getRegistry().getCommand(CommandRun.SCOPE, verb) != null;
    }

    private boolean reads(String verb, String words) {
        return changing().stream().noneMatch(key -> {
            // VERB, or VERB[/what its words match/]
            int bracket = key.indexOf('[');
            return bracket < 0
                    ? key.equals(verb)
                    : key.substring(0, bracket).equals(verb)
                            && words.matches(key.substring(bracket + 2, key.length() - 2));
        });
    }

    /** Keys of the access list that a viewer is not enough for. */
    private Set<String> changing() {
        Set<String> keys = new HashSet<>();
        try {
            Dictionary<String, Object> acl =
                    configurations.getConfiguration(ACL, "?").getProperties();
            if (acl != null) {
                for (String key : Collections.list(acl.keys())) {
                    if (!"viewer".equals(acl.get(key))) {
                        keys.add(key);
                    }
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("The access list of commands can't be read", e);
        }
        return keys;
    }

    /** Runs a command that came by HTTP: in its line stand variables, so {@link #ended} tells of it. */
    <T> T quietly(Callable<T> command) throws Exception {
        toldElsewhere.set(true);
        try {
            return command.call();
        } finally {
            toldElsewhere.remove();
        }
    }

    /** Of a command that came by HTTP and has ended. */
    void ended(String role, String from, String verb, String words, int status) {
        if (isOurs(verb) && !reads(verb, words)) {
            record(
                    role,
                    from,
                    verb + " " + words,
                    status == 0
                            ? Audit.Event.DONE
                            : status == JopilCommand.NOT_PERMITTED ? Audit.Event.REFUSED : "exit status " + status);
        }
    }

    private void record(String who, String from, String line, String result) {
        audit.record(new Audit.Event(who, from, "command", SECRET.matcher(line).replaceAll("$1(secret)"), result));
    }
}
