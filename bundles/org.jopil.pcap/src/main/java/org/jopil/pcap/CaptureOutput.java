// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import java.io.Closeable;
import java.io.IOException;

/** Where packets are written to, in pcapng. For one thread. */
public interface CaptureOutput extends Closeable {
    /**
     * Declares an interface; before its first packet.
     *
     * @return its number, from 0 on
     */
    int addInterface(CaptureInterface added) throws IOException;

    /**
     * Writes one packet.
     *
     * @param interfaceId as {@link #addInterface} gave it
     * @param timestampNs since the epoch, or {@link CaptureReader#NO_TIME}, which is written as 0
     * @param data the packet's bytes start at {@code from}
     * @param capturedBytes of them that are written
     * @param lengthBytes of the packet on the wire
     * @param options what else is known of it
     */
    void write(
            int interfaceId,
            long timestampNs,
            byte[] data,
            int from,
            int capturedBytes,
            int lengthBytes,
            PacketOptions options)
            throws IOException;

    /**
     * Writes the counts so far, as {@link #close()} does once more at the end: a sign of life for who reads along, and how
     * one learns that nobody does.
     */
    void statistics() throws IOException;

    /** Hands everything on to the operating system. */
    void flush() throws IOException;

    /**
     * Packets that the operating system took. Those that were written but are not among these when an exception ended
     * the writing are in no file.
     */
    long writtenPackets();

    /** Bytes that were written, in all files together. */
    long writtenBytes();

    /** Writes the statistics and ends the file. After an exception of another method only closes it. Idempotent. */
    @Override
    void close() throws IOException;
}
