// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PacketDecoderTest {
    private static final String ETHERNET = "020000000002020000000001";
    /** UDP, 10.0.0.1:53 → 10.0.0.2:5353, 4 bytes of payload. */
    private static final String IPV4 = "4500002000010000401126cb0a0000010a000002" + "003514e9000cabcd";

    private static Layers decode(String hex, int frameBytes, int acceleratedVlan, boolean layer3) {
        byte[] data = HexFormat.of().parseHex(hex);
        return PacketDecoder.decode(
                data, data.length, frameBytes, acceleratedVlan, layer3 ? LinkType.RAW : LinkType.ETHERNET);
    }

    @Test
    void shouldPutTheTagBesideTheFrameBeforeTheOnesInIt() {
        Layers layers = decode(ETHERNET + "8100" + "6014" + "0800" + IPV4, 50, 0x88A8_2064, false);
        assertEquals("0x88a8", ((Map<?, ?>) layers.get("eth")).get("eth.type"));
        assertEquals(
                List.of(
                        Map.of("vlan.priority", 1L, "vlan.dei", false, "vlan.id", 100L, "vlan.etype", "0x8100"),
                        Map.of("vlan.priority", 3L, "vlan.dei", false, "vlan.id", 20L, "vlan.etype", "0x0800")),
                layers.get("vlan"));
        assertEquals("UDP, length 4", layers.info());
        assertEquals(
                Arrays.asList(null, Map.of("offset", 14L, "length", 4L)),
                layers.positions().get("vlan"));
        assertEquals(Map.of("offset", 18L, "length", 20L), layers.positions().get("ip"));
    }

    @Test
    void shouldReadLayer3Frames() {
        Layers layers = decode(IPV4, 32, 0, true);
        assertNull(layers.get("eth"));
        assertEquals("10.0.0.1", ((Map<?, ?>) layers.get("ip")).get("ip.src"));
        assertEquals(53L, ((Map<?, ?>) layers.get("udp")).get("udp.srcport"));
    }

    @Test
    void shouldNeverInventAFieldBeyondTheCapture() {
        byte[] data = HexFormat.of().parseHex(ETHERNET + "0800" + IPV4);
        for (int captured = 0; captured <= data.length; captured++) {
            byte[] other = data.clone();
            for (int i = captured; i < other.length; i++) {
                other[i] = (byte) ~other[i];
            }
            Layers ours = PacketDecoder.decode(data, captured, 46, 0, LinkType.ETHERNET);
            Layers theirs = PacketDecoder.decode(other, captured, 46, 0, LinkType.ETHERNET);
            assertEquals(ours.tree(), theirs.tree(), captured + " bytes");
            assertEquals(ours.info(), theirs.info());
        }
    }

    @Test
    void shouldSurviveAnyBytes() {
        Random random = new Random(1);
        byte[] data = new byte[192];
        int[] etherTypes = {0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8};
        for (int i = 0; i < 500_000; i++) {
            int captured = random.nextInt(193);
            random.nextBytes(data);
            int type = etherTypes[i % etherTypes.length];
            data[12] = (byte) (type >>> 8);
            data[13] = (byte) type;
            if (i % 3 != 0) {
                data[14] = (byte) (type == 0x0800 ? 0x45 : 0x60);
                data[20] = (byte) (random.nextBoolean() ? 0 : 43 + random.nextInt(3));
                data[23] = (byte) (random.nextBoolean() ? 6 : 17);
            }
            LinkType link = LinkType.values()[i % 7 == 0 ? random.nextInt(LinkType.values().length) : 1];
            Layers layers = PacketDecoder.decode(data, captured, random.nextInt(2000), 0, link);
            assertEquals(true, layers.headerEnd() <= 192);
            for (Layers at = layers; at != null; at = at.inner()) {
                at.positions().values().forEach(place -> assertWithin(captured, place));
            }
        }
    }

    private static void assertWithin(int captured, Object place) {
        for (Object each : place instanceof List<?> several ? several : List.of(place)) {
            long offset = (Long) ((Map<?, ?>) each).get("offset");
            long length = (Long) ((Map<?, ?>) each).get("length");
            assertTrue(offset >= 0 && length >= 0 && offset + length <= captured, place + " of " + captured);
        }
    }

    @Test
    void shouldNameTheValuesOfEachTagAndLabel() {
        Layers tagged = decode(ETHERNET + "8100" + "2064" + "8100" + "6014" + "0800" + IPV4, 90, 0, false);
        Map<?, ?> names = (Map<?, ?>) tagged.tree().get("names");
        assertEquals(List.of("Background", "Critical applications"), names.get("vlan.priority"));
        assertEquals(List.of("802.1Q VLAN", "IPv4"), names.get("vlan.etype"));
        assertFalse(names.containsKey("vlan.id"), names.toString());
        Layers labelled = decode(ETHERNET + "8847" + "00064040" + "00000140" + IPV4, 90, 0, false);
        assertEquals(
                List.of("100", "IPv4 Explicit NULL"),
                ((Map<?, ?>) labelled.tree().get("names")).get("mpls.label"));
    }

    @Test
    void shouldFollowTunnelsAndSayWhatTheyCarry() {
        String inner = ETHERNET + "0800" + IPV4;
        Layers layers = decode(
                ETHERNET + "0800" + "45000052000040004011e69a0a0000010a000002" + "c000" + "12b5" + "003e" + "0000"
                        + "0800000000006400" + inner,
                96,
                0,
                false);
        assertEquals(100L, ((Map<?, ?>) layers.get("vxlan")).get("vxlan.vni"));
        assertEquals(53L, ((Map<?, ?>) layers.inner().get("udp")).get("udp.srcport"));
        assertEquals("VXLAN 100: UDP, length 4", layers.info());
        assertEquals("domain", ((Map<?, ?>) ((Map<?, ?>) layers.tree().get("inner")).get("names")).get("udp.srcport"));
        assertEquals("not present", ((Map<?, ?>) layers.tree().get("names")).get("udp.checksum.status"));
    }

    @Test
    void shouldNotFollowTunnelsWithoutEnd() {
        StringBuilder frame = new StringBuilder(ETHERNET + "0800");
        for (int i = 0; i < 40; i++) {
            frame.append("4500")
                    .append(String.format("%04x", 20 * (40 - i)))
                    .append("00000000400400000a0000010a000002");
        }
        Layers layers = decode(frame.toString(), 14 + 800, 0, false);
        int depth = 0;
        for (Layers at = layers; at != null; at = at.inner()) {
            depth++;
        }
        assertEquals(9, depth);
    }

    @Test
    void shouldNameWhoAnAddressWasAssignedTo() {
        assertEquals("XEROX CORPORATION", MacVendors.name("00:00:00:12:34:56"));
        assertEquals("Nile Global Inc", MacVendors.name("24:15:10:21:00:00"), "28 bits");
        assertEquals("Ochno AB", MacVendors.name("70:b3:d5:03:a0:01"), "36 bits");
        assertNull(MacVendors.name("02:00:00:00:00:01"), "locally administered");
        assertNull(MacVendors.name("01:00:5e:00:00:01"), "a group");
        assertEquals("https", Services.name("tcp", 443));
        assertNull(Services.name("tcp", 4));
    }
}
