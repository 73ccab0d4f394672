// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * A file that holds whole writes only: one that fails half way, as on a full disk, is taken back. So a file of blocks
 * ends behind a block, whatever happens. For one thread.
 */
public final class WholeFile extends OutputStream {
    private final FileChannel channel;
    private long end;

    /**
     * Creates a file that only its owner reads, or empties the one that is there.
     *
     * @throws java.nio.file.FileSystemException if it cannot be
     */
    public WholeFile(Path file) throws IOException {
        channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] data, int from, int bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(data, from, bytes);
        try {
            while (left.hasRemaining()) {
                channel.write(left);
            }
            end += bytes;
        } catch (IOException e) {
            if (channel.isOpen()) {
                channel.truncate(end);
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
