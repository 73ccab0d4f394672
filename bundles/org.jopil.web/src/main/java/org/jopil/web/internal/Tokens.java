// SPDX-License-Identifier: Apache-2.0
package org.jopil.web.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jopil.web.Role;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tokens, each in a file of its own that only its owner may read. A changed file is noticed within a second;
 * with the file its token goes. Any thread.
 */
final class Tokens {
    private static final Logger LOG = LoggerFactory.getLogger(Tokens.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Set<PosixFilePermission> PRIVATE = PosixFilePermissions.fromString("rw-------");
    private static final int MIN_LENGTH = 32;
    private static final long LOOK_EVERY_NS = 500_000_000L;

    private record Stamp(FileTime modified, long size, Object key) {}

    private final Path directory;
    private final Map<Role, String> tokens = new EnumMap<>(Role.class);
    private final Map<Role, Stamp> stamps = new EnumMap<>(Role.class);
    private long lookedNs;

    /** Makes the tokens that are not there. */
    Tokens(Path directory) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            for (Role role : Role.WITH_TOKEN) {
                if (!Files.exists(file(role))) {
                    store(role, random());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot keep the tokens in " + directory, e);
        }
        look();
    }

    Path file(Role role) {
        return directory.resolve(role.tokenFile());
    }

    /** The role that a token gives. The time taken does not depend on how much of it is right. */
    synchronized Role roleOf(String presented) {
        refresh();
        byte[] digest = digest(presented);
        Role role = Role.ANYONE;
        for (Role candidate : Role.WITH_TOKEN) {
            String token = tokens.get(candidate);
            if (MessageDigest.isEqual(digest, digest(token == null ? "" : token)) && token != null) {
                role = candidate;
            }
        }
        return role;
    }

    /** Empty after the token was revoked. */
    synchronized Optional<String> secret(Role role) {
        refresh();
        return Optional.ofNullable(tokens.get(role));
    }

    /** Replaces a token; the old one and the sessions that came from it end at once. */
    synchronized String rotate(Role role) {
        String token = random();
        try {
            store(role, token);
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot write " + file(role), e);
        }
        look();
        LOG.info("The {} token was rotated", role.text());
        return token;
    }

    private void refresh() {
        if (System.nanoTime() - lookedNs > LOOK_EVERY_NS) {
            look();
        }
    }

    private synchronized void look() {
        for (Role role : Role.WITH_TOKEN) {
            Path file = file(role);
            try {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                Stamp stamp = new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
                if (!stamp.equals(stamps.get(role))) {
                    read(role, file);
                    stamps.put(role, stamp);
                }
            } catch (NoSuchFileException e) {
                if (tokens.remove(role) != null) {
                    stamps.remove(role);
                    LOG.warn("{} is gone: the {} token is revoked until the file is back", file, role.text());
                }
            } catch (IOException e) {
                LOG.warn("Cannot read {}; the token read before stays valid", file, e);
            }
        }
        lookedNs = System.nanoTime();
    }

    private void read(Role role, Path file) throws IOException {
        if (!Files.getPosixFilePermissions(file).equals(PRIVATE)) {
            Files.setPosixFilePermissions(file, PRIVATE);
            LOG.warn("{} could be read by others; it was set to 0600. Rotate the token if they did", file);
        }
        String token = Files.readString(file).strip();
        if (token.length() < MIN_LENGTH) {
            tokens.remove(role);
            LOG.warn("The token in {} is shorter than {} characters and is not accepted", file, MIN_LENGTH);
        } else {
            tokens.put(role, token);
        }
    }

    private void store(Role role, String token) throws IOException {
        Path file = file(role);
        Path fresh = Files.createTempFile(directory, ".token", null, PosixFilePermissions.asFileAttribute(PRIVATE));
        Files.writeString(fresh, token + "\n");
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** 256 bits that can stand in a header, a URL and a shell command as they are. */
    static String random() {
        byte[] bytes = new byte[32];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
