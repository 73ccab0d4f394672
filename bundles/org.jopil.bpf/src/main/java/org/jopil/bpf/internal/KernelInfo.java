// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.internal;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import org.jopil.bpf.BpfException;

/** What BPF_OBJ_GET_INFO_BY_FD answers; offsets of the kernel's UAPI structs, which only ever grow at their end. */
public final class KernelInfo {
    private static final int BYTES = 256;
    private static final int NAME_BYTES = 16;

    private KernelInfo() {}

    /** {@code struct bpf_prog_info}. */
    public record Program(
            int id,
            int type,
            String name,
            String tag,
            int translatedBytes,
            int jitedBytes,
            long runTimeNs,
            long runs,
            long missedRuns,
            int verifiedInstructions) {}

    /** {@code struct bpf_map_info}. */
    public record Map(int id, int type, int keySize, int valueSize, int maxEntries, int flags) {}

    /** {@code struct bpf_link_info}; ifindex 0: severed. */
    public record Link(int id, int programId, int ifindex) {}

    public static Program program(int fd) {
        try (Memory info = read(fd, "program")) {
            StringBuilder tag = new StringBuilder();
            for (byte b : info.getByteArray(8, 8)) {
                tag.append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
            return new Program(
                    info.getInt(4),
                    info.getInt(0),
                    name(info, 64),
                    tag.toString(),
                    info.getInt(20),
                    info.getInt(16),
                    info.getLong(192),
                    info.getLong(200),
                    info.getLong(208),
                    info.getInt(216));
        }
    }

    public static Map map(int fd) {
        try (Memory info = read(fd, "map")) {
            return new Map(
                    info.getInt(4), info.getInt(0), info.getInt(8), info.getInt(12), info.getInt(16), info.getInt(20));
        }
    }

    public static Link link(int fd) {
        try (Memory info = read(fd, "link")) {
            return new Link(info.getInt(4), info.getInt(8), info.getInt(16));
        }
    }

    private static String name(Pointer info, long at) {
        byte[] bytes = info.getByteArray(at, NAME_BYTES);
        int end = 0;
        while (end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, 0, end, StandardCharsets.US_ASCII);
    }

    private static Memory read(int fd, String what) {
        Memory info = new Memory(BYTES);
        info.clear();
        try (Memory length = new Memory(4)) {
            length.setInt(0, BYTES);
            int result = LibbpfLibrary.get().bpf_obj_get_info_by_fd(fd, info, length);
            if (result < 0) {
                info.close();
                throw new BpfException("ask about", what, -result);
            }
            return info;
        }
    }
}
