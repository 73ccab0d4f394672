// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.util.Arrays;
import org.jopil.api.filter.PacketFilter.Verdict;

/**
 * A classic BPF program and its virtual machine: what libpcap's {@code pcap_offline_filter} does, but that a load past
 * the captured bytes of a longer frame is told apart from one past the frame. Source: McCanne and Jacobson, The BSD
 * Packet Filter (1993); libpcap 1.10 {@code bpf_filter.c}; {@code linux/filter.h}. Immutable; any thread. A run allocates
 * nothing and never throws.
 */
public final class ClassicProgram {
    /** Instruction classes and their fields, of {@code linux/bpf_common.h}. */
    static final int LD = 0x00;

    static final int LDX = 0x01;
    static final int ST = 0x02;
    static final int STX = 0x03;
    static final int ALU = 0x04;
    static final int JMP = 0x05;
    static final int RET = 0x06;
    static final int MISC = 0x07;

    static final int W = 0x00;
    static final int H = 0x08;
    static final int B = 0x10;

    static final int IMM = 0x00;
    static final int ABS = 0x20;
    static final int IND = 0x40;
    static final int MEM = 0x60;
    static final int LEN = 0x80;
    static final int MSH = 0xa0;

    static final int ADD = 0x00;
    static final int SUB = 0x10;
    static final int MUL = 0x20;
    static final int DIV = 0x30;
    static final int OR = 0x40;
    static final int AND = 0x50;
    static final int LSH = 0x60;
    static final int RSH = 0x70;
    static final int NEG = 0x80;
    static final int MOD = 0x90;
    static final int XOR = 0xa0;

    static final int JA = 0x00;
    static final int JEQ = 0x10;
    static final int JGT = 0x20;
    static final int JGE = 0x30;
    static final int JSET = 0x40;

    static final int K = 0x00;
    static final int X = 0x08;
    static final int A = 0x10;
    static final int TAX = 0x00;
    static final int TXA = 0x80;

    /** Words of scratch memory. */
    static final int WORDS = 16;

    private static final int ALL_WORDS = (1 << WORDS) - 1;
    private static final int MOST = 65_535;
    private static final long UNSIGNED = 0xFFFF_FFFFL;
    private static final long NOT_CAPTURED = -1;
    private static final long NOT_THERE = -2;
    private static final ThreadLocal<int[]> MEMORY = ThreadLocal.withInitial(() -> new int[WORDS]);

    private final short[] codes;
    private final short[] whenTrue;
    private final short[] whenFalse;
    private final int[] operands;
    private final boolean loops;

    private ClassicProgram(long[] instructions) {
        int count = instructions.length;
        codes = new short[count];
        whenTrue = new short[count];
        whenFalse = new short[count];
        operands = new int[count];
        boolean back = false;
        for (int i = 0; i < count; i++) {
            codes[i] = (short) (instructions[i] >>> 48);
            whenTrue[i] = (short) (instructions[i] >>> 40 & 0xFF);
            whenFalse[i] = (short) (instructions[i] >>> 32 & 0xFF);
            operands[i] = (int) instructions[i];
            check(i, count);
            back |= codes[i] == (JMP | JA) && operands[i] < 0;
        }
        if ((codes[count - 1] & 0x07) != RET) {
            throw new IllegalArgumentException("the last instruction is no return");
        }
        loops = back;
        checkMemory();
    }

    /**
     * Checks a program: every run ends at a return, unless it loops for ever.
     *
     * @param instructions as {@link org.jopil.api.filter.PacketFilter#instructions} gives them
     * @throws IllegalArgumentException naming the instruction that is none, jumps out of the program, or reads memory
     *     that a path before it did not write
     */
    public static ClassicProgram of(long[] instructions) {
        if (instructions.length == 0 || instructions.length > MOST) {
            throw new IllegalArgumentException(instructions.length + " instructions");
        }
        return new ClassicProgram(instructions);
    }

    private void check(int i, int count) {
        int code = codes[i];
        int k = operands[i];
        boolean fits =
                switch (code & 0x07) {
                    case LD -> switch (code & 0xE0) {
                        case IMM -> code == (LD | IMM);
                        case ABS, IND -> (code & 0x18) != 0x18;
                        case MEM -> code == (LD | MEM) && isWord(k);
                        case LEN -> code == (LD | LEN);
                        default -> false;
                    };
                    case LDX -> code == (LDX | IMM)
                            || code == (LDX | LEN)
                            || code == (LDX | MSH | B)
                            || (code == (LDX | MEM) && isWord(k));
                    case ST -> code == ST && isWord(k);
                    case STX -> code == STX && isWord(k);
                    case ALU -> (code & 0xF0) <= XOR && !(isDivision(code) && (code & X) == 0 && k == 0);
                    case JMP -> jumps(i, count);
                    case RET -> code == (RET | K) || code == (RET | A);
                    default -> code == (MISC | TAX) || code == (MISC | TXA);
                };
        if (!fits || (code & 0xFF00) != 0) {
            throw new IllegalArgumentException(String.format("instruction %d: 0x%04x k=0x%x", i, code, k));
        }
    }

    private boolean jumps(int i, int count) {
        long next = i + 1L;
        if ((codes[i] & 0xF0) == JA) {
            long target = next + operands[i];
            return codes[i] == (JMP | JA) && target >= 0 && target < count;
        }
        return (codes[i] & 0xF0) <= JSET && next + whenTrue[i] < count && next + whenFalse[i] < count;
    }

