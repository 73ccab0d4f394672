// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.PasswordCallback;
import org.jopil.web.Role;

/** The token as password: of {@code jopil} the admin's, of {@code operator} and {@code viewer} their own. A new token counts at once. */
public final class TokenLoginModule extends AccessLoginModule {
    @Override
    Callback callback() {
        return new PasswordCallback("Token: ", false);
    }

    @Override
    Optional<Set<String>> roles(String user, Callback proof) throws IOException {
        PasswordCallback callback = (PasswordCallback) proof;
        char[] password = callback.getPassword();
        callback.clearPassword();
        if (password == null) {
            return Optional.empty();
        }
        try {
            for (Role role : Role.WITH_TOKEN) {
                if (role.user().equals(user) && is(password, role.tokenFile())) {
                    return Optional.of(of(role));
                }
            }
            return Optional.empty();
        } finally {
            Arrays.fill(password, '\0');
        }
    }

    private boolean is(char[] password, String name) throws IOException {
        Path file = path(SshRealm.DATA).resolve(name);
        if (!Files.isRegularFile(file)) {
            return false;
        }
        byte[] token = Files.readString(file).strip().getBytes(UTF_8);
        byte[] given = CharBuffer.wrap(password).toString().getBytes(UTF_8);
        return token.length > 0 && MessageDigest.isEqual(token, given);
    }

    @Override
    String kind() {
        return "by token";
    }
}
