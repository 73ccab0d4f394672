// SPDX-License-Identifier: Apache-2.0
package org.jopil.bpf.net;

import com.sun.jna.LastErrorException;
import com.sun.jna.Memory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Asks drivers by the ioctl SIOCETHTOOL (linux/ethtool.h of Linux 6.18); the kernel takes its rtnl lock for each question.
 * What a driver does not tell is empty. One thread; belongs to that thread's namespace.
 */
final class Ethtool implements AutoCloseable {
    private static final long SIOCETHTOOL = 0x8946;
    private static final int GDRVINFO = 3;
    private static final int GRXCSUM = 0x14;
    private static final int GTXCSUM = 0x16;
    private static final int GSTRINGS = 0x1B;
    private static final int GSTATS = 0x1D;
    private static final int GTSO = 0x1E;
    private static final int GGSO = 0x23;
    private static final int GFLAGS = 0x25;
    private static final int GGRO = 0x2B;
    private static final int GCHANNELS = 0x3C;
    private static final int GLINKSETTINGS = 0x4C;

    private static final int IFREQ_BYTES = 40;
    private static final int IFNAMSIZ = 16;

    private static final int DRVINFO_BYTES = 196;
    private static final int DRVINFO_DRIVER_OFFSET = 4;
    private static final int DRVINFO_VERSION_OFFSET = 36;
    private static final int DRVINFO_BUS_INFO_OFFSET = 100;
    private static final int DRVINFO_N_STATS_OFFSET = 180;

    private static final int CHANNELS_BYTES = 36;
    private static final int CHANNELS_RX_COUNT_OFFSET = 20;
    private static final int CHANNELS_TX_COUNT_OFFSET = 24;
    private static final int CHANNELS_COMBINED_COUNT_OFFSET = 32;

    private static final int LINK_SETTINGS_BYTES = 48;
    private static final int LINK_SETTINGS_SPEED_OFFSET = 4;
    private static final int LINK_SETTINGS_DUPLEX_OFFSET = 8;
    private static final int LINK_SETTINGS_NWORDS_OFFSET = 15;
    private static final int LINK_MODE_MASKS = 3;
    private static final int DUPLEX_HALF = 0;
    private static final int DUPLEX_FULL = 1;

    private static final int ETH_SS_STATS = 1;
    private static final int ETH_GSTRING_LEN = 32;
    private static final int STRINGS_DATA_OFFSET = 12;
    private static final int STATS_DATA_OFFSET = 8;
    /** Kernels before 6.18 fill in as many as there are now, not as many as we had room for. */
    private static final int ROOM_FOR_MORE = 4096;

    private static final int ETH_FLAG_TXVLAN = 1 << 7;
    private static final int ETH_FLAG_RXVLAN = 1 << 8;
    private static final int ETH_FLAG_LRO = 1 << 15;

    private final int fd;

