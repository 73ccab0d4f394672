// SPDX-License-Identifier: Apache-2.0
package org.jopil.capture.internal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jopil.bpf.Layout;
import org.jopil.bpf.MappedRegion;

/** Records of one CPU, in their order, between its ring and the output. One thread; allocates only to grow. */
final class CpuFrames {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
    private static final int FIRST_BYTES = 64 << 10;
    private static final int ALIGNMENT = 8;

    private byte[] bytes = new byte[FIRST_BYTES];
    private int head;
    private int tail;

    void add(MappedRegion data, long at) {
        int captured = data.getInt(at + Layout.CAPTURE_EVENT_CAPTURED_OFFSET);
        int length = Layout.CAPTURE_EVENT_DATA_OFFSET + captured;
        reserve(padded(length));
        data.copy(at, bytes, tail, length);
        tail += padded(length);
    }

    boolean isEmpty() {
        return head == tail;
    }

    /** Bytes that wait here. */
    int size() {
        return tail - head;
    }

    /** Takes the oldest record out. */
    void remove() {
        head += padded(Layout.CAPTURE_EVENT_DATA_OFFSET + int32(Layout.CAPTURE_EVENT_CAPTURED_OFFSET));
        if (head == tail) {
            head = 0;
            tail = 0;
        }
    }

    long timestampNs() {
        return int64(Layout.CAPTURE_EVENT_TIMESTAMP_NS_OFFSET);
    }

    /** A field of the oldest record. */
    long int64(int offset) {
        return (long) LONG.get(bytes, head + offset);
    }

    int int32(int offset) {
        return (int) INT.get(bytes, head + offset);
    }

    int uint16(int offset) {
        return Short.toUnsignedInt((short) SHORT.get(bytes, head + offset));
    }

    int uint8(int offset) {
        return Byte.toUnsignedInt(bytes[head + offset]);
    }

    /** Copies the oldest record's data. */
    void copyData(int from, byte[] to, int at, int length) {
        System.arraycopy(bytes, head + Layout.CAPTURE_EVENT_DATA_OFFSET + from, to, at, length);
    }

    private static int padded(int length) {
        return length + ALIGNMENT - 1 & -ALIGNMENT;
    }

    private void reserve(int more) {
        if (bytes.length - tail >= more) {
            return;
        }
        int size = size();
        if (bytes.length - size < more || size > bytes.length / 2) {
            bytes = Arrays.copyOfRange(bytes, head, head + Math.max(2 * bytes.length, size + more));
        } else {
            System.arraycopy(bytes, head, bytes, 0, size);
        }
        head = 0;
        tail = size;
    }
}
