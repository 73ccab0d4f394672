// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A database at a path, read again when the file changes. {@link #look} on one thread, the rest on any. */
final class DatabaseFile {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseFile.class);

    private final Path path;
    private final String[] wanted;
    private Version read;
    private volatile Database database;
    private volatile String problem;

    /** By which a changed file is told from the same. */
    private record Version(Object fileKey, long modifiedMs, long bytes) {}

    /**
     * @param path empty is none
     * @param before stays in force until the file is read; null is none
     */
    DatabaseFile(String path, DatabaseFile before, String... wanted) {
        this.path = path.isBlank() ? null : Path.of(path.strip());
        this.wanted = wanted;
        this.database = this.path == null || before == null ? null : before.database;
    }

    boolean isConfigured() {
        return path != null;
    }

    /** Null if there is none in force. */
    Database database() {
        return database;
    }

    /** Whether another database is in force now. A file that is missing or wrong changes nothing, and is told of once. */
    boolean look() {
        if (path == null) {
            return false;
        }
        Version found = null;
        try {
            BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
            found = new Version(now.fileKey(), now.lastModifiedTime().toMillis(), now.size());
            if (found.equals(read)) {
                return false;
            }
            Database opened = Database.open(path, wanted);
            read = found;
            database = opened;
            problem = null;
            LOG.info("{} is in force: {} of {} bytes", path, opened.type(), found.bytes());
            return true;
        } catch (IOException e) {
            read = found;
            tell(path + " is refused: " + reason(e));
            return false;
        }
    }

    private static String reason(IOException e) {
        return e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
    }

    private void tell(String text) {
        if (!text.equals(problem)) {
            problem = text;
            LOG.warn("{}. {}", text, inForce());
        }
    }

    private String inForce() {
        return database == null ? "Nothing is in force." : "What was read before stays in force.";
    }

    /** Null if all is well. */
    String problem() {
        String told = problem;
        if (told != null) {
            return told + ". " + inForce();
        }
        Database asked = database;
        return asked != null && asked.unreadable() > 0
                ? path + " is damaged: " + asked.unreadable() + " of its records could not be read."
                : null;
    }
}
