// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.jopil.bpf.ClassicProgram.ABS;
import static org.jopil.bpf.ClassicProgram.ALU;
import static org.jopil.bpf.ClassicProgram.DIV;
import static org.jopil.bpf.ClassicProgram.IMM;
import static org.jopil.bpf.ClassicProgram.IND;
import static org.jopil.bpf.ClassicProgram.JA;
import static org.jopil.bpf.ClassicProgram.JMP;
import static org.jopil.bpf.ClassicProgram.K;
import static org.jopil.bpf.ClassicProgram.LD;
import static org.jopil.bpf.ClassicProgram.LDX;
import static org.jopil.bpf.ClassicProgram.LEN;
import static org.jopil.bpf.ClassicProgram.LSH;
import static org.jopil.bpf.ClassicProgram.MISC;
import static org.jopil.bpf.ClassicProgram.MOD;
import static org.jopil.bpf.ClassicProgram.MSH;
import static org.jopil.bpf.ClassicProgram.RET;
import static org.jopil.bpf.ClassicProgram.RSH;
import static org.jopil.bpf.ClassicProgram.ST;
import static org.jopil.bpf.ClassicProgram.STX;
import static org.jopil.bpf.ClassicProgram.TAX;
import static org.jopil.bpf.ClassicProgram.WORDS;
import static org.jopil.bpf.ClassicProgram.X;

import org.jopil.bpf.Ebpf.Label;

/**
 * Classic BPF to eBPF over the copy of the frame that {@code bpf/include/jopil/filter.h} makes, so that one code runs at
 * XDP and tc. Instruction by instruction; no jump goes back and no instruction stays that no path leads to, because the
 * verifier wants neither. Linux 5.1 (32-bit jumps).
 */
final class ClassicTranslator {
    private static final int CONTEXT = 6;
    private static final int ACCUMULATOR = 7;
    private static final int INDEX = 8;
    private static final int SCRATCH = 9;
    private static final int FRAME = 10;
    private static final int LENGTH = 4;
    private static final int CAPTURED = 5;
    /** What is left of registers: the verdict, the end of a load, its begin. */
    private static final int RESULT = 0;

    private static final int END = 2;
    private static final int BEGIN = 3;

    private static final int LOOKUP = 1;
    private static final int TAIL_CALL = 12;
    private static final int KEY = -4;
    private static final int MEMORY = -8 - 4 * WORDS;
    private static final long UNSIGNED = 0xFFFF_FFFFL;
    private static final int SHIFTABLE = 31;

    private final ClassicProgram program;
    private final Ebpf out = new Ebpf();
    private final Label[] labels;
    private final boolean[] reached;
    private final Label outside = new Label();
    private final Label accept = new Label();
    private final Label pass = new Label();

    private ClassicTranslator(ClassicProgram program) {
        this.program = program;
        labels = new Label[program.size()];
        reached = new boolean[program.size()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = new Label();
        }
    }

    /**
     * Translates a program.
     *
     * @param scratchFd map {@code filter_scratch}
     * @param slotsFd prog array of the program's type
     * @param passVerdict what lets the frame pass
     * @throws IllegalArgumentException if it loops, which the verifier does not take
     * @throws ArithmeticException if it is too long for 16-bit jumps
     */
    static long[] translate(ClassicProgram program, int scratchFd, int slotsFd, int passVerdict) {
        if (program.loops()) {
            throw new IllegalArgumentException("the filter loops");
        }
        return new ClassicTranslator(program).all(scratchFd, slotsFd, passVerdict);
    }

