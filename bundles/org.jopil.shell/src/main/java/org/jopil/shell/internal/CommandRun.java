// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Command;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.apache.karaf.shell.support.CommandException;
import org.jopil.api.NearNames;
import org.jopil.shell.internal.command.JopilCommand;
import org.jopil.shell.internal.login.AccessLoginModule;
import org.jopil.web.Caller;
import org.jopil.web.Exchange;
import org.jopil.web.Role;
import org.jopil.web.render.Format;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One command asked for over HTTP. Runs on a thread of its own. */
final class CommandRun {
    static final String EXIT_STATUS = "X-Exit-Status";
    static final String SCOPE = "jopil";

    /** Options with which a command writes before it ends. */
    private static final Set<String> GOES_ON = Set.of("--follow", "-f", "--stack", "trace", "capture");

    private static final Logger LOG = LoggerFactory.getLogger(CommandRun.class);
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

    private final SessionFactory sessions;
    private final CommandAudit audit;
    private final List<String> arguments;
    private final Exchange exchange;
    private final Caller caller;
    private final String from;
    private final Format format;
    private final CommandOutput output;
    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    CommandRun(SessionFactory sessions, CommandAudit audit, List<String> arguments, Exchange exchange) {
        this.sessions = sessions;
        this.audit = audit;
        this.arguments = arguments;
        this.exchange = exchange;
        this.caller = exchange.caller();
        this.from = exchange.request().getRemoteAddr() + (caller.session().isPresent() ? ", page" : "");
        this.format = exchange.format() == Format.JSON ? Format.JSON : Format.TEXT;
        boolean follows = format == Format.TEXT && arguments.stream().anyMatch(GOES_ON::contains);
        this.output = new CommandOutput(exchange.response(), follows, caller.valid());
    }

    void run() {
        try (PrintStream out = new PrintStream(output, false, UTF_8);
                PrintStream err = new PrintStream(errors, false, UTF_8)) {
            int status = execute(out, err);
            audit.ended(
                    caller.role().text(),
                    from,
                    arguments.get(0),
                    String.join(" ", arguments.subList(1, arguments.size())),
                    status);
            out.flush();
            err.flush();
            answer(status);
        } catch (IOException clientHasGone) {
            LOG.debug("{} was not read to its end", arguments.get(0), clientHasGone);
        }
    }

    private int execute(PrintStream out, PrintStream err) {
        try {
            Object result = Subject.doAs(subject(caller.role()), (PrivilegedExceptionAction<Object>)
                    () -> audit.quietly(() -> inSession(out, err)));
            return result instanceof Integer status ? status : 0;
        } catch (PrivilegedActionException e) {
            return failed(e.getException(), err);
        } catch (SecurityException e) {
            return forbidden(err);
        }
    }

    private Object inSession(PrintStream out, PrintStream err) throws Exception {
        String verb = arguments.get(0);
        // Karaf hides from a role what it may not run
        Set<String> verbs = new TreeSet<>();
        for (Command command : sessions.getRegistry().getCommands()) {
            if (command.getScope().equals(SCOPE)) {
                verbs.add(command.getName());
            }
        }
        if (!verbs.contains(verb)) {
            return sessions.getRegistry().getCommand(SCOPE, verb) != null ? forbidden(err) : unknown(verb, verbs, err);
        }
        Session session = sessions.create(InputStream.nullInputStream(), out, err);
        session.put(JopilCommand.READS_ERRORS, true);
        try {
            // words travel as variables: no shell syntax in them is ever read
            StringBuilder line = new StringBuilder(SCOPE + ":" + verb);
            for (int i = 1; i < arguments.size(); i++) {
                session.put("word" + i, arguments.get(i));
                line.append(" $word").append(i);
            }
            return session.execute(line);
        } finally {
            session.close();
        }
    }

    private static int unknown(String verb, Set<String> verbs, PrintStream err) {
        err.println("jopil: JOPIL-404 There is no command '" + verb + "'");
        err.println("       " + NearNames.hint(verb, verbs) + "The commands are: " + String.join(", ", verbs) + ".");
        return 2;
    }

    private int forbidden(PrintStream err) {
        err.println("jopil: JOPIL-403 The " + caller.role().text() + "'s token may not run " + arguments.get(0));
        err.println("       'jopil token --operator' and 'jopil token' print those that may do more.");
        return 3;
    }

    private int failed(Exception e, PrintStream err) {
        if (e instanceof CommandException usage) {
            err.println("jopil: JOPIL-400 " + usage.getMessage());
            err.println("       jopil " + arguments.get(0) + " --help lists the options.");
            return 2;
        }
        LOG.error("Command {} failed", arguments, e);
        err.println("jopil: JOPIL-500 The command failed");
        err.println("       This is a mistake of ours; jopil logs has the cause.");
        return 1;
    }

    static Subject subject(Role role) {
        Subject subject = new Subject();
        subject.getPrincipals().add(new UserPrincipal(role.user()));
        AccessLoginModule.of(role).forEach(name -> subject.getPrincipals().add(new RolePrincipal(name)));
        return subject;
    }

    private void answer(int status) throws IOException {
        String error = errors.toString(UTF_8);
        if (output.isCommitted()) {
            exchange.response().getOutputStream().write(plain(error).getBytes(UTF_8));
            return;
        }
        String text = plain(output.buffered());
        if (format == Format.JSON) {
            exchange.send(Map.of("stdout", text, "stderr", plain(error), "status", status));
            return;
        }
        exchange.header(EXIT_STATUS, status);
        exchange.begin(status == 0 || error.isEmpty() ? 200 : httpStatus(status), Format.TEXT.contentType());
        exchange.response().getOutputStream().write((text + plain(error)).getBytes(UTF_8));
    }

    private static int httpStatus(int exitStatus) {
        return switch (exitStatus) {
            case 2 -> 400;
            case 3 -> 403;
            case 4 -> 404;
            default -> 500;
        };
    }

    /** Karaf's help has colours. */
    private static String plain(String text) {
        return text.indexOf('\u001b') < 0 ? text : COLOUR.matcher(text).replaceAll("");
    }
}
