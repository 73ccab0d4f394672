// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jopil.api.event.Direction;
import org.jopil.api.filter.PacketFilter;
import org.jopil.bpf.Layout;
import org.jopil.pcap.CaptureInterface;
import org.jopil.pcap.CaptureOutput;
import org.jopil.pcap.PacketOptions;

/**
 * From records to packets of the output: puts a tag that came beside the frame back in its place, decides what the kernel
 * did not, and cuts. One thread.
 */
final class FrameWriter {
    private static final int ADDRESSES_BYTES = 12;
    private static final int TAG_BYTES = 4;
    private static final int NUMBER_SHIFT = 56;
    private static final int CPU_SHIFT = 40;

    private final CaptureOutput out;
    private final List<CaptureHook> hooks;
    private final int snaplenBytes;
    private final FrameOwners owners;
    private final byte[] frame = new byte[Layout.CAPTURE_MAX_BYTES + TAG_BYTES];
    private final PacketOptions options = new PacketOptions();
    private final long[][] lost;
    private final long[] accepted;
    private long rejected;

    /** Declares two interfaces for each hook: {@code eth0:tc-ingress}, {@code eth0:tc-egress}. */
    FrameWriter(CaptureOutput out, List<CaptureHook> hooks, int snaplenBytes, int cpus, FrameOwners owners)
            throws IOException {
        this.out = out;
        this.owners = owners;
        this.hooks = hooks;
        this.snaplenBytes = snaplenBytes;
        this.lost = new long[hooks.size()][cpus];
        this.accepted = new long[hooks.size() * Direction.values().length];
        for (CaptureHook hook : hooks) {
            for (Direction direction : Direction.values()) {
                out.addInterface(new CaptureInterface(
                        hook.place().name() + (direction == Direction.INGRESS ? ":tc-ingress" : ":tc-egress"),
                        snaplenBytes == 0 ? "headers only, payload was not asked for" : "",
                        hook.place().link().isLayer3() ? CaptureInterface.RAW_IP : CaptureInterface.ETHERNET,
                        snaplenBytes,
                        hook.filter().text()));
            }
        }
    }

    static Direction direction(int interfaceId) {
        return Direction.values()[interfaceId % Direction.values().length];
    }

    static int hook(int interfaceId) {
        return interfaceId / Direction.values().length;
    }

    /** Frames that this class did not let through, because the filter, once it saw all of them, did not match. */
    long rejected() {
        return rejected;
    }

    /** Frames that the output was given. */
    long accepted() {
        return Arrays.stream(accepted).sum();
    }

    /** Frames that the output was given for one of its interfaces. */
    long accepted(int interfaceId) {
        return accepted[interfaceId];
    }

    /** Writes the oldest record. */
    void write(int cpu, CpuFrames record, long epochMinusMonoNs) throws IOException {
        int number = record.int32(Layout.CAPTURE_EVENT_ATTACHMENT_OFFSET);
        int flags = record.uint8(Layout.CAPTURE_EVENT_FLAGS_OFFSET);
        int added = (flags & Layout.CAPTURE_VLAN) == 0 ? 0 : TAG_BYTES;
        int captured = copy(record, added);
        int length = record.int32(Layout.CAPTURE_EVENT_LENGTH_OFFSET) + added;
        boolean undecided = false;
        if ((flags & Layout.CAPTURE_UNDECIDED) != 0) {
            PacketFilter.Verdict verdict = hooks.get(number).filter().test(frame, 0, captured, length);
            if (verdict == PacketFilter.Verdict.NO_MATCH) {
                rejected++;
                return;
            }
            undecided = verdict == PacketFilter.Verdict.UNDECIDED;
        }
        int kept = snaplenBytes == 0 ? record.int32(Layout.CAPTURE_EVENT_HEADER_BYTES_OFFSET) + added : snaplenBytes;
        boolean egress = record.uint8(Layout.CAPTURE_EVENT_DIRECTION_OFFSET) == Layout.EGRESS;
        describe(cpu, number, record, flags, egress);
        owners.of(hooks.get(number).place(), frame, captured)
                .ifPresent(owner -> options.comment("process " + owner.text()));
        if (undecided) {
            options.comment("not known to match: the filter reads a byte past the " + captured + " that were captured");
        }
        int id = number * Direction.values().length + (egress ? 1 : 0);
        accepted[id]++;
        out.write(id, record.timestampNs() + epochMinusMonoNs, frame, 0, Math.min(captured, kept), length, options);
    }

    /** Returns how many bytes are in {@link #frame}. */
    private int copy(CpuFrames record, int added) {
        int captured = record.int32(Layout.CAPTURE_EVENT_CAPTURED_OFFSET);
        if (added == 0 || captured < ADDRESSES_BYTES) {
            record.copyData(0, frame, 0, captured);
            return captured;
        }
        record.copyData(0, frame, 0, ADDRESSES_BYTES);
        putShort(ADDRESSES_BYTES, record.uint16(Layout.CAPTURE_EVENT_VLAN_PROTOCOL_OFFSET));
        putShort(ADDRESSES_BYTES + 2, record.uint16(Layout.CAPTURE_EVENT_VLAN_TCI_OFFSET));
        record.copyData(ADDRESSES_BYTES, frame, ADDRESSES_BYTES + TAG_BYTES, captured - ADDRESSES_BYTES);
        return captured + TAG_BYTES;
    }

    private void putShort(int at, int value) {
        frame[at] = (byte) (value >> Byte.SIZE);
        frame[at + 1] = (byte) value;
    }

    private void describe(int cpu, int number, CpuFrames record, int flags, boolean egress) {
        options.clear().direction(egress ? PacketOptions.DIRECTION_OUTBOUND : PacketOptions.DIRECTION_INBOUND);
        // rises by one a frame on each CPU: a hole is a loss
        options.packetId((long) (number + 1) << NUMBER_SHIFT
                | (long) cpu << CPU_SHIFT
                | record.int64(Layout.CAPTURE_EVENT_NUMBER_OFFSET));
        if ((flags & Layout.CAPTURE_QUEUE) != 0) {
            options.queue(record.int32(Layout.CAPTURE_EVENT_RX_QUEUE_OFFSET));
        }
        long lostNow = record.int64(Layout.CAPTURE_EVENT_LOST_OFFSET);
        if (lostNow != lost[number][cpu]) {
            options.dropCount(lostNow - lost[number][cpu]);
            lost[number][cpu] = lostNow;
        }
        int segments = record.uint16(Layout.CAPTURE_EVENT_GSO_SEGS_OFFSET);
        if (segments > 1) {
            options.comment("stands for " + segments + " frames of the wire, with "
                    + record.uint16(Layout.CAPTURE_EVENT_GSO_SIZE_OFFSET) + " bytes of payload at most");
        }
    }
}
