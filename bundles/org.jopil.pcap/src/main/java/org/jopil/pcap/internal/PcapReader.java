// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap.internal;

import java.io.IOException;
import java.nio.ByteOrder;
import org.jopil.pcap.CaptureException.Kind;
import org.jopil.pcap.CaptureReader;
import org.jopil.pcap.PacketOptions;

/**
 * The pcap format (draft-ietf-opsawg-pcap): one file header, then records.
 *
 * <p>Also reads what libpcap reads: files before version 2.4 with the two lengths swapped, and the longer record
 * headers of patched libpcaps.
 */
final class PcapReader implements CaptureReader {
    private static final int MAGIC_MICROSECONDS = 0xA1B2C3D4;
    private static final int MAGIC_NANOSECONDS = 0xA1B23C4D;
    private static final int MAGIC_PATCHED = 0xA1B2CD34;

    private static final int FILE_HEADER_BYTES = 24;
    private static final int RECORD_BYTES = 16;
    private static final int PATCHED_RECORD_BYTES = 24;
    // the upper bits tell whether frames end with a check sequence
    private static final int LINK_TYPE_MASK = 0x03FF_FFFF;
    private static final int DG_UX_MAJOR = 543;

    /** Whether the length on the wire stands before the captured one. */
    private enum Swapped {
        NEVER,
        IF_LESS,
        ALWAYS
    }

    private final BlockInput in;
    private final int recordBytes;
    private final int fractionNs;
    private final int linkType;
    private final Swapped swapped;
    private final PacketOptions options = new PacketOptions();
    private long timestampNs;
    private int capturedBytes;
    private int lengthBytes;

    private PcapReader(BlockInput in, int recordBytes, int fractionNs, int linkType, Swapped swapped) {
        this.in = in;
        this.recordBytes = recordBytes;
        this.fractionNs = fractionNs;
        this.linkType = linkType;
        this.swapped = swapped;
    }

    /**
     * @param in behind the magic number
     * @param magic number in big-endian order
     */
    static PcapReader open(BlockInput in, int magic) throws IOException {
        int known = magic;
        if (!known(known)) {
            known = Integer.reverseBytes(magic);
            in.order(ByteOrder.LITTLE_ENDIAN);
        }
        if (!known(known)) {
            throw in.error(Kind.UNSUPPORTED, 0, "the magic number of pcap or pcapng", "0x%08x".formatted(magic));
        }
        in.read(FILE_HEADER_BYTES - Integer.BYTES, "the rest of the file header");
        int major = in.uint16(0);
        int minor = in.uint16(2);
        if (major != 2 && major != DG_UX_MAJOR) {
            throw in.error(Kind.UNSUPPORTED, Integer.BYTES, "version 2 of pcap", major + "." + minor);
        }
        return new PcapReader(
                in,
                known == MAGIC_PATCHED ? PATCHED_RECORD_BYTES : RECORD_BYTES,
                known == MAGIC_NANOSECONDS ? 1 : 1_000,
                in.int32(16) & LINK_TYPE_MASK,
                swapped(major, minor));
    }

    private static boolean known(int magic) {
        return magic == MAGIC_MICROSECONDS || magic == MAGIC_NANOSECONDS || magic == MAGIC_PATCHED;
    }

    private static Swapped swapped(int major, int minor) {
        if (major == DG_UX_MAJOR || minor < 3) {
            return Swapped.ALWAYS;
        }
        return minor == 3 ? Swapped.IF_LESS : Swapped.NEVER;
    }

    @Override
    public boolean next() throws IOException {
        if (!in.readOrEnd(recordBytes, "a record header")) {
            return false;
        }
        timestampNs = in.uint32(0) * 1_000_000_000 + in.uint32(4) * fractionNs;
        long captured = in.uint32(8);
        long length = in.uint32(12);
        if (swapped == Swapped.ALWAYS || swapped == Swapped.IF_LESS && length < captured) {
            long first = captured;
            captured = length;
            length = first;
        }
        if (captured > in.maxBytes()) {
            throw in.error(Kind.TOO_LARGE, in.start() + 8, "at most " + in.maxBytes() + " captured bytes", captured);
        }
        if (length > Integer.MAX_VALUE) {
            throw in.error(Kind.CORRUPT, in.start() + 12, "a length below 2 GiB", length);
        }
        capturedBytes = (int) captured;
        lengthBytes = (int) length;
        in.read(capturedBytes, "a packet");
        return true;
    }

    @Override
    public long timestampNs() {
        return timestampNs;
    }

    @Override
    public int linkType() {
        return linkType;
    }

    @Override
    public String interfaceName() {
        return "";
    }

    @Override
    public int interfaceNumber() {
        return 0;
    }

    @Override
    public int capturedBytes() {
        return capturedBytes;
    }

    @Override
    public int lengthBytes() {
        return lengthBytes;
    }

    @Override
    public byte[] data() {
        return in.buffer();
    }

    @Override
    public int dataIndex() {
        return 0;
    }

    @Override
    public PacketOptions options() {
        return options;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
