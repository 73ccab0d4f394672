// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.ArrayList;
import java.util.List;

/** Writes eBPF instructions ({@code struct bpf_insn}, little endian) and puts the jumps in when all labels are known. */
final class Ebpf {
    static final int W = 0x00;
    static final int H = 0x08;
    static final int B = 0x10;
    static final int DW = 0x18;

    static final int MOV = 0xb0;
    static final int JEQ = 0x10;
    static final int JGT = 0x20;
    static final int JLE = 0xb0;
    static final int JNE = 0x50;

    private static final int LDX_MEM = 0x61;
    private static final int ST_MEM = 0x62;
    private static final int STX_MEM = 0x63;
    private static final int ALU32 = 0x04;
    private static final int ALU64 = 0x07;
    private static final int JMP = 0x05;
    private static final int JMP32 = 0x06;
    private static final int REGISTER = 0x08;
    private static final int LD_IMM64 = 0x18;
    private static final int PSEUDO_MAP_FD = 1;
    private static final int TO_BIG_ENDIAN = 0xdc;
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int NOT_PLACED = -1;

    /** A place in the program; one object is one place. */
    static final class Label {
        private int at = NOT_PLACED;
        private boolean used;

        /** Whether a jump leads here. */
        boolean isUsed() {
            return used;
        }
    }

    private record Jump(int from, Label to) {}

    private final List<Long> code = new ArrayList<>();
    private final List<Jump> jumps = new ArrayList<>();

    private Ebpf emit(int opcode, int dst, int src, int offset, int immediate) {
        code.add((opcode & 0xFFL)
                | (long) dst << 8
                | (long) src << 12
                | (offset & 0xFFFFL) << 16
                | (immediate & 0xFFFF_FFFFL) << 32);
        return this;
    }

    Ebpf load(int size, int dst, int from, int offset) {
        return emit(LDX_MEM | size, dst, from, offset, 0);
    }

    Ebpf store(int size, int to, int offset, int src) {
        return emit(STX_MEM | size, to, src, offset, 0);
    }

    Ebpf storeConstant(int size, int to, int offset, int value) {
        return emit(ST_MEM | size, to, 0, offset, value);
    }

    /** On 32 bits; the upper half becomes 0. */
    Ebpf alu(int operation, int dst, int constant) {
        return emit(ALU32 | operation, dst, 0, 0, constant);
    }

    Ebpf aluRegister(int operation, int dst, int src) {
        return emit(ALU32 | REGISTER | operation, dst, src, 0, 0);
    }

    Ebpf alu64(int operation, int dst, int constant) {
        return emit(ALU64 | operation, dst, 0, 0, constant);
    }

    Ebpf alu64Register(int operation, int dst, int src) {
        return emit(ALU64 | REGISTER | operation, dst, src, 0, 0);
    }

    Ebpf toBigEndian(int dst, int bits) {
        return emit(TO_BIG_ENDIAN, dst, 0, 0, bits);
    }

    Ebpf loadMap(int dst, int fd) {
        emit(LD_IMM64, dst, PSEUDO_MAP_FD, 0, fd);
        return emit(0, 0, 0, 0, 0);
    }

    Ebpf call(int helper) {
        return emit(CALL, 0, 0, 0, helper);
    }

    Ebpf exit() {
        return emit(EXIT, 0, 0, 0, 0);
    }

    Ebpf jump(Label to) {
        return jumpTo(to, JMP, 0, 0, 0);
    }

    /** Compares 32 bits, unsigned. */
    Ebpf jump(int test, int dst, int constant, Label to) {
        return jumpTo(to, JMP32 | test, dst, 0, constant);
    }

    Ebpf jumpRegister(int test, int dst, int src, Label to) {
        return jumpTo(to, JMP32 | REGISTER | test, dst, src, 0);
    }

    Ebpf jump64(int test, int dst, int constant, Label to) {
        return jumpTo(to, JMP | test, dst, 0, constant);
    }

    Ebpf jump64Register(int test, int dst, int src, Label to) {
        return jumpTo(to, JMP | REGISTER | test, dst, src, 0);
    }

    private Ebpf jumpTo(Label to, int opcode, int dst, int src, int constant) {
        to.used = true;
        jumps.add(new Jump(code.size(), to));
        return emit(opcode, dst, src, 0, constant);
    }

    Ebpf place(Label label) {
        label.at = code.size();
        return this;
    }

    /**
     * The instructions.
     *
     * @throws ArithmeticException if a jump is too long for 16 bits
     */
    long[] assemble() {
        long[] all = code.stream().mapToLong(Long::longValue).toArray();
        for (Jump jump : jumps) {
            int distance = jump.to.at - jump.from - 1;
            if (jump.to.at == NOT_PLACED || distance != (short) distance) {
                throw new ArithmeticException("jump over " + distance + " instructions");
            }
            all[jump.from] |= (distance & 0xFFFFL) << 16;
        }
        return all;
    }
}
