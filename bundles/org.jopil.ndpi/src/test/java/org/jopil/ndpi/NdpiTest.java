// SPDX-License-Identifier: Apache-2.0
package org.jopil.ndpi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Structure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jopil.api.JopilException;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.Protocols;
import org.jopil.testkit.Tool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NdpiTest {
    private static final int FLOWS = 100_000;
    private static final long MOST_GROWTH_BYTES = 4 << 20;
    private static final int ROUNDS = 20_000;
    private static final Libc LIBC = Native.load("c", Libc.class);
    private static final byte[] COAP = HexFormat.of().parseHex("40010001b161");
    private static final byte[] TELNET = HexFormat.of().parseHex("fffd18fffd20fffd23fffd27");

    private static Ndpi installed(int mostFlows) {
        try {
            return new Ndpi(mostFlows);
        } catch (JopilException e) {
            if ("true".equals(System.getenv("CI"))) {
                return fail(e.getMessage());
            }
            return abort(e.getMessage());
        }
    }

    private static NdpiFlow flow(Ndpi ndpi, int protocol, String server, int serverPort) {
        long[] from = Addresses.parse("10.0.0.9").orElseThrow();
        long[] to = Addresses.parse(server).orElseThrow();
        return ndpi.flow(protocol, from[0], from[1], 40_000, to[0], to[1], serverPort);
    }

    private static boolean feed(NdpiFlow flow, boolean fromClient, int sequence, byte[] data) {
        return flow.feed(fromClient, 1_000_000_000, sequence, data, 0, data.length, data.length);
    }

    @Test
    void shouldNameWhatItReads() {
        try (Ndpi ndpi = installed(10);
                NdpiFlow coap = flow(ndpi, Protocols.UDP, "10.0.0.2", 5683);
                NdpiFlow telnet = flow(ndpi, Protocols.TCP, "10.0.0.2", 2323)) {
            assertTrue(ndpi.version().startsWith("4.2."), ndpi.version());
            assertNull(coap.protocol());
            assertTrue(feed(coap, true, 0, COAP));
            assertEquals("COAP", coap.protocol());
            assertEquals("COAP", coap.name());
            assertFalse(feed(coap, true, 0, COAP), "nothing new");
            for (int i = 0; i < 4; i++) {
                feed(telnet, false, -20 + i * TELNET.length, TELNET);
            }
            assertEquals("Telnet", telnet.protocol(), "on another port, and over the end of the sequence numbers");
        }
    }

    /** 443 would be TLS by the port, and the addresses are Google's, Microsoft's and Dropbox'. */
    @Test
    void shouldNotGuessByPortOrAddress() {
        byte[] nothing = "zzzz, that is no protocol at all".getBytes(ISO_8859_1);
        try (Ndpi ndpi = installed(10)) {
            for (String owner : new String[] {"8.8.8.8", "157.56.52.28", "108.160.170.46"}) {
                for (int protocol : new int[] {Protocols.TCP, Protocols.UDP}) {
                    try (NdpiFlow flow = flow(ndpi, protocol, owner, 443)) {
                        for (int i = 0; i < 4; i++) {
                            feed(flow, true, i * nothing.length, nothing);
                            feed(flow, false, i * nothing.length, nothing);
                        }
                        assertNull(flow.name(), owner);
                    }
                }
            }
            try (NdpiFlow coap = flow(ndpi, Protocols.UDP, "8.8.8.8", 5683)) {
                feed(coap, true, 0, COAP);
                assertEquals("COAP", coap.name(), "and not COAP.Google");
            }
        }
    }

    @Test
    void shouldForgetBeyondItsPlaces() {
        try (Ndpi ndpi = installed(2)) {
            NdpiFlow first = flow(ndpi, Protocols.UDP, "10.0.0.2", 1);
            NdpiFlow second = flow(ndpi, Protocols.UDP, "10.0.0.2", 5683);
            feed(first, true, 0, new byte[] {1});
            NdpiFlow third = flow(ndpi, Protocols.UDP, "10.0.0.2", 5683);
            assertEquals(2, ndpi.flows());
            assertEquals(1, ndpi.cutShort());
            assertFalse(feed(second, true, 0, COAP), "it carried nothing for the longest time");
            assertTrue(feed(third, true, 0, COAP));
            third.close();
            third.close();
            assertEquals(1, ndpi.flows());
            ndpi.forgetIdle(Long.MAX_VALUE);
            assertEquals(1, ndpi.flows());
            ndpi.forgetIdle(0);
            assertEquals(0, ndpi.flows());
            assertEquals("COAP", third.name(), "what was known stays");
            assertEquals(1, ndpi.cutShort());
        }
    }

    @Test
    void shouldKnowNothingOnceClosed() {
        Ndpi ndpi = installed(2);
        NdpiFlow flow = flow(ndpi, Protocols.UDP, "10.0.0.2", 5683);
        ndpi.close();
        ndpi.close();
        assertFalse(feed(flow, true, 0, COAP));
        flow.close();
        assertNull(flow(ndpi, Protocols.UDP, "10.0.0.2", 1));
        assertEquals(0, ndpi.flows());
    }

    /** Sizes, offsets and lengths at their ends, and bytes without a meaning: it must come back from each. */
    @Test
    void shouldLiveThroughWhatIsNoMessage() {
        Random random = new Random(11);
        byte[] data = new byte[3000];
        try (Ndpi ndpi = installed(100)) {
            for (int i = 0; i < ROUNDS; i++) {
                random.nextBytes(data);
                int port = random.nextInt(65_536);
                NdpiFlow flow = flow(ndpi, i % 2 == 0 ? Protocols.TCP : Protocols.UDP, "10.0.0.2", port);
                int from = random.nextInt(1000);
                int captured = i % 10 == 0 ? 2000 : random.nextInt(1600);
                flow.feed(i % 3 == 0, i, random.nextInt(), data, from, captured, captured + random.nextInt(60_000));
                flow.feed(i % 3 != 0, -i, random.nextInt(), data, from, captured, captured);
            }
            assertEquals(100, ndpi.flows());
        }
    }

    @Test
    void shouldGiveBackWhatFlowsTook() {
        byte[] data = new byte[1400];
        new Random(3).nextBytes(data);
        long none = allocatedBytes();
        try (Ndpi ndpi = installed(100)) {
            System.out.println(allocatedBytes() - none + " bytes a module, " + ndpi.flowBytes() + " a flow");
            flows(ndpi, FLOWS / 10, data);
            long before = allocatedBytes();
            flows(ndpi, FLOWS, data);
            long growth = allocatedBytes() - before;
            System.out.println(growth + " bytes more allocated after " + FLOWS + " flows");
            assertTrue(growth < MOST_GROWTH_BYTES, growth + " bytes");
        }
    }

    private static void flows(Ndpi ndpi, int count, byte[] data) {
        for (int i = 0; i < count; i++) {
            // closed, or forgotten for others
            NdpiFlow flow = flow(ndpi, i % 2 == 0 ? Protocols.TCP : Protocols.UDP, "10.0.0.2", 1024 + i % 60_000);
            feed(flow, true, 0, i % 4 < 2 ? data : COAP);
            if (i % 2 == 0) {
                flow.close();
            }
        }
    }

    /** glibc's {@code struct mallinfo2}. */
    @Structure.FieldOrder({
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost"
    })
    public static final class Mallinfo extends Structure implements Structure.ByValue {
        public long arena;
        public long ordblks;
        public long smblks;
        public long hblks;
        public long hblkhd;
        public long usmblks;
        public long fsmblks;
        public long uordblks;
        public long fordblks;
        public long keepcost;
    }

    /** glibc. */
    interface Libc extends Library {
        Mallinfo mallinfo2();
    }

    /** What malloc gave out and did not get back: not the heap of Java, which hides it in the resident set. */
    private static long allocatedBytes() {
        Mallinfo info = LIBC.mallinfo2();
        return info.uordblks + info.hblkhd;
    }

    @Test
    void shouldSayWhatIsMissingAndHowToMendIt() {
        JopilException e = assertThrows(JopilException.class, () -> new Ndpi("libnothing-of-that-name.so.7", 1));
        assertEquals("JOPIL-113", e.code());
        assertTrue(e.getMessage().contains("libnothing-of-that-name.so.7 is not here"), e.getMessage());
        assertTrue(e.getMessage().contains("apt install libndpi4.2"), e.getMessage());
    }

    /** Its structs are others, so nothing but its version may be asked of it. */
    @Test
    void shouldRefuseAnotherVersion(@TempDir Path folder) throws Exception {
        Path source =
                Files.writeString(folder.resolve("other.c"), "const char *ndpi_revision(void) { return \"5.0.0\"; }\n");
        String other = folder.resolve("libother.so").toString();
        Tool.lines(List.of("gcc", "-shared", "-fPIC", "-o", other, source.toString()));
        JopilException e = assertThrows(JopilException.class, () -> new Ndpi(other, 1));
        assertEquals("JOPIL-113", e.code());
        assertTrue(e.getMessage().contains("is version 5.0.0, and only 4.2.x is understood"), e.getMessage());
    }
}
