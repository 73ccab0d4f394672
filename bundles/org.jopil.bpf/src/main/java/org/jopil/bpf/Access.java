// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How mapped memory is read and written. Offsets were checked by {@link MappedRegion}. One is chosen for the life of the
 * JVM and kept in a constant, so that the compiler sees through it.
 */
abstract class Access {
    abstract byte getByte(MappedRegion region, long at);

    abstract short getShort(MappedRegion region, long at);

    abstract int getInt(MappedRegion region, long at);

    abstract long getLong(MappedRegion region, long at);

    abstract int getIntAcquire(MappedRegion region, long at);

    abstract long getLongAcquire(MappedRegion region, long at);

    abstract void putInt(MappedRegion region, long at, int value);

    abstract void putLong(MappedRegion region, long at, long value);

    abstract void putIntRelease(MappedRegion region, long at, int value);

    abstract void putLongRelease(MappedRegion region, long at, long value);

    abstract void copy(MappedRegion region, long at, byte[] to, int offset, int length);

    /** The fastest that this JVM allows without a warning: from 24 on sun.misc.Unsafe announces its end on stderr. */
    static Access choose() {
        if (Runtime.version().feature() < 24 && Boolean.parseBoolean(System.getProperty("jopil.unsafe", "true"))) {
            try {
                return new Raw();
            } catch (ReflectiveOperationException | RuntimeException e) {
                // the JVM does not offer it: plain JDK means below do the same
            }
        }
        return new Buffers();
    }

    /** View handles on the region's direct buffer; plain JDK. */
    static final class Buffers extends Access {
        private static final VarHandle SHORT =
                MethodHandles.byteBufferViewVarHandle(short[].class, ByteOrder.nativeOrder());
        private static final VarHandle INT =
                MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());
        private static final VarHandle LONG =
                MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

        @Override
        byte getByte(MappedRegion region, long at) {
            return region.buffer().get((int) at);
        }

        @Override
        short getShort(MappedRegion region, long at) {
            return (short) SHORT.get(region.buffer(), (int) at);
        }

        @Override
        int getInt(MappedRegion region, long at) {
            return (int) INT.get(region.buffer(), (int) at);
        }

        @Override
        long getLong(MappedRegion region, long at) {
            return (long) LONG.get(region.buffer(), (int) at);
        }

        @Override
        int getIntAcquire(MappedRegion region, long at) {
            return (int) INT.getAcquire(region.buffer(), (int) at);
        }

        @Override
        long getLongAcquire(MappedRegion region, long at) {
            return (long) LONG.getAcquire(region.buffer(), (int) at);
        }

        @Override
        void putInt(MappedRegion region, long at, int value) {
            INT.set(region.buffer(), (int) at, value);
        }

        @Override
        void putLong(MappedRegion region, long at, long value) {
            LONG.set(region.buffer(), (int) at, value);
        }

        @Override
        void putIntRelease(MappedRegion region, long at, int value) {
            INT.setRelease(region.buffer(), (int) at, value);
        }

        @Override
        void putLongRelease(MappedRegion region, long at, long value) {
            LONG.setRelease(region.buffer(), (int) at, value);
        }

