// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.io.IOException;
import java.nio.file.Path;
import java.security.Principal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.FailedLoginException;
import javax.security.auth.login.LoginException;
import javax.security.auth.spi.LoginModule;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.jopil.audit.Audit;
import org.jopil.web.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What both ways of logging in share: who asks, which roles that gives, and a line in the audit log. */
public abstract class AccessLoginModule implements LoginModule {
    /** Karaf's roles of the groups; {@code ssh} is what lets one in at all. */
    public static final Set<String> ADMIN =
            Set.of("group", "admin", "manager", "operator", "viewer", "systembundles", "ssh");

    public static final Set<String> OPERATOR = Set.of("group", "operator", "viewer", "ssh");

    public static final Set<String> VIEWER = Set.of("group", "viewer", "ssh");

    private static final Logger LOG = LoggerFactory.getLogger(AccessLoginModule.class);

    private final List<Principal> principals = new ArrayList<>();
    private Subject subject;
    private CallbackHandler handler;
    private Map<String, ?> options;

    /** Karaf's roles of who has a token. */
    public static Set<String> of(Role role) {
        return switch (role) {
            case ADMIN -> ADMIN;
            case OPERATOR -> OPERATOR;
            case VIEWER -> VIEWER;
            case ANYONE -> Set.of();
        };
    }

    @Override
    public void initialize(Subject s, CallbackHandler h, Map<String, ?> sharedState, Map<String, ?> o) {
        subject = s;
        handler = h;
        options = o;
    }

    @Override
    public boolean login() throws LoginException {
        NameCallback name = new NameCallback("User: ");
        Callback proof = callback();
        try {
            handler.handle(new Callback[] {name, proof});
        } catch (UnsupportedCallbackException e) {
            return false; // the client proves itself the other way
        } catch (IOException e) {
            throw (LoginException) new LoginException("The client's answer can't be read").initCause(e);
        }
        String user = name.getName();
        Optional<Set<String>> roles;
        try {
            roles = user == null ? Optional.empty() : roles(user, proof);
        } catch (IOException e) {
            LOG.error("{} can't be checked", user, e);
            roles = Optional.empty();
        }
        ((Audit) options.get(SshRealm.AUDIT))
                .record(new Audit.Event(
                        String.valueOf(user),
                        "ssh",
                        "sign-in",
                        kind(),
                        roles.isEmpty() ? Audit.Event.REFUSED : Audit.Event.DONE));
        if (roles.isEmpty()) {
            throw new FailedLoginException("login failed");
        }
        principals.add(new UserPrincipal(user));
        roles.get().forEach(role -> principals.add(new RolePrincipal(role)));
        return true;
    }

    /** What is asked of the client beside its name. */
    abstract Callback callback();

    /** The roles of {@code user} if {@code proof}, the filled callback, is right; else nothing. */
    abstract Optional<Set<String>> roles(String user, Callback proof) throws IOException;

    /** The way, for the audit log. */
    abstract String kind();

    /** A path that the realm gave. */
    final Path path(String option) {
        return Path.of(String.valueOf(options.get(option)));
    }

    @Override
    public boolean commit() {
        subject.getPrincipals().addAll(principals);
        return !principals.isEmpty();
    }

    @Override
    public boolean abort() {
        return logout();
    }

    @Override
    public boolean logout() {
        subject.getPrincipals().removeAll(principals);
        principals.clear();
        return true;
    }
}
