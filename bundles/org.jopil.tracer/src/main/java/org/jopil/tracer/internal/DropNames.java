// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.jopil.api.source.DropSource.Place;
import org.jopil.bpf.KernelNames;
import org.jopil.bpf.Layout;

/** Names for the kernel's numbers in a drop. Any thread. */
final class DropNames {
    private static final KernelNames.Symbol HIDDEN = new KernelNames.Symbol("", 0);

    /** As the kernel counts it: {@code struct drop_key}. */
    record Key(long location, int reason, int ifindex, int netns, long hooked) {
        static Key of(byte[] bytes) {
            ByteBuffer key = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            return new Key(
                    key.getLong(Layout.DROP_KEY_LOCATION_OFFSET),
                    key.getInt(Layout.DROP_KEY_REASON_OFFSET),
                    key.getInt(Layout.DROP_KEY_IFINDEX_OFFSET),
                    key.getInt(Layout.DROP_KEY_NETNS_OFFSET),
                    key.getLong(Layout.DROP_KEY_HOOKED_OFFSET));
        }
    }

    private final DropReasons reasons = new DropReasons();
    private final Map<Long, KernelNames.Symbol> symbols = new HashMap<>();
    private final InterfaceNames interfaces = new InterfaceNames();

    /** This kernel's number of a reason; -1 if it does not know it. */
    int number(String reason) {
        return reasons.number(reason);
    }

    /** Looks up what is new, for all at once. */
    synchronized void prepare(Collection<Key> keys) {
        long[] unknown = keys.stream()
                .flatMapToLong(key -> LongStream.of(key.location(), key.hooked()))
                .filter(location -> location != 0 && !symbols.containsKey(location))
                .distinct()
                .toArray();
        if (unknown.length > 0) {
            Map<Long, KernelNames.Symbol> found = KernelNames.symbols(unknown);
            for (long location : unknown) {
                symbols.put(location, found.getOrDefault(location, HIDDEN));
            }
        }
        interfaces.prepare(keys);
    }

    /** Whether all of its names are known, or never will be. */
    synchronized boolean isComplete(Key key) {
        return (key.location() == 0 || symbols.containsKey(key.location()))
                && interfaces.knows(key.netns(), key.ifindex());
    }

    synchronized Place place(Key key) {
        KernelNames.Symbol symbol = symbols.getOrDefault(key.location(), HIDDEN);
        return new Place(
                reasons.name(key.reason()),
                symbol.name(),
                symbol.offset(),
                Hooks.of(
                        symbol.name(),
                        symbols.getOrDefault(key.hooked(), HIDDEN).name()),
                interfaces.name(key.netns(), key.ifindex()),
                interfaces.namespace(key.netns()));
    }

    /** As a {@link Place} has it. */
    String reason(int reason) {
        return reasons.name(reason);
    }
}