    /** @throws NetException if there is no socket to ask by */
    Ethtool() {
        try {
            fd = LibC.socket(LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        } catch (LastErrorException e) {
            throw new NetException("socket for ethtool", e.getErrorCode());
        }
    }

    /**
     * ETHTOOL_GDRVINFO.
     *
     * @param bus empty if the device is on none
     */
    record Driver(String name, String version, String bus, int counters) {}

    /** ETHTOOL_GLINKSETTINGS. Megabits per second; empty what the driver does not know, as without a carrier. */
    record Speed(Optional<Integer> mbps, Optional<String> duplex) {}

    /** ETHTOOL_GCHANNELS: queues in use, the combined ones in both. */
    record Channels(int rx, int tx) {}

    Optional<Driver> driver(String device) {
        try (Memory info = command(DRVINFO_BYTES, GDRVINFO)) {
            return ask(device, info)
                    ? Optional.of(new Driver(
                            info.getString(DRVINFO_DRIVER_OFFSET),
                            info.getString(DRVINFO_VERSION_OFFSET),
                            info.getString(DRVINFO_BUS_INFO_OFFSET),
                            info.getInt(DRVINFO_N_STATS_OFFSET)))
                    : Optional.empty();
        }
    }

    /** The kernel tells first how many words its masks have, then what is asked. */
    Speed speed(String device) {
        Speed unknown = new Speed(Optional.empty(), Optional.empty());
        int words;
        try (Memory question = command(LINK_SETTINGS_BYTES, GLINKSETTINGS)) {
            if (!ask(device, question)) {
                return unknown;
            }
            words = -question.getByte(LINK_SETTINGS_NWORDS_OFFSET);
        }
        if (words <= 0) {
            return unknown;
        }
        try (Memory settings = command(LINK_SETTINGS_BYTES + LINK_MODE_MASKS * words * Integer.BYTES, GLINKSETTINGS)) {
            settings.setByte(LINK_SETTINGS_NWORDS_OFFSET, (byte) words);
            if (!ask(device, settings)) {
                return unknown;
            }
            int mbps = settings.getInt(LINK_SETTINGS_SPEED_OFFSET);
            int duplex = settings.getByte(LINK_SETTINGS_DUPLEX_OFFSET);
            return new Speed(
                    mbps > 0 ? Optional.of(mbps) : Optional.empty(),
                    switch (duplex) {
                        case DUPLEX_HALF -> Optional.of("half");
                        case DUPLEX_FULL -> Optional.of("full");
                        default -> Optional.empty();
                    });
        }
    }

    Optional<Channels> channels(String device) {
        try (Memory channels = command(CHANNELS_BYTES, GCHANNELS)) {
            if (!ask(device, channels)) {
                return Optional.empty();
            }
            int combined = channels.getInt(CHANNELS_COMBINED_COUNT_OFFSET);
            return Optional.of(new Channels(
                    combined + channels.getInt(CHANNELS_RX_COUNT_OFFSET),
                    combined + channels.getInt(CHANNELS_TX_COUNT_OFFSET)));
        }
    }

    /** Those that are on, under the names of {@code ethtool -k}; empty if one of them is not told. */
    Optional<List<String>> offloads(String device) {
        List<String> on = new ArrayList<>();
        Map<String, Integer> asked = new LinkedHashMap<>();
        asked.put("rx-checksumming", GRXCSUM);
        asked.put("tx-checksumming", GTXCSUM);
        asked.put("tcp-segmentation-offload", GTSO);
        asked.put("generic-segmentation-offload", GGSO);
        asked.put("generic-receive-offload", GGRO);
        for (Map.Entry<String, Integer> offload : asked.entrySet()) {
            Optional<Integer> value = value(device, offload.getValue());
            if (value.isEmpty()) {
                return Optional.empty();
            }
            if (value.get() != 0) {
                on.add(offload.getKey());
            }
        }
        return value(device, GFLAGS).map(flags -> {
            if ((flags & ETH_FLAG_LRO) != 0) {
                on.add("large-receive-offload");
            }
            if ((flags & ETH_FLAG_RXVLAN) != 0) {
                on.add("rx-vlan-offload");
            }
            if ((flags & ETH_FLAG_TXVLAN) != 0) {
                on.add("tx-vlan-offload");
            }
            return on;
        });
    }

    private Optional<Integer> value(String device, int command) {
        try (Memory value = command(2 * Integer.BYTES, command)) {
            return ask(device, value) ? Optional.of(value.getInt(Integer.BYTES)) : Optional.empty();
        }
    }

    /** The driver's own counters ({@code ethtool -S}) in its order; empty if it has none, or changed them meanwhile. */
    Map<String, Long> counters(String device) {
        int count = driver(device).map(Driver::counters).orElse(0);
        if (count <= 0) {
            return Map.of();
        }
        try (Memory strings = command(STRINGS_DATA_OFFSET + (count + ROOM_FOR_MORE) * ETH_GSTRING_LEN, GSTRINGS);
                Memory stats = command(STATS_DATA_OFFSET + (count + ROOM_FOR_MORE) * Long.BYTES, GSTATS)) {
            strings.setInt(Integer.BYTES, ETH_SS_STATS);
            strings.setInt(2 * Integer.BYTES, count);
            stats.setInt(Integer.BYTES, count);
            if (!ask(device, strings)
                    || !ask(device, stats)
                    || strings.getInt(2 * Integer.BYTES) != count
                    || stats.getInt(Integer.BYTES) != count) {
                return Map.of();
            }
            Map<String, Long> counters = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                counters.put(
                        text(strings, STRINGS_DATA_OFFSET + i * ETH_GSTRING_LEN),
                        stats.getLong(STATS_DATA_OFFSET + (long) i * Long.BYTES));
            }
            return Collections.unmodifiableMap(counters);
        }
    }

    /** A name that fills its place has no zero behind it. */
    private static String text(Memory from, int at) {
        byte[] bytes = from.getByteArray(at, ETH_GSTRING_LEN);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8).trim();
    }

    private static Memory command(int bytes, int command) {
        Memory memory = new Memory(bytes);
        memory.clear();
        memory.setInt(0, command);
        return memory;
    }

    /** False if the driver does not tell, or the device is gone. */
    private boolean ask(String device, Memory command) {
        byte[] name = device.getBytes(StandardCharsets.UTF_8);
        try (Memory ifreq = new Memory(IFREQ_BYTES)) {
            ifreq.clear();
            ifreq.write(0, name, 0, Math.min(name.length, IFNAMSIZ - 1));
            ifreq.setPointer(IFNAMSIZ, command);
            LibC.ioctl(fd, SIOCETHTOOL, ifreq);
            return true;
        } catch (LastErrorException e) {
            return false;
        }
    }

    @Override
    public void close() {
        LibC.close(fd);
    }
}
