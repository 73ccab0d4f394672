// SPDX-License-Identifier: Apache-2.0
package org.jopil.bus.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.HexFormat;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.Privacy;
import org.jopil.bus.DropColumns;
import org.jopil.bus.JourneyColumns;
import org.jopil.bus.PacketColumns;
import org.jopil.bus.PayloadColumns;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskingTest {
    private static final String ETHERNET = "001b21000001 001b21000002 ";
    private static final String IPV4 = "0a000001 0a000002";
    private static final String IPV6 = "20010db8000000000000000000000001 20010db8000000000000000000000002";

    /** Every bit of an address is another one: easy to tell in hex. */
    private static final Privacy INVERTING = new NothingHidden() {
        @Override
        public Level level() {
            return Level.ADDRESSES_MASKED;
        }

        @Override
        public void hide(long[] hi, long[] lo, int index) {
            if (Addresses.isIpv4(hi[index], lo[index])) {
                lo[index] = Addresses.mapped(~(int) lo[index]);
            } else {
                hi[index] = ~hi[index];
                lo[index] = ~lo[index];
            }
        }

        @Override
        public long hideMac(long mac) {
            return ~mac & 0xFFFF_FFFF_FFFFL;
        }
    };

    private static String masked(String hex, boolean layer3) {
        byte[] frame = HexFormat.of().parseHex(hex.replace(" ", ""));
        byte[] among = new byte[frame.length + 20];
        System.arraycopy(frame, 0, among, 10, frame.length);
        int left = new MaskedHeaders(INVERTING).mask(among, 10, 10 + frame.length, layer3);
        for (int i = 0; i < 10; i++) {
            assertEquals(0, among[i] | among[among.length - 1 - i], "beside the frame nothing changes");
        }
        return HexFormat.of().formatHex(among, 10, 10 + left);
    }

    private static String inverted(String hex) {
        StringBuilder inverted = new StringBuilder();
        for (char digit : hex.replace(" ", "").toCharArray()) {
            inverted.append(Character.forDigit(15 - Character.digit(digit, 16), 16));
        }
        return inverted.toString();
    }

    private static void assertMasked(String expected, String frame) {
        assertEquals(expected.replace(" ", ""), masked(frame, false));
    }

    @Test
    void shouldPutAddressesInPlaceAndTakeChecksumsAway() {
        String before = "4500003c 00010000 4006 ";
        String tcp = "c350 01bb 00000001 00000002 5010 ffff ";
        assertMasked(
                inverted(ETHERNET) + "0800" + before + "0000" + inverted(IPV4) + tcp + "0000 0000",
                ETHERNET + "0800" + before + "abcd" + IPV4 + tcp + "1234 0000");
        assertMasked(
                inverted(ETHERNET) + "8100 0064 86dd 60000000 0008 11 40" + inverted(IPV6) + "0035 c350 0008 0000",
                ETHERNET + "8100 0064 86dd 60000000 0008 11 40" + IPV6 + "0035 c350 0008 abcd");
    }

    @Test
    void shouldMaskWhatBeginsWithItsIpHeader() {
        assertEquals(
                ("45000014 00010000 40fd 0000" + inverted(IPV4)).replace(" ", ""),
                masked("45000014 00010000 40fd abcd" + IPV4 + "deadbeef", true));
        assertEquals("", masked("55000014", true));
    }

    @Test
    void shouldMaskArp() {
        String addresses = "001b21000001 0a000001 000000000000 0a000002";
        assertMasked(
                inverted(ETHERNET) + "0806 0001 0800 06 04 0001" + inverted(addresses),
                ETHERNET + "0806 0001 0800 06 04 0001" + addresses);
        assertMasked(inverted(ETHERNET) + "0806", ETHERNET + "0806 0006 0800 06 04 0001" + addresses);
        assertMasked(inverted(ETHERNET) + "0806", ETHERNET + "0806 0001 0800 06 04 0001 001b21000001 0a00");
    }

    /** Nothing of the addresses behind the end is left. */
    @ParameterizedTest
    @CsvSource({
        // options of IPv4: record route
        "0800, 46000018 00010000 4001, 0707040a 0a000003, ''",
        // a later fragment
        "0800, 45000028 00010001 4006, 0a0000030a000004, ''",
        // IP in IP, GRE, ESP, OSPF
        "0800, 45000028 00010000 4004, 4500001400010000400600000a0000030a000004, ''",
        "0800, 45000028 00010000 402f, 000008004500001400010000, ''",
        // UDP with a tunnel in it
        "0800, 45000028 00010000 4011, c35012b5001c0000 0800000000002a00 001b21000003, c35012b5001c0000",
        // an ICMP error quotes, a redirect names a gateway
        "0800, 45000028 00010000 4001, 0301000000000000 4500001400010000, 03010000",
        "0800, 45000028 00010000 4001, 050100000a000003 4500001400010000, 05010000",
        // an echo has its number
        "0800, 45000028 00010000 4001, 0800abcd00070001 61626364, 0800000000070001",
        // MPTCP tells addresses in an option; those before it stay
        "0800, 45000048 00010000 4006, c35001bb0000000100000002901000000000 0000 01010402 1e0830030a000003, c35001bb0000000100000002901000000000000001010402",
        // what stands behind the end of the options
        "0800, 45000048 00010000 4006, c35001bb0000000100000002701000000000 0000 000a0000 03000000, c35001bb000000010000000270100000000000 0000",
        // MPLS, PPPoE, LLDP
        "8847, 00001140 45000014, , ",
        "8864, 1100000100160021 45000014, , ",
        "88cc, 02070400 1b2100000104, , "
    })
    void shouldCutBeforeAnythingThatMayHaveAnAddress(String etherType, String ip, String behind, String left) {
        String begin = inverted(ETHERNET) + etherType;
        if (behind == null) {
            assertMasked(begin, ETHERNET + etherType + ip);
        } else {
            assertMasked(
                    begin + ip + "0000" + inverted(IPV4) + left, ETHERNET + etherType + ip + "ffff" + IPV4 + behind);
        }
    }

    @Test
    void shouldCutBeforeExtensionHeadersAndNeighbours() {
        String begin = "86dd 60000000 0020 ";
        assertMasked(
                inverted(ETHERNET) + begin + "2b40" + inverted(IPV6),
                ETHERNET + begin + "2b40" + IPV6 + "0602040100000000");
        assertMasked(
                inverted(ETHERNET) + begin + "3aff" + inverted(IPV6) + "87000000",
                ETHERNET + begin + "3aff" + IPV6 + "8700abcd00000000 20010db8000000000000000000000003");
    }

    @Test
    void shouldLeaveNothingOfAnAddressThatWasCutOff() {
        String frame = (ETHERNET + "0800 45000014 00010000 4006 abcd" + IPV4).replace(" ", "");
        for (int bytes = 0; bytes < frame.length() / 2; bytes++) {
            String left = masked(frame.substring(0, 2 * bytes), false);
            assertFalse(left.contains("001b2100") || left.contains("0a0000"), bytes + ": " + left);
        }
    }

    @Test
    void shouldMaskEveryStream() {
        PacketColumns packets = new PacketColumns();
        DropColumns drops = new DropColumns();
        JourneyColumns journeys = new JourneyColumns();
        PayloadColumns payloads = new PayloadColumns();
        for (long[][] halves : List.of(
                new long[][] {packets.srcLo, packets.dstLo},
                new long[][] {drops.srcLo, drops.dstLo},
                new long[][] {journeys.srcLo, journeys.dstLo},
                new long[][] {payloads.srcLo, payloads.dstLo})) {
            halves[0][1] = Addresses.mapped(0x0A00_0001);
            halves[1][1] = Addresses.mapped(0x0A00_0002);
        }
        packets.size = 2;
        drops.size = 2;
        journeys.size = 2;
        payloads.size = 2;
        Masking masking = new Masking(INVERTING);
        masking.packets(packets);
        masking.drops(drops);
        masking.journeys(journeys);
        masking.payloads(payloads);
        for (long lo : new long[] {packets.srcLo[1], drops.srcLo[1], journeys.srcLo[1], payloads.srcLo[1]}) {
            assertEquals("245.255.255.254", Addresses.text(0, lo));
        }
        for (long lo : new long[] {packets.dstLo[1], drops.dstLo[1], journeys.dstLo[1], payloads.dstLo[1]}) {
            assertEquals("245.255.255.253", Addresses.text(0, lo));
        }
        assertTrue(packets.isMasked(0) && packets.isMasked(1));
        new Masking(new NothingHidden()).packets(packets);
        assertEquals("245.255.255.254", Addresses.text(0, packets.srcLo[1]), "nothing is hidden");
    }

    @Test
    void shouldAllocateNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        PacketColumns packets = new PacketColumns();
        byte[] frame = HexFormat.of()
                .parseHex((ETHERNET + "0800 4500003c 00010000 4006 abcd" + IPV4
                                + "c350 01bb 00000001 00000002 5010 ffff 1234 0000")
                        .replace(" ", ""));
        Masking masking = new Masking(INVERTING);
        long before = 0;
        for (int batch = 0; batch < 200; batch++) {
            if (batch == 100) {
                before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            }
            for (int row = 0; row < PacketColumns.CAPACITY; row++) {
                System.arraycopy(frame, 0, packets.captured, row * PacketColumns.CAPTURE_BYTES, frame.length);
                packets.capturedLength[row] = (short) frame.length;
            }
            packets.size = PacketColumns.CAPACITY;
            masking.packets(packets);
        }
        long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        assertEquals(0L, allocated / (100L * PacketColumns.CAPACITY));
    }
}
