// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The virtual machine by itself; that it means what libpcap means is tested with libpcap, filter by filter. */
class ClassicProgramTest {
    private static final byte[] FRAME = {(byte) 0x12, (byte) 0x34, (byte) 0xF6, (byte) 0x78, (byte) 0x9A};

    private static long code(int code, int jt, int jf, long k) {
        return (long) code << 48 | (long) jt << 40 | (long) jf << 32 | k & 0xFFFF_FFFFL;
    }

    private static long code(int code, long k) {
        return code(code, 0, 0, k);
    }

    private static Verdict run(long... program) {
        return ClassicProgram.of(program).run(FRAME, 0, FRAME.length, FRAME.length);
    }

    /** {@code A = value; A op= operand}, and whether the result is {@code wanted}, with K and with X. */
    @ParameterizedTest
    @CsvSource({
        "0x00,0xFFFFFFFF,2,1",
        "0x10,1,2,0xFFFFFFFF",
        "0x20,0x10000,0x10001,0x10000",
        "0x30,0xFFFFFFFE,2,0x7FFFFFFF",
        "0x90,0xFFFFFFFF,16,15",
        "0x40,0xF0,0x0F,0xFF",
        "0x50,0xF3,0x3F,0x33",
        "0xa0,0xFF,0x0F,0xF0",
        "0x60,1,31,0x80000000",
        "0x60,1,32,0",
        "0x60,1,0xFFFFFFFF,0",
        "0x70,0x80000000,31,1",
        "0x70,0x80000000,32,0",
        "0x80,1,0,0xFFFFFFFF"
    })
    void shouldCalculateUnsigned(String operation, String value, String operand, String wanted) {
        int op = Integer.decode(operation);
        for (int source : new int[] {ClassicProgram.K, ClassicProgram.X}) {
            Verdict verdict = run(
                    code(ClassicProgram.LD, Long.decode(value)),
                    code(ClassicProgram.LDX, Long.decode(operand)),
                    code(ClassicProgram.ALU | op | source, Long.decode(operand)),
                    code(ClassicProgram.JMP | ClassicProgram.JEQ, 0, 1, Long.decode(wanted)),
                    code(ClassicProgram.RET, 1),
                    code(ClassicProgram.RET, 0));
            assertEquals(Verdict.MATCH, verdict, "source " + source);
        }
    }

    @Test
    void shouldNotMatchWhereXDividesByNothing() {
        for (int operation : new int[] {ClassicProgram.DIV, ClassicProgram.MOD}) {
            assertEquals(
                    Verdict.NO_MATCH,
                    run(code(ClassicProgram.ALU | operation | ClassicProgram.X, 0), code(ClassicProgram.RET, 1)));
        }
    }

    /** Signed they would be the other way round. */
    @ParameterizedTest
    @CsvSource({"0x10,0", "0x20,1", "0x30,1", "0x40,1"})
    void shouldCompareUnsigned(String test, int wanted) {
        for (int source : new int[] {ClassicProgram.K, ClassicProgram.X}) {
            Verdict verdict = run(
                    code(ClassicProgram.LD, 0x8000_0001L),
                    code(ClassicProgram.LDX, 1),
                    code(ClassicProgram.JMP | Integer.decode(test) | source, 0, 1, 1),
                    code(ClassicProgram.RET, 1),
                    code(ClassicProgram.RET, 0));
            assertEquals(wanted == 1 ? Verdict.MATCH : Verdict.NO_MATCH, verdict);
        }
    }

    @Test
    void shouldLoadWhatIsThere() {
        assertEquals(Verdict.MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.W, 0, 0x1234F678L));
        assertEquals(Verdict.MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.W, 1, 0x34F6789AL));
        assertEquals(Verdict.NO_MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.W, 2, 0));
        assertEquals(Verdict.MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.H, 2, 0xF678L));
        assertEquals(Verdict.MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.B, 4, 0x9AL));
        assertEquals(
                Verdict.NO_MATCH, loads(ClassicProgram.LD | ClassicProgram.ABS | ClassicProgram.B, 0xFFFF_FFFFL, 0));
        assertEquals(Verdict.MATCH, loads(ClassicProgram.LD | ClassicProgram.LEN, 0, FRAME.length));
        assertEquals(
                Verdict.MATCH,
                run(
                        code(ClassicProgram.LDX | ClassicProgram.MSH | ClassicProgram.B, 2),
                        code(ClassicProgram.MISC | ClassicProgram.TXA, 0),
                        code(ClassicProgram.JMP | ClassicProgram.JEQ, 0, 1, 0x18),
                        code(ClassicProgram.RET, 1),
                        code(ClassicProgram.RET, 0)));
    }

    private static Verdict loads(int code, long k, long wanted) {
        return run(
                code(code, k),
                code(ClassicProgram.JMP | ClassicProgram.JEQ, 0, 1, wanted),
                code(ClassicProgram.RET, 1),
                code(ClassicProgram.RET, 0));
    }

    /** An offset does not wrap around: X = -2 and k = 4 is not 2. */
    @Test
    void shouldNotWrapOffsets() {
        assertEquals(
                Verdict.NO_MATCH,
                run(
                        code(ClassicProgram.LDX, 0xFFFF_FFFEL),
                        code(ClassicProgram.LD | ClassicProgram.IND | ClassicProgram.B, 4),
                        code(ClassicProgram.RET, 1)));
    }

    @Test
    void shouldRefuseWhatCannotRun() {
        refused("0 instructions");
        refused("no return", code(ClassicProgram.LD, 1));
        refused("instruction 0", code(ClassicProgram.JMP | ClassicProgram.JEQ, 0, 1, 0), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(ClassicProgram.JMP | ClassicProgram.JA, 1), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(ClassicProgram.JMP | ClassicProgram.JA, -2), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(ClassicProgram.ST, 16), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(ClassicProgram.ALU | ClassicProgram.DIV, 0), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(0xFF, 0), code(ClassicProgram.RET, 1));
        refused("instruction 0", code(0x0106, 0), code(ClassicProgram.RET, 1));
        refused("M[3] unwritten", code(ClassicProgram.LD | ClassicProgram.MEM, 3), code(ClassicProgram.RET, 1));
        refused(
                "M[3] unwritten",
                code(ClassicProgram.JMP | ClassicProgram.JEQ, 0, 1, 0),
                code(ClassicProgram.ST, 3),
                code(ClassicProgram.LDX | ClassicProgram.MEM, 3),
                code(ClassicProgram.RET, 1));
    }

    private static void refused(String why, long... program) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> ClassicProgram.of(program));
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    @Test
    void shouldGiveBackItsInstructions() {
        long[] program = {
            code(ClassicProgram.ST, 3),
            code(ClassicProgram.LD | ClassicProgram.MEM, 3),
            code(ClassicProgram.RET, 0xFFFF_FFFFL)
        };
        assertArrayEquals(program, ClassicProgram.of(program).instructions());
    }

    @Test
    void shouldAllocateNothing() throws Exception {
        ClassicProgram program = new PcapCompiler()
                .compile("(tcp[13] & 2 != 0 or len - 4 > ip[2:2]) and not port 80", LinkType.ETHERNET);
        byte[] frame = new byte[60];
        frame[12] = 8;
        frame[14] = 0x45;
        frame[23] = 6;
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            int matched = 0;
            for (int i = 0; i < 20_000; i++) {
                frame[47] = (byte) i;
                matched += program.run(frame, 0, frame.length, frame.length) == Verdict.MATCH ? 1 : 0;
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            assertTrue(matched > 0);
        }
        assertEquals(0, least);
    }
}