    private long[] all(int scratchFd, int slotsFd, int passVerdict) {
        begin(scratchFd);
        reached[0] = true;
        for (int i = 0; i < program.size(); i++) {
            if (reached[i]) {
                out.place(labels[i]);
                instruction(i);
            }
        }
        if (outside.isUsed()) {
            out.place(outside)
                    .jump64Register(Ebpf.JGT, END, LENGTH, pass)
                    .storeConstant(Ebpf.W, SCRATCH, Layout.FILTER_SCRATCH_UNDECIDED_OFFSET, 1)
                    .jump(accept);
        }
        if (accept.isUsed()) {
            out.place(accept)
                    .alu64Register(Ebpf.MOV, 1, CONTEXT)
                    .loadMap(2, slotsFd)
                    .alu(Ebpf.MOV, 3, Layout.FILTER_ACCEPT)
                    .call(TAIL_CALL)
                    .load(Ebpf.DW, 1, SCRATCH, Layout.FILTER_SCRATCH_MISSED_OFFSET)
                    .alu64(ClassicProgram.ADD, 1, 1)
                    .store(Ebpf.DW, SCRATCH, Layout.FILTER_SCRATCH_MISSED_OFFSET, 1);
        }
        out.place(pass).alu(Ebpf.MOV, RESULT, passVerdict).exit();
        return out.assemble();
    }

    private void begin(int scratchFd) {
        out.alu64Register(Ebpf.MOV, CONTEXT, 1)
                .storeConstant(Ebpf.W, FRAME, KEY, 0)
                .alu64Register(Ebpf.MOV, 2, FRAME)
                .alu64(ClassicProgram.ADD, 2, KEY)
                .loadMap(1, scratchFd)
                .call(LOOKUP)
                .jump64(Ebpf.JEQ, RESULT, 0, pass)
                .alu64Register(Ebpf.MOV, SCRATCH, RESULT)
                .load(Ebpf.W, LENGTH, SCRATCH, Layout.FILTER_SCRATCH_LENGTH_OFFSET)
                .load(Ebpf.W, CAPTURED, SCRATCH, Layout.FILTER_SCRATCH_CAPTURED_OFFSET)
                .alu(Ebpf.MOV, ACCUMULATOR, 0)
                .alu(Ebpf.MOV, INDEX, 0);
    }

    private void instruction(int i) {
        int code = program.code(i);
        int k = program.operand(i);
        boolean goesOn = true;
        switch (code & 0x07) {
            case LD -> goesOn = loadAccumulator(code, k);
            case LDX -> goesOn = loadIndex(code, k);
            case ST -> out.store(Ebpf.W, FRAME, MEMORY + 4 * k, ACCUMULATOR);
            case STX -> out.store(Ebpf.W, FRAME, MEMORY + 4 * k, INDEX);
            case ALU -> alu(code, k);
            case JMP -> {
                goesOn = false;
                jump(i, code, k);
            }
            case RET -> {
                goesOn = false;
                result(code, k);
            }
            default -> {
                if (code == (MISC | TAX)) {
                    out.aluRegister(Ebpf.MOV, INDEX, ACCUMULATOR);
                } else {
                    out.aluRegister(Ebpf.MOV, ACCUMULATOR, INDEX);
                }
            }
        }
        if (goesOn) {
            reached[i + 1] = true;
        }
    }

    /** False if nothing comes after it. */
    private boolean loadAccumulator(int code, int k) {
        int size = code & 0x18;
        switch (code & 0xE0) {
            case ABS:
                return loadAt(size, k & UNSIGNED, ACCUMULATOR);
            case IND:
                loadIndirect(size, k);
                return true;
            case IMM:
                out.alu(Ebpf.MOV, ACCUMULATOR, k);
                return true;
            case LEN:
                out.aluRegister(Ebpf.MOV, ACCUMULATOR, LENGTH);
                return true;
            default:
                out.load(Ebpf.W, ACCUMULATOR, FRAME, MEMORY + 4 * k);
                return true;
        }
    }

    private boolean loadIndex(int code, int k) {
        switch (code & 0xE0) {
            case MSH:
                boolean goesOn = loadAt(ClassicProgram.B, k & UNSIGNED, INDEX);
                if (goesOn) {
                    out.alu(ClassicProgram.AND, INDEX, 0xF).alu(LSH, INDEX, 2);
                }
                return goesOn;
            case IMM:
                out.alu(Ebpf.MOV, INDEX, k);
                return true;
            case LEN:
                out.aluRegister(Ebpf.MOV, INDEX, LENGTH);
                return true;
            default:
                out.load(Ebpf.W, INDEX, FRAME, MEMORY + 4 * k);
                return true;
        }
    }

