// SPDX-License-Identifier: Apache-2.0
package org.jopil.application.internal;

/** The questions of one flow that wait for an answer. Where there are too many the oldest is forgotten. */
final class DnsQuestions {
    private static final int CAPACITY = 16;

    private final long[] keys = new long[CAPACITY];
    private final long[] timesNs = new long[CAPACITY];
    private final boolean[] waiting = new boolean[CAPACITY];
    private final long[] answeredNs = new long[CAPACITY];
    private int next;
    private int used;

    /** Asked again, it has waited since it was asked first. */
    void ask(int id, int type, String name, long timestampNs) {
        long key = key(id, type, name);
        for (int i = 0; i < used; i++) {
            if (waiting[i] && keys[i] == key) {
                return;
            }
        }
        keys[next] = key;
        timesNs[next] = timestampNs;
        waiting[next] = true;
        next = (next + 1) % CAPACITY;
        used = Math.min(CAPACITY, used + 1);
    }

    /**
     * Nanoseconds since it was asked, -1 if that was not seen; a second answer has no question left. One of TCP may come
     * again with more of it, which its time tells.
     */
    long answer(int id, int type, String name, long timestampNs) {
        long key = key(id, type, name);
        for (int i = 0; i < used; i++) {
            if (keys[i] == key && (waiting[i] || answeredNs[i] == timestampNs)) {
                waiting[i] = false;
                answeredNs[i] = timestampNs;
                return timestampNs - timesNs[i];
            }
        }
        return -1;
    }

    private static long key(int id, int type, String name) {
        int hash = 0;
        for (int i = 0; i < name.length(); i++) {
            // an answer may have the letters in the other case (RFC 4343)
            hash = 31 * hash + Character.toLowerCase(name.charAt(i));
        }
        return (long) id << 48 | (long) type << 32 | (hash & 0xFFFF_FFFFL);
    }
}