        @Override
        void copy(MappedRegion region, long at, byte[] to, int offset, int length) {
            ByteBuffer buffer = region.buffer();
            buffer.get((int) at, to, offset, length);
        }
    }

    /** sun.misc.Unsafe through constant method handles: as fast as direct calls, and no import of sun.misc. */
    static final class Raw extends Access {
        private static final long BYTE_ARRAY_OFFSET;
        private static final MethodHandle GET_BYTE;
        private static final MethodHandle GET_SHORT;
        private static final MethodHandle GET_INT;
        private static final MethodHandle GET_LONG;
        private static final MethodHandle PUT_INT;
        private static final MethodHandle PUT_LONG;
        private static final MethodHandle COPY;
        private static final ReflectiveOperationException MISSING;

        static {
            long offset = 0;
            MethodHandle[] h = new MethodHandle[7];
            ReflectiveOperationException missing = null;
            try {
                Class<?> type = Class.forName("sun.misc.Unsafe", true, ClassLoader.getPlatformClassLoader());
                Field field = type.getDeclaredField("theUnsafe");
                field.setAccessible(true);
                Object unsafe = field.get(null);
                MethodHandles.Lookup lookup = MethodHandles.publicLookup();
                offset = (long)
                        (int) lookup.findVirtual(type, "arrayBaseOffset", MethodType.methodType(int.class, Class.class))
                                .bindTo(unsafe)
                                .invoke(byte[].class);
                h[0] = bind(lookup, type, unsafe, "getByte", byte.class, long.class);
                h[1] = bind(lookup, type, unsafe, "getShort", short.class, long.class);
                h[2] = bind(lookup, type, unsafe, "getInt", int.class, long.class);
                h[3] = bind(lookup, type, unsafe, "getLong", long.class, long.class);
                h[4] = bind(lookup, type, unsafe, "putInt", void.class, long.class, int.class);
                h[5] = bind(lookup, type, unsafe, "putLong", void.class, long.class, long.class);
                h[6] = bind(
                        lookup,
                        type,
                        unsafe,
                        "copyMemory",
                        void.class,
                        Object.class,
                        long.class,
                        Object.class,
                        long.class,
                        long.class);
            } catch (ReflectiveOperationException e) {
                missing = e;
            } catch (Throwable e) {
                missing = new ReflectiveOperationException(e);
            }
            BYTE_ARRAY_OFFSET = offset;
            GET_BYTE = h[0];
            GET_SHORT = h[1];
            GET_INT = h[2];
            GET_LONG = h[3];
            PUT_INT = h[4];
            PUT_LONG = h[5];
            COPY = h[6];
            MISSING = missing;
        }

        Raw() throws ReflectiveOperationException {
            if (MISSING != null) {
                throw MISSING;
            }
        }

        private static MethodHandle bind(
                MethodHandles.Lookup lookup,
                Class<?> type,
                Object unsafe,
                String name,
                Class<?> result,
                Class<?>... parameters)
                throws ReflectiveOperationException {
            return lookup.findVirtual(type, name, MethodType.methodType(result, parameters))
                    .bindTo(unsafe);
        }

        @Override
        byte getByte(MappedRegion region, long at) {
            try {
                return (byte) GET_BYTE.invokeExact(region.address() + at);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        short getShort(MappedRegion region, long at) {
            try {
                return (short) GET_SHORT.invokeExact(region.address() + at);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        int getInt(MappedRegion region, long at) {
            try {
                return (int) GET_INT.invokeExact(region.address() + at);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        long getLong(MappedRegion region, long at) {
            try {
                return (long) GET_LONG.invokeExact(region.address() + at);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        int getIntAcquire(MappedRegion region, long at) {
            int value = getInt(region, at);
            VarHandle.acquireFence();
            return value;
        }

        @Override
        long getLongAcquire(MappedRegion region, long at) {
            long value = getLong(region, at);
            VarHandle.acquireFence();
            return value;
        }

        @Override
        void putInt(MappedRegion region, long at, int value) {
            try {
                PUT_INT.invokeExact(region.address() + at, value);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        void putLong(MappedRegion region, long at, long value) {
            try {
                PUT_LONG.invokeExact(region.address() + at, value);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        @Override
        void putIntRelease(MappedRegion region, long at, int value) {
            VarHandle.releaseFence();
            putInt(region, at, value);
        }

        @Override
        void putLongRelease(MappedRegion region, long at, long value) {
            VarHandle.releaseFence();
            putLong(region, at, value);
        }

        @Override
        void copy(MappedRegion region, long at, byte[] to, int offset, int length) {
            try {
                COPY.invokeExact(
                        (Object) null, region.address() + at, (Object) to, BYTE_ARRAY_OFFSET + offset, (long) length);
            } catch (Throwable e) {
                throw impossible(e);
            }
        }

        private static IllegalStateException impossible(Throwable e) {
            return new IllegalStateException("mapped memory", e);
        }
    }
}