    /** On every path a word is written before it is read; what it held before is nobody's business. */
    private void checkMemory() {
        int[] written = new int[codes.length];
        Arrays.fill(written, 1, written.length, ALL_WORDS);
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = 0; i < codes.length; i++) {
                int after = written[i];
                if (codes[i] == ST || codes[i] == STX) {
                    after |= 1 << operands[i];
                }
                if ((codes[i] & 0x07) == JMP) {
                    boolean always = codes[i] == (JMP | JA);
                    changed |= narrow(written, i + 1 + (always ? operands[i] : whenTrue[i]), after);
                    changed |= narrow(written, i + 1 + (always ? operands[i] : whenFalse[i]), after);
                } else if ((codes[i] & 0x07) != RET) {
                    changed |= narrow(written, i + 1, after);
                }
            }
        }
        for (int i = 0; i < codes.length; i++) {
            boolean reads = codes[i] == (LD | MEM) || codes[i] == (LDX | MEM);
            if (reads && (written[i] & 1 << operands[i]) == 0) {
                throw new IllegalArgumentException("instruction " + i + " reads M[" + operands[i] + "] unwritten");
            }
        }
    }

    private static boolean narrow(int[] written, int at, int by) {
        int before = written[at];
        written[at] &= by;
        return written[at] != before;
    }

    private static boolean isWord(int k) {
        return k >= 0 && k < WORDS;
    }

    private static boolean isDivision(int code) {
        return (code & 0xF0) == DIV || (code & 0xF0) == MOD;
    }

    int size() {
        return codes.length;
    }

    int code(int i) {
        return codes[i];
    }

    int whenTrue(int i) {
        return whenTrue[i];
    }

    int whenFalse(int i) {
        return whenFalse[i];
    }

    /** Unsigned 32 bits. */
    int operand(int i) {
        return operands[i];
    }

    /** Whether it jumps back ({@code protochain}). */
    public boolean loops() {
        return loops;
    }

    /** As {@link #of} takes them. */
    public long[] instructions() {
        long[] all = new long[codes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (long) codes[i] << 48
                    | (long) whenTrue[i] << 40
                    | (long) whenFalse[i] << 32
                    | operands[i] & UNSIGNED;
        }
        return all;
    }

    /** As {@link org.jopil.api.filter.PacketFilter#test}. */
    public Verdict run(byte[] frame, int from, int captured, int length) {
        int[] memory = MEMORY.get();
        int a = 0;
        int x = 0;
        int at = 0;
        while (true) {
            int code = codes[at];
            int k = operands[at];
            int next = at + 1;
            switch (code & 0x07) {
                case LD -> {
                    int mode = code & 0xE0;
                    if (mode == ABS || mode == IND) {
                        long offset = (k & UNSIGNED) + (mode == IND ? x & UNSIGNED : 0);
                        long value = load(frame, from, captured, length, offset, code & 0x18);
                        if (value < 0) {
                            return missing(value);
                        }
                        a = (int) value;
                    } else {
                        a = mode == IMM ? k : mode == LEN ? length : memory[k];
                    }
                }
                case LDX -> {
                    int mode = code & 0xE0;
                    if (mode == MSH) {
                        long value = load(frame, from, captured, length, k & UNSIGNED, B);
                        if (value < 0) {
                            return missing(value);
                        }
                        x = (int) (value & 0xF) << 2;
                    } else {
                        x = mode == IMM ? k : mode == LEN ? length : memory[k];
                    }
                }
                case ST -> memory[k] = a;
                case STX -> memory[k] = x;
                case ALU -> {
                    int operand = (code & X) == 0 ? k : x;
                    if (operand == 0 && isDivision(code)) {
                        return Verdict.NO_MATCH;
                    }
                    a = alu(code & 0xF0, a, operand);
                }
                case JMP -> {
                    if (code == (JMP | JA)) {
                        next += k;
                    } else {
                        next += jumps(code & 0xF0, a, (code & X) == 0 ? k : x) ? whenTrue[at] : whenFalse[at];
                    }
                }
                case RET -> {
                    return (code == (RET | K) ? k : a) == 0 ? Verdict.NO_MATCH : Verdict.MATCH;
                }
                default -> {
                    if (code == (MISC | TAX)) {
                        x = a;
                    } else {
                        a = x;
                    }
                }
            }
            at = next;
        }
    }

    private static Verdict missing(long why) {
        return why == NOT_CAPTURED ? Verdict.UNDECIDED : Verdict.NO_MATCH;
    }

    /** The value, unsigned, or why there is none. */
    private static long load(byte[] frame, int from, int captured, int length, long offset, int size) {
        int bytes = size == W ? 4 : size == H ? 2 : 1;
        if (offset + bytes > captured) {
            return offset + bytes > length ? NOT_THERE : NOT_CAPTURED;
        }
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | frame[from + (int) offset + i] & 0xFF;
        }
        return value;
    }

    private static int alu(int operation, int a, int b) {
        return switch (operation) {
            case ADD -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> Integer.divideUnsigned(a, b);
            case MOD -> Integer.remainderUnsigned(a, b);
            case OR -> a | b;
            case AND -> a & b;
            case XOR -> a ^ b;
            case LSH -> Integer.compareUnsigned(b, 32) < 0 ? a << b : 0;
            case RSH -> Integer.compareUnsigned(b, 32) < 0 ? a >>> b : 0;
            default -> -a;
        };
    }

    private static boolean jumps(int test, int a, int b) {
        return switch (test) {
            case JEQ -> a == b;
            case JGT -> Integer.compareUnsigned(a, b) > 0;
            case JGE -> Integer.compareUnsigned(a, b) >= 0;
            default -> (a & b) != 0;
        };
    }
}
