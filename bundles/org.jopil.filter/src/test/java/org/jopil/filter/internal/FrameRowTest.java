// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.FrameRow;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.filter.Schema;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.jopil.bpf.PcapCompiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Primitives that read bytes, among others and fields, on rows that have bytes. */
class FrameRowTest {
    private static final int CAPTURED = 54;
    private static final Schema SCHEMA = () -> List.of(
            Column.column("protocol", Type.TEXT, "protocol"),
            Column.column("vlan_id", Type.NUMBER, "outer tag"),
            Column.column("inner_vlan", Type.NUMBER, "inner tag"),
            Column.column("captured_hex", Type.TEXT, "bytes"));

    private final FilterLanguage language = new FilterLanguage(new PcapFilters(new PcapCompiler()));

    /** A SYN from 02:00:00:00:00:01, of 1,000 bytes, of which the headers were captured. */
    private record Syn(LinkType linkType) implements FrameRow {
        private static final byte[] FRAME = frame();

        private static byte[] frame() {
            byte[] frame = new byte[CAPTURED];
            frame[6] = 2;
            frame[11] = 1;
            frame[12] = 8;
            frame[14] = 0x45;
            frame[23] = 6;
            frame[47] = 2;
            return frame;
        }

        @Override
        public PacketFilter.Verdict test(PacketFilter filter) {
            assertEquals(linkType, filter.linkType());
            int from = linkType == LinkType.ETHERNET ? 0 : 14;
            return filter.test(FRAME, from, CAPTURED - from, 1000 - from);
        }

        @Override
        public boolean has(int field) {
            return field == 0;
        }

        @Override
        public long number(int field) {
            throw new IllegalArgumentException();
        }

        @Override
        public double real(int field) {
            throw new IllegalArgumentException();
        }

        @Override
        public long addressHi(int field) {
            throw new IllegalArgumentException();
        }

        @Override
        public long addressLo(int field) {
            throw new IllegalArgumentException();
        }

        @Override
        public String text(int field) {
            return "tcp";
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tcp[13] & 2 != 0,true,true",
        "not tcp[13] & 2 != 0,false,false",
        "tcp[tcpflags] == tcp-syn and protocol == tcp,true,true",
        "tcp[tcpflags] == tcp-syn and protocol == udp,false,false",
        "tcp and not ip[9] = 17,true,true",
        "ether src 02:00:00:00:00:01,true,false",
        "ether src 02:00:00:00:00:02 or 02:00:00:00:00:01,true,false",
        "ether src 02:00:00:00:00:02 or not 02:00:00:00:00:01,false,true",
        "broadcast or tcp,true,true",
        "mpls,false,false",
        "not mpls,true,true",
        "vlan or tcp[13] = 2,true,true",
        // a byte that was not captured: left out, however it is asked
        "tcp[100] = 0,false,false",
        "not tcp[100] = 0,false,false",
        "not (tcp and not tcp[100] = 0),false,false",
        "not (tcp and tcp[100] = 0),false,false",
        "tcp[13] = 2 or tcp[100] = 0,true,true",
        // past the frame there is nothing
        "not ip[2000] = 0,true,true",
    })
    void shouldAskTheBytes(String filter, boolean ethernet, boolean raw) throws FilterException {
        assertEquals(ethernet, language.parse(filter).bind(SCHEMA).test(new Syn(LinkType.ETHERNET)));
        assertEquals(raw, language.parse(filter).bind(SCHEMA).test(new Syn(LinkType.RAW_IP)));
    }

    @ParameterizedTest
    @CsvSource({
        "tcp and ip[0] / 0 = 1,8,arithmetic",
        "mpls and tcp,9,at the end",
        "geneve or ip[9] = 6,10,at the end",
        "vlan and vlan and tcp[13] = 2,18,at the end",
        "ip broadcast,0,192.168.1.255",
        "protocol == tcp and tcp[tcpflag] = 2,20,tcp[13]",
    })
    void shouldPointAtTheMistake(String filter, int column, String expected) {
        FilterException e =
                assertThrows(FilterException.class, () -> language.parse(filter).bind(SCHEMA));
        assertEquals(column, e.column(), e.getMessage());
        assertTrue(e.expected().contains(expected), e.expected());
    }

    @Test
    void shouldAllocateNothingPerTest() throws FilterException {
        RowPredicate predicate = language.parse(
                        "tcp[13] & 2 != 0 and not ether src 02:00:00:00:00:02 and protocol == tcp")
                .bind(SCHEMA);
        Syn row = new Syn(LinkType.ETHERNET);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            int matches = 0;
            for (int i = 0; i < 50_000; i++) {
                matches += predicate.test(row) ? 1 : 0;
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            assertEquals(50_000, matches);
        }
        assertEquals(0, least);
    }

    @Test
    void shouldGoOnWithFieldsBehindATunnel() throws FilterException {
        assertTrue(!language.parse("mpls and protocol == tcp").bind(SCHEMA).test(new Syn(LinkType.ETHERNET)));
    }
}
