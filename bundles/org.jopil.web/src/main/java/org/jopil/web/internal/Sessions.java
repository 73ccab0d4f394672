// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jopil.web.Caller;
import org.jopil.web.Role;

/**
 * Browser sessions. The cookie is a statement signed with the role's token, {@code ROLE.EXPIRY.ID.SIGNATURE}: a session
 * outlives a restart of the server, and ends with the token that it came from. Any thread.
 */
final class Sessions {
    static final Duration LIFETIME = Duration.ofDays(30);

    private final Tokens tokens;
    private final Clock clock;
    /** Signed out before their time, with their expiry. */
    private final Map<String, Long> ended = new ConcurrentHashMap<>();

    Sessions(Tokens tokens, Clock clock) {
        this.tokens = tokens;
        this.clock = clock;
    }

    /** The cookie's value, empty if the role's token is revoked. */
    Optional<String> open(Role role) {
        String statement =
                role.text() + "." + (clock.instant().getEpochSecond() + LIFETIME.toSeconds()) + "." + Tokens.random();
        return tokens.secret(role).map(secret -> statement + "." + sign(statement, secret));
    }

    Optional<Caller> verify(String cookie) {
        return role(cookie)
                .map(role ->
                        new Caller(role, Optional.of(cookie), () -> role(cookie).isPresent()));
    }

    private Optional<Role> role(String cookie) {
        String[] parts = cookie.split("\\.", -1);
        if (parts.length != 4 || cookie.length() > 256) {
            return Optional.empty();
        }
        Optional<Role> role = Role.named(parts[0]);
        Optional<String> secret = role.flatMap(tokens::secret);
        if (secret.isEmpty()) {
            return Optional.empty();
        }
        String statement = cookie.substring(0, cookie.lastIndexOf('.'));
        boolean genuine = MessageDigest.isEqual(
                sign(statement, secret.get()).getBytes(StandardCharsets.UTF_8),
                parts[3].getBytes(StandardCharsets.UTF_8));
        return genuine && Long.parseLong(parts[1]) > clock.instant().getEpochSecond() && !ended.containsKey(parts[2])
                ? role
                : Optional.empty();
    }

    /** Signs out. */
    void close(String cookie) {
        if (role(cookie).isEmpty()) {
            return;
        }
        long now = clock.instant().getEpochSecond();
        ended.values().removeIf(expiry -> expiry <= now);
        String[] parts = cookie.split("\\.", -1);
        ended.put(parts[2], Long.parseLong(parts[1]));
    }

    private static String sign(String statement, String secret) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] signature = mac.doFinal(("jopil session " + statement).getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