    private boolean loadAt(int size, long offset, int into) {
        long end = offset + bytes(size);
        if (end > UNSIGNED) {
            out.jump(pass);
            return false;
        }
        out.alu(Ebpf.MOV, END, (int) end);
        if (end > Layout.FILTER_BYTES) {
            out.jump(outside);
            return false;
        }
        out.jump64Register(Ebpf.JGT, END, CAPTURED, outside);
        value(size, into, SCRATCH, (int) offset);
        return true;
    }

    /** Both comparisons are needed: the verifier knows the bound of a constant only, the packet the one of its length. */
    private void loadIndirect(int size, int k) {
        out.alu(Ebpf.MOV, BEGIN, k)
                .alu64Register(ClassicProgram.ADD, BEGIN, INDEX)
                .alu64Register(Ebpf.MOV, END, BEGIN)
                .alu64(ClassicProgram.ADD, END, bytes(size))
                .jump64(Ebpf.JGT, BEGIN, Layout.FILTER_BYTES - bytes(size), outside)
                .jump64Register(Ebpf.JGT, END, CAPTURED, outside)
                .alu64Register(ClassicProgram.ADD, BEGIN, SCRATCH);
        value(size, ACCUMULATOR, BEGIN, 0);
    }

    private void value(int size, int into, int base, int offset) {
        // classic and eBPF have the same size field
        out.load(size, into, base, Layout.FILTER_SCRATCH_DATA_OFFSET + offset);
        if (bytes(size) > 1) {
            out.toBigEndian(into, 8 * bytes(size));
        }
    }

    private static int bytes(int size) {
        return size == ClassicProgram.W ? 4 : size == ClassicProgram.H ? 2 : 1;
    }

    private void alu(int code, int k) {
        int operation = code & 0xF0;
        boolean index = (code & 0x08) == X;
        if (operation == ClassicProgram.NEG) {
            out.alu(operation, ACCUMULATOR, 0);
        } else if (operation == LSH || operation == RSH) {
            shift(operation, index, k);
        } else if (index) {
            if (operation == DIV || operation == MOD) {
                out.jump(Ebpf.JEQ, INDEX, 0, pass);
            }
            out.aluRegister(operation, ACCUMULATOR, INDEX);
        } else {
            out.alu(operation, ACCUMULATOR, k);
        }
    }

    /** By 32 and more gives 0, which neither machine says of itself. */
    private void shift(int operation, boolean index, int k) {
        if (!index) {
            if (Integer.compareUnsigned(k, SHIFTABLE) > 0) {
                out.alu(Ebpf.MOV, ACCUMULATOR, 0);
            } else {
                out.alu(operation, ACCUMULATOR, k);
            }
            return;
        }
        Label shiftable = new Label();
        Label after = new Label();
        out.jump(Ebpf.JLE, INDEX, SHIFTABLE, shiftable)
                .alu(Ebpf.MOV, ACCUMULATOR, 0)
                .jump(after)
                .place(shiftable)
                .aluRegister(operation, ACCUMULATOR, INDEX)
                .place(after);
    }

    private void jump(int i, int code, int k) {
        if (code == (JMP | JA)) {
            go(i + 1 + k, i);
            return;
        }
        int whenTrue = i + 1 + program.whenTrue(i);
        int test = code & 0xF0;
        reached[whenTrue] = true;
        if ((code & 0x08) == X) {
            out.jumpRegister(test, ACCUMULATOR, INDEX, labels[whenTrue]);
        } else {
            out.jump(test, ACCUMULATOR, k, labels[whenTrue]);
        }
        go(i + 1 + program.whenFalse(i), i);
    }

    private void go(int target, int from) {
        reached[target] = true;
        if (target != from + 1) {
            out.jump(labels[target]);
        }
    }

    private void result(int code, int k) {
        if (code == (RET | K)) {
            out.jump(k == 0 ? pass : accept);
        } else {
            out.jump(Ebpf.JNE, ACCUMULATOR, 0, accept).jump(pass);
        }
    }
}
