// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.jopil.application.RuleException;
import org.jopil.application.Rules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rules of the user's file before those that are shipped. The file is read again when it changes. One thread. */
final class UserRules {
    private static final Logger LOG = LoggerFactory.getLogger(UserRules.class);

    private final Path file;
    private Rules rules = Rules.standard();
    private FileTime read;

    /** @param file need not be there */
    UserRules(Path file) {
        this.file = file;
        reread();
    }

    static Path file() {
        return Path.of(System.getProperty("karaf.etc", "etc"), "org.jopil.analyzer.application.rules");
    }

    Rules rules() {
        return rules;
    }

    /** Whether there are other rules now. A file with a mistake changes nothing, and is told of once. */
    boolean reread() {
        try {
            FileTime changed = Files.getLastModifiedTime(file);
            if (changed.equals(read)) {
                return false;
            }
            read = changed;
            Rules theirs = Rules.parse(Files.readString(file));
            rules = theirs.before(Rules.standard());
            LOG.info("{} recognises {}", file, theirs.applications());
            return true;
        } catch (NoSuchFileException e) {
            boolean gone = read != null;
            read = null;
            rules = gone ? Rules.standard() : rules;
            return gone;
        } catch (RuleException e) {
            LOG.warn("{}, {}. Its rules stay as they are", file, e.getMessage());
            return false;
        } catch (IOException e) {
            LOG.warn("{} cannot be read: {}. Its rules stay as they are", file, e.toString());
            return false;
        }
    }
}
