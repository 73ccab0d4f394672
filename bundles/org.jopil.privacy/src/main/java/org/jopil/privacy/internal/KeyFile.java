// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;

/** The key of the pseudonyms, in the data directory for root alone. Who deletes it gets other pseudonyms at the next start. */
final class KeyFile {
    private static final String NAME = "privacy.key";

    private KeyFile() {}

    /**
     * Reads it, or makes it.
     *
     * @throws IOException if neither can be done; what is there and is no key stays as it is
     */
    static byte[] read(Path data) throws IOException {
        Path file = data.resolve(NAME);
        if (!Files.exists(file)) {
            make(file);
        }
        byte[] key = Files.readAllBytes(file);
        if (key.length != CryptoPan.KEY_BYTES) {
            throw new IOException(file + " has " + key.length + " bytes, not " + CryptoPan.KEY_BYTES);
        }
        return key;
    }

    /** Whole or not at all: a key that was cut off by a crash would be none. */
    private static void make(Path file) throws IOException {
        Path whole = file.resolveSibling(NAME + ".new");
        Files.deleteIfExists(whole);
        try (SeekableByteChannel out = Files.newByteChannel(
                whole,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer key = ByteBuffer.wrap(random());
            while (key.hasRemaining()) {
                out.write(key);
            }
        }
        Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
    }

    static byte[] random() {
        byte[] key = new byte[CryptoPan.KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return key;
    }
}
