// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * The newest file and those before it, {@code audit.jsonl}, {@code audit.jsonl.1} and on: lines are added at the end, and
 * a file that has grown large gives its place to the next. Not for two threads.
 */
final class LogFiles implements AutoCloseable {
    private static final int OLDER = 4;
    private static final int MOST_AT_END = 128 << 10;

    private final Path newest;
    private final long mostBytes;
    private FileChannel channel;

    LogFiles(Path newest, long mostBytes) {
        this.newest = newest;
        this.mostBytes = mostBytes;
    }

    void append(String line) throws IOException {
        if (channel != null && channel.size() >= mostBytes) {
            makeRoom();
        }
        if (channel == null) {
            open();
        }
        long end = channel.size();
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            // half a line would break the chain of those that follow
            channel.truncate(end);
            throw e;
        }
    }

    private void open() throws IOException {
        Files.createDirectories(newest.getParent());
        channel = FileChannel.open(
                newest,
                EnumSet.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        if (channel.size() > 0 && !endsWithLine()) {
            // of a machine that stopped in the middle of one
            channel.write(ByteBuffer.wrap(new byte[] {'\n'}));
        }
    }

    private boolean endsWithLine() throws IOException {
        try (FileChannel reader = FileChannel.open(newest, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            reader.read(last, reader.size() - 1);
            return last.get(0) == '\n';
        }
    }

    private void makeRoom() throws IOException {
        close();
        for (int age = OLDER; age > 0; age--) {
            Path younger = age == 1 ? newest : older(age - 1);
            if (Files.exists(younger)) {
                Files.move(younger, older(age), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** The end of what is kept: lines, the first of which may be torn. At most 128 KiB are read. */
    List<String> end() throws IOException {
        Path file = Files.exists(newest) && Files.size(newest) > 0 ? newest : older(1);
        if (!Files.exists(file)) {
            return List.of();
        }
        try (FileChannel reader = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(reader.size(), MOST_AT_END));
            reader.position(reader.size() - bytes.capacity());
            while (bytes.hasRemaining() && reader.read(bytes) >= 0) {
                // until the end
            }
            return new String(bytes.array(), 0, bytes.position(), UTF_8).lines().toList();
        }
    }

    private Path older(int age) {
        return newest.resolveSibling(newest.getFileName() + "." + age);
    }

    /** Every line that is kept, the oldest first. */
    void forEach(Consumer<String> reader) throws IOException {
        for (int age = OLDER; age >= 0; age--) {
            Path file = age == 0 ? newest : older(age);
            if (!Files.exists(file)) {
                continue;
            }
            // what somebody made of it need not be text
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                    Files.newInputStream(file),
                    UTF_8.newDecoder()
                            .onMalformedInput(CodingErrorAction.REPLACE)
                            .onUnmappableCharacter(CodingErrorAction.REPLACE)))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    reader.accept(line);
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            channel = null;
        }
    }
}
