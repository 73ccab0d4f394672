// SPDX-License-Identifier: Apache-2.0
package org.jopil.replay.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jopil.api.source.AttachMode;
import org.jopil.api.source.InterfaceStatus;
import org.jopil.api.source.Interfaces;

/** The interfaces of a capture in place of the machine's. Known as their first packets come. Any thread. */
final class FileInterfaces implements Interfaces {
    static final String KIND = "replay";
    private static final int MOST_NAME = 64;

    private final String file;
    private final int base;
    /** By number in the file. */
    private final Map<Integer, String> names = new TreeMap<>();

    /**
     * @param base id of the first interface less 1
     */
    FileInterfaces(String file, int base) {
        this.file = file;
        this.base = base;
    }

    /** Letters, digits, and what does no harm in a table, a filter, a file name. */
    static String harmless(String text) {
        String safe = text.replaceAll("[^\\p{IsAlphabetic}\\p{IsDigit}._+-]", "_");
        return safe.length() <= MOST_NAME ? safe : safe.substring(0, MOST_NAME);
    }

    /** Its id in events, flows and counters. */
    synchronized int id(int number, String nameInFile) {
        if (!names.containsKey(number)) {
            String own = nameInFile.isEmpty() ? "" : ":" + harmless(nameInFile);
            String name = KIND + ":" + harmless(file) + own;
            names.put(number, names.containsValue(name) ? name + ":" + number : name);
        }
        return base + 1 + number;
    }

    synchronized List<String> names() {
        return new ArrayList<>(names.values());
    }

    @Override
    public synchronized List<InterfaceStatus> list() {
        return names.entrySet().stream()
                .map(entry -> status(base + 1 + entry.getKey(), entry.getValue()))
                .toList();
    }

    private static InterfaceStatus status(int id, String name) {
        return new InterfaceStatus(
                id,
                name,
                "",
                0,
                KIND,
                "",
                0,
                true,
                InterfaceStatus.State.ATTACHED,
                AttachMode.AUTO,
                KIND,
                KIND,
                "replay: packets are from a file, their times are those of the capture",
                List.of(),
                new InterfaceStatus.DevicePackets(-1, -1, Map.of()));
    }

    @Override
    public synchronized String name(int id) {
        return names.getOrDefault(id - base - 1, "if-" + id);
    }

    @Override
    public InterfaceStatus attach(String name, AttachMode mode) {
        throw ReplayProblems.running(file);
    }

    @Override
    public InterfaceStatus detach(String name) {
        throw ReplayProblems.running(file);
    }
}
