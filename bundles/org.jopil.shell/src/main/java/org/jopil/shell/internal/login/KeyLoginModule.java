// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal.login;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.util.Base64;
import java.util.HashSet;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import javax.security.auth.callback.Callback;
import org.apache.karaf.jaas.modules.publickey.PublickeyCallback;

/**
 * A key of {@code etc/keys.properties}, in Karaf's format: {@code NAME = BASE64,ROLE,…,_g_:GROUP}. The file is read at
 * every login. That the client holds the private half is sshd's to check.
 */
public final class KeyLoginModule extends AccessLoginModule {
    private static final String GROUP = "_g_:";

    @Override
    Callback callback() {
        return new PublickeyCallback();
    }

    @Override
    Optional<Set<String>> roles(String user, Callback proof) throws IOException {
        PublicKey key = ((PublickeyCallback) proof).getPublicKey();
        Optional<byte[]> blob = key == null ? Optional.empty() : SshKeys.blob(key);
        Path file = path(SshRealm.ETC).resolve("keys.properties");
        if (blob.isEmpty() || user.startsWith(GROUP) || !Files.isRegularFile(file)) {
            return Optional.empty();
        }
        Properties keys = new Properties();
        try (Reader in = Files.newBufferedReader(file)) {
            keys.load(in);
        }
        String[] entry = keys.getProperty(user, "").split(",");
        byte[] known;
        try {
            known = Base64.getDecoder().decode(entry[0].strip());
        } catch (IllegalArgumentException e) {
            throw new IOException("the key of " + user + " in " + file + " is not Base64", e);
        }
        if (!MessageDigest.isEqual(known, blob.get())) {
            return Optional.empty();
        }
        Set<String> roles = new HashSet<>();
        for (int i = 1; i < entry.length; i++) {
            String role = entry[i].strip();
            if (role.startsWith(GROUP)) {
                roles.addAll(group(role.substring(GROUP.length()), keys));
            } else {
                roles.add(role);
            }
        }
        return Optional.of(roles);
    }

    private static Set<String> group(String name, Properties keys) {
        String roles = keys.getProperty(GROUP + name);
        if (roles != null) {
            Set<String> result = new HashSet<>();
            for (String role : roles.split(",")) {
                result.add(role.strip());
            }
            return result;
        }
        return switch (name) {
            case "admingroup" -> ADMIN;
            case "operatorgroup" -> OPERATOR;
            case "viewergroup" -> VIEWER;
            default -> Set.of();
        };
    }

    @Override
    String kind() {
        return "by key";
    }
}
