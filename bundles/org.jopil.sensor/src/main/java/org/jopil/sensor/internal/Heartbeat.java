// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When this instance was last alive, in a file: left behind by one that was killed, removed by one that stopped. One
 * thread. Without a data directory nothing is kept.
 */
final class Heartbeat {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    /** As many as the longest time in nanoseconds has, so that every beat overwrites the last one whole. */
    private static final int DIGITS = 19;

    private final Path file;
    private final OptionalLong killedNs;
    private boolean broken;

    /** @param dataDirectory null = keep nothing */
    Heartbeat(Path dataDirectory) {
        file = dataDirectory == null ? null : dataDirectory.resolve("run").resolve("alive");
        killedNs = read();
    }

    /** When an earlier instance that did not stop was last alive, nanoseconds since the epoch. */
    OptionalLong killedNs() {
        return killedNs;
    }

    private OptionalLong read() {
        if (file == null || !Files.exists(file)) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(Files.readString(file).strip()));
        } catch (IOException | NumberFormatException e) {
            LOG.warn("{} is not readable, so the end of the last run is not known: {}", file, e.toString());
            return OptionalLong.empty();
        }
    }

    void beat(long nowNs) {
        if (file == null) {
            return;
        }
        String text = String.format("%0" + DIGITS + "d", nowNs);
        try {
            Files.createDirectories(file.getParent());
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)), 0);
            }
            broken = false;
        } catch (IOException e) {
            if (!broken) {
                LOG.warn("Cannot write {}: after a kill the gap would not be known ({})", file, e.toString());
            }
            broken = true;
        }
    }

    /** Nothing is missing from here on. */
    void stopped() {
        if (file == null) {
            return;
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("Cannot remove {}: the next start will show a gap ({})", file, e.toString());
        }
    }
}
