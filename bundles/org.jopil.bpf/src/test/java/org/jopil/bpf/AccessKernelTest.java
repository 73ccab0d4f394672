// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Both ways to mapped memory do the same, and nobody leaves the region. */
class AccessKernelTest {
    @BeforeAll
    static void needsPrivileges() {
        Privileged.require();
    }

    @Test
    void shouldReadWithOneWhatTheOtherWrote() throws ReflectiveOperationException {
        Access raw = new Access.Raw();
        Access buffers = new Access.Buffers();
        try (TestSensor sensor = new TestSensor(64 * 1024)) {
            MappedRegion region = sensor.region("flows4", true);
            for (Access[] pair : new Access[][] {{raw, buffers}, {buffers, raw}}) {
                Access writer = pair[0];
                Access reader = pair[1];
                writer.putInt(region, 8, 0x01020304);
                writer.putLong(region, 16, 0x1122334455667788L);
                writer.putIntRelease(region, 24, -5);
                writer.putLongRelease(region, 32, -6);
                assertEquals(0x01020304, reader.getInt(region, 8));
                assertEquals(0x1122334455667788L, reader.getLong(region, 16));
                assertEquals(-5, reader.getIntAcquire(region, 24));
                assertEquals(-6, reader.getLongAcquire(region, 32));
                assertEquals(writer.getShort(region, 8), reader.getShort(region, 8));
                assertEquals(writer.getByte(region, 9), reader.getByte(region, 9));
                byte[] one = new byte[40];
                byte[] other = new byte[40];
                writer.copy(region, 0, one, 3, 37);
                reader.copy(region, 0, other, 3, 37);
                assertArrayEquals(one, other);
                writer.putInt(region, 8, 0);
            }
        }
    }

    @Test
    void shouldStayInside() {
        try (TestSensor sensor = new TestSensor(64 * 1024)) {
            MappedRegion region = sensor.region("flows4", true);
            MappedRegion readOnly = sensor.region("flows4", false);
            long size = region.size();
            region.getLong(size - 8);
            assertThrows(IndexOutOfBoundsException.class, () -> region.getLong(size - 7));
            assertThrows(IndexOutOfBoundsException.class, () -> region.getByte(-1));
            assertThrows(IndexOutOfBoundsException.class, () -> region.putInt(Long.MAX_VALUE - 1, 1));
            assertThrows(IndexOutOfBoundsException.class, () -> region.copy(size - 4, new byte[8], 0, 8));
            assertThrows(IndexOutOfBoundsException.class, () -> region.copy(0, new byte[8], 4, 5));
            assertThrows(IllegalStateException.class, () -> readOnly.putInt(0, 1));
            assertEquals(
                    "map into memory map non_ip: ENOTSUPP, operation is not supported",
                    assertThrows(
                                    BpfException.class,
                                    () -> sensor.object.map("non_ip").map(false))
                            .getMessage());
        }
    }
}
