// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import com.maxmind.db.CHMCache;
import com.maxmind.db.DatabaseRecord;
import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.InvalidNetworkException;
import com.maxmind.db.Networks;
import com.maxmind.db.Reader;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One file in the MaxMind DB format 2.0, mapped. Any thread; never closed, because somebody may be reading: the mapping goes
 * with the object.
 */
final class Database {
    /** A database of the wrong kind has what is wanted in none of so many records. */
    private static final int RECORDS_LOOKED_AT = 1000;

    private final Reader reader;
    private final boolean onlyIpv4;
    private final AtomicLong unreadable = new AtomicLong();

    private Database(Reader reader) {
        this.reader = reader;
        this.onlyIpv4 = reader.getMetadata().getIpVersion() == 4;
    }

    /**
     * Maps a copy that has no name: who writes over the file in place would otherwise pull the pages from under the reader.
     *
     * @param wanted where a record has what is wanted, by keys from the outside in
     * @throws IOException if the file cannot be read, is no such database, or of another kind; its message says which
     */
    static Database open(Path file, String... wanted) throws IOException {
        Path copy = Files.createTempFile("jopil-geo", ".mmdb");
        try {
            Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            Reader reader = new Reader(copy.toFile(), Reader.FileMode.MEMORY_MAPPED, new CHMCache());
            Database database = new Database(reader);
            database.mustHave(wanted);
            return database;
        } catch (InvalidDatabaseException e) {
            // the copy's name tells nobody anything
            throw new InvalidDatabaseException(e.getMessage().replace(" (" + copy.getFileName() + ")", ""), e);
        } catch (RuntimeException | InvalidNetworkException e) {
            throw new InvalidDatabaseException("its content is damaged (" + e.getMessage() + ")", e);
        } finally {
            Files.delete(copy);
        }
    }

    private void mustHave(String... wanted) throws IOException, InvalidNetworkException {
        Networks<Object> networks = reader.networks(Object.class);
        for (int n = 0; n < RECORDS_LOOKED_AT && networks.hasNext(); n++) {
            DatabaseRecord<Object> next = networks.next();
            if (at(next.getData(), wanted) != null) {
                return;
            }
        }
        throw new InvalidDatabaseException("its records have no " + String.join(".", wanted)
                + "; it is a database of type " + reader.getMetadata().getDatabaseType());
    }

    /** Null if it has none. A record that cannot be read is counted, and none. */
    Object record(InetAddress address) {
        if (onlyIpv4 && address instanceof Inet6Address) {
            return null;
        }
        try {
            return reader.get(address, Object.class);
        } catch (IOException | RuntimeException e) {
            unreadable.incrementAndGet();
            return null;
        }
    }

    /** What could not be read since it was opened. */
    long unreadable() {
        return unreadable.get();
    }

    String type() {
        return reader.getMetadata().getDatabaseType();
    }

    /** Seconds since 1970. */
    long builtEpochSeconds() {
        return reader.getMetadata().getBuildDate().toInstant().getEpochSecond();
    }

    /** A member of a record; null if it has none. */
    static Object at(Object record, String... keys) {
        Object value = record;
        for (String key : keys) {
            value = value instanceof Map<?, ?> map ? map.get(key) : null;
        }
        return value;
    }
}
