// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jopil.pcap.internal.Formats;

/**
 * The packets of a capture file, one after the other, in the order of the file. For one thread.
 *
 * <p>All accessors speak of the packet of the last {@link #next()} that was true, and their bytes and options are
 * reused by the following one. After an exception there is nothing left to do but {@link #close()}.
 */
public interface CaptureReader extends Closeable {
    /** The largest packet or block that {@link #open(Path)} accepts. */
    int DEFAULT_MAX_BLOCK_BYTES = 16 << 20;

    /** {@link #timestampNs()} of a packet whose file holds no time for it (simple packet blocks). */
    long NO_TIME = Long.MIN_VALUE;

    /**
     * Opens a pcap or pcapng file, plain or in gzip; which one is told by its first bytes.
     *
     * @throws CaptureException if the file starts with neither
     */
    static CaptureReader open(Path file) throws IOException {
        return open(Files.newInputStream(file), file.toString(), DEFAULT_MAX_BLOCK_BYTES);
    }

    /**
     * Opens a stream, which then belongs to the reader: closed with it, or here if the opening fails.
     *
     * @param in bytes of the file; need not be buffered
     * @param name for errors
     * @param maxBlockBytes limit of a packet or block, and of one section's interface blocks together
     * @throws CaptureException if the stream starts with neither format
     */
    static CaptureReader open(InputStream in, String name, int maxBlockBytes) throws IOException {
        return Formats.open(in, name, maxBlockBytes);
    }

    /**
     * Goes to the next packet.
     *
     * @return false at the end of the file
     * @throws CaptureException if what follows is no whole packet
     */
    boolean next() throws IOException;

    /** When the packet was captured, in ns since the epoch, or {@link #NO_TIME}. */
    long timestampNs();

    /** LINKTYPE_ number of the packet's first header (www.tcpdump.org/linktypes.html). */
    int linkType();

    /** Name of the interface; empty where the file has none, which is always so in pcap. */
    String interfaceName();

    /** Number of the packet's interface, counted over all sections of the file from 0 on; always 0 in pcap. */
    int interfaceNumber();

    /** Bytes of the packet in the file. */
    int capturedBytes();

    /** Bytes of the packet on the wire. */
    int lengthBytes();

    /** The packet's bytes are here, {@link #capturedBytes()} from {@link #dataIndex()} on. Valid until {@link #next()}. */
    byte[] data();

    /** Index in {@link #data()} of the packet's first byte. */
    int dataIndex();

    /** What the file tells about the packet beside its bytes. Valid until {@link #next()}. */
    PacketOptions options();
}
