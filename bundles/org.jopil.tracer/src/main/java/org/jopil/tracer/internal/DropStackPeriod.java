// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jopil.api.source.DropStacks.Period;
import org.jopil.api.source.DropStacks.Stack;
import org.jopil.bpf.BpfLink;
import org.jopil.bpf.BpfLoader;
import org.jopil.bpf.BpfObject;
import org.jopil.bpf.EpochClock;
import org.jopil.bpf.KernelNames;
import org.jopil.bpf.Layout;

/** Stacks of one period, from the attached program. One thread at a time. */
final class DropStackPeriod implements AutoCloseable {
    /** On one CPU: 8,000 to 32,000 a second, by the kernel's HZ; a stack takes one to two microseconds. */
    private static final int STACKS_PER_JIFFY = 32;

    /** For loading it, and until somebody takes it away. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private static final int MOST_STACKS = 64;

    private static final int FRAMES = (Layout.DROP_STACK_SIZE - Layout.DROP_STACK_FRAMES_OFFSET) / Long.BYTES;

    /** As the kernel tells it; {@code frames} begin at the place itself. */
    private record Raw(long location, int reason, List<Long> frames) {}

    private final DropNames names;
    private final Instant begin;
    private final Instant end;
    private final BpfObject object;
    private final BpfLink link;
    private final Map<Long, KernelNames.Symbol> symbols = new HashMap<>();

    /** Attaches the program. */
    DropStackPeriod(BpfLoader loader, DropNames names, Duration length) {
        this.names = names;
        object = loader.open("drop_stack.bpf.o");
        try {
            object.constant("config", config(Instant.now().plus(length).plus(GRACE)));
            object.load();
            link = object.program("jopil_drop_stack").attachTracepoint();
        } catch (RuntimeException e) {
            object.close();
            throw e;
        }
        begin = Instant.now();
        end = begin.plus(length);
    }

    private static byte[] config(Instant atLatest) {
        return ByteBuffer.allocate(Layout.DROP_STACK_CONFIG_SIZE)
                .order(ByteOrder.nativeOrder())
                .putLong(Layout.DROP_STACK_CONFIG_END_NS_OFFSET, EpochClock.ns(atLatest) - EpochClock.minusKernelMono())
                .putInt(Layout.DROP_STACK_CONFIG_STACKS_PER_JIFFY_OFFSET, STACKS_PER_JIFFY)
                .array();
    }

    Period read(boolean running) {
        Map<Raw, Long> counts = new HashMap<>();
        object.map("drop_stacks")
                .forEach((key, values) -> counts.merge(raw(key), sum(values, 0, Long.BYTES), Long::sum));
        List<Map.Entry<Raw, Long>> top = counts.entrySet().stream()
                .sorted(Map.Entry.<Raw, Long>comparingByValue(Comparator.reverseOrder()))
                .limit(MOST_STACKS)
                .toList();
        name(top);
        byte[] books = object.map("drop_stack_books").lookup(0).orElseThrow();
        return new Period(
                begin,
                end,
                running,
                book(books, Layout.DROP_STACK_BOOK_OBSERVED_OFFSET),
                book(books, Layout.DROP_STACK_BOOK_TAKEN_OFFSET),
                book(books, Layout.DROP_STACK_BOOK_LEFT_OUT_OFFSET),
                book(books, Layout.DROP_STACK_BOOK_NO_ROOM_OFFSET),
                top.stream()
                        .map(entry -> stack(entry.getKey(), entry.getValue()))
                        .toList());
    }

    private static long book(byte[] books, int field) {
        return sum(books, field, Layout.DROP_STACK_BOOK_SIZE);
    }

    private static long sum(byte[] values, int field, int size) {
        ByteBuffer cpus = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
        long sum = 0;
        for (int at = field; at < values.length; at += size) {
            sum += cpus.getLong(at);
        }
        return sum;
    }

    /** Without what the tracing itself put on the stack. */
    private static Raw raw(byte[] key) {
        ByteBuffer stack = ByteBuffer.wrap(key).order(ByteOrder.nativeOrder());
        long location = stack.getLong(Layout.DROP_STACK_LOCATION_OFFSET);
        List<Long> frames = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            long frame = stack.getLong(Layout.DROP_STACK_FRAMES_OFFSET + i * Long.BYTES);
            if (frame == 0) {
                break;
            }
            if (frame == location) {
                frames.clear();
            }
            frames.add(frame);
        }
        return new Raw(location, stack.getInt(Layout.DROP_STACK_REASON_OFFSET), frames);
    }

    private void name(List<Map.Entry<Raw, Long>> stacks) {
        long[] unknown = stacks.stream()
                .flatMap(entry -> {
                    List<Long> all = new ArrayList<>(entry.getKey().frames());
                    all.add(entry.getKey().location());
                    return all.stream();
                })
                .mapToLong(Long::longValue)
                .filter(address -> !symbols.containsKey(address))
                .distinct()
                .toArray();
        if (unknown.length > 0) {
            symbols.putAll(KernelNames.symbols(unknown));
        }
    }

    private Stack stack(Raw raw, long packets) {
        KernelNames.Symbol place = symbols.getOrDefault(raw.location(), new KernelNames.Symbol("", 0));
        return new Stack(
                names.reason(raw.reason()),
                place.name(),
                place.offset(),
                raw.frames().stream().map(this::text).toList(),
                packets);
    }

    private String text(long frame) {
        KernelNames.Symbol symbol = symbols.get(frame);
        return symbol == null ? "?" : symbol.name() + "+0x" + Long.toHexString(symbol.offset());
    }

    /** Detaches and frees. */
    @Override
    public void close() {
        link.close();
        object.close();
    }
}
