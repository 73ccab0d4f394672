// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.jopil.api.report.Column.column;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import org.jopil.api.event.Addresses;
import org.jopil.api.filter.Row;
import org.jopil.api.filter.RowPredicate;
import org.jopil.api.report.Column;
import org.jopil.api.report.Column.Type;
import org.junit.jupiter.api.Test;

class FilterAllocationTest {
    private static final List<Column> FIELDS = List.of(
            column("src_ip", Type.ADDRESS, "-"),
            column("dst_ip", Type.ADDRESS, "-"),
            column("src_port", Type.PORT, "-"),
            column("dst_port", Type.PORT, "-"),
            column("protocol", Type.TEXT, "-"),
            column("tcp_flags", Type.LIST, "-"));

    @Test
    void shouldAllocateNothingPerTest() throws Exception {
        RowPredicate predicate = new FilterLanguage()
                .parse("(tcp port 443 and net 10.0.0.0/8 and tcp_flags contains SYN and protocol ~ '^t.p$')"
                        + " and src_ip in {10.0.0.0/9, fe80::/10} and not dst_port in {1, 2..9}")
                .bind(() -> FIELDS);
        Row row = new Packet();
        int matches = 0;
        for (int i = 0; i < 200_000; i++) {
            matches += predicate.test(row) ? 1 : 0;
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 1_000_000; i++) {
            matches += predicate.test(row) ? 1 : 0;
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(1_200_000, matches);
        assertEquals(0, allocated / 1_000_000, allocated + " bytes in a million tests");
    }

    /** 10.0.0.1:50000 → 10.0.0.2:443, TCP, SYN. */
    private static final class Packet implements Row {
        @Override
        public boolean has(int field) {
            return true;
        }

        @Override
        public long number(int field) {
            return field == 2 ? 50_000 : 443;
        }

        @Override
        public double real(int field) {
            return number(field);
        }

        @Override
        public long addressHi(int field) {
            return 0;
        }

        @Override
        public long addressLo(int field) {
            return Addresses.mapped(0x0A00_0001 + field);
        }

        @Override
        public String text(int field) {
            return field == 4 ? "tcp" : "SYN,ECE";
        }
    }
}
