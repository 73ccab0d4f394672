// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.jopil.pcap.CaptureReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkFrameTest {
    private static final String IPV4 = "450000140000000040010000" + "0a0000010a000002";

    /** A pcap file with one packet. */
    private static CaptureReader file(int linkType, byte[] packet) throws IOException {
        ByteBuffer file = ByteBuffer.allocate(40 + packet.length).order(ByteOrder.LITTLE_ENDIAN);
        file.putInt(0xA1B2C3D4).putShort((short) 2).putShort((short) 4).putLong(0);
        file.putInt(65_535).putInt(linkType);
        file.putInt(1).putInt(2).putInt(packet.length).putInt(packet.length).put(packet);
        CaptureReader reader = CaptureReader.open(
                new ByteArrayInputStream(file.array()), "test", CaptureReader.DEFAULT_MAX_BLOCK_BYTES);
        assertTrue(reader.next());
        return reader;
    }

    @ParameterizedTest
    @CsvSource({
        "101, ''",
        "228, ''",
        "0, 02000000",
        "0, 00000002",
        "108, 00000002",
        "113, 00000001000600000000000000000800",
        "276, 0800000000000001000100060000000000000000",
        "9, 0021",
        "9, ff030021"
    })
    void shouldTakeTheLinksHeaderOff(int linkType, String header) throws IOException {
        byte[] packet = HexFormat.of().parseHex(header + IPV4);
        LinkFrame frame = new LinkFrame();
        assertEquals("", frame.take(file(linkType, packet)));
        assertEquals(header.length() / 2, frame.headerBytes());
        assertEquals(IPV4.length() / 2, frame.captured());
        assertEquals(0x45, frame.data()[frame.from()]);
        assertTrue(frame.isLayer3());
        assertFalse(frame.isEgress());
    }

    @Test
    void shouldLeaveEthernetAsItIs() throws IOException {
        LinkFrame frame = new LinkFrame();
        assertEquals("", frame.take(file(1, new byte[60])));
        assertEquals(0, frame.headerBytes());
        assertFalse(frame.isLayer3());
    }

    @Test
    void shouldKnowWhatACookedFrameSaysWasSent() throws IOException {
        LinkFrame frame = new LinkFrame();
        assertEquals("", frame.take(file(113, HexFormat.of().parseHex("00040001000600000000000000000800" + IPV4))));
        assertTrue(frame.isEgress());
    }

    @ParameterizedTest
    @CsvSource({
        "113, 00000001000600000000000000000806, no IP behind the header of link type LINUX_SLL",
        "113, 0000, no IP behind the header of link type LINUX_SLL",
        "276, 08, no IP behind the header of link type LINUX_SLL2",
        "0, 07000000, no IP behind the header of link type NULL",
        "0, '', no IP behind the header of link type NULL",
        "9, c021, no IP behind the header of link type PPP",
        "105, 0800, link type 105 is not read",
        "107, 0800, link type FRAME_RELAY is not replayed"
    })
    void shouldSayWhyAPacketCannotBeCounted(int linkType, String packet, String reason) throws IOException {
        assertEquals(reason, new LinkFrame().take(file(linkType, HexFormat.of().parseHex(packet))));
    }
}
