// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.flow.internal;

import java.util.Arrays;
import org.jopil.api.event.FlowBatch.EndReason;
import org.jopil.api.event.Protocols;
import org.jopil.api.event.TcpFlags;

/**
 * Flow records of 16 longs each, side by side in chunks: a change to any one of them touches two or three cache lines.
 * The two ends are called A and B, in the order of the key (see {@link FlowKeys}); which of them opened the flow is one
 * of the marks.
 *
 * <pre>
 *   0 meta     1 A hi     2 A lo     3 B hi      4 B lo     5 ports, hash   6 marks       7 last
 *   8 first A  9 first B 10 packets A 11 packets B 12 bytes A 13 bytes B    14 names, record    15 id
 *
 *   5: |63 port A 48|47 port B 32|31 hash 0|
 *   6: |63 announced|62 changed|61 partial|59 end reason 56|48 opener|47 stale B 40|39 stale A 32|31 opening B 24|
 *      |23 opening A 16|15 flags B 8|7 flags A 0|
 *  14: |63 application 40|39 owner 16|15 record 0|
 * </pre>
 */
final class FlowRecords {
    static final int A = 0;
    static final int B = 1;

    /** The first packet from an end: none yet. */
    static final long NEVER = Long.MAX_VALUE;

    static final int META = 0;
    /** A's; B's is two further. */
    static final int ADDRESS_HI = 1;
    /** A's; B's is two further. */
    static final int ADDRESS_LO = 2;

    static final int PORTS_HASH = 5;
    static final int MARKS = 6;
    static final int LAST = 7;
    /** A's; B's is the next, as with packets and bytes. */
    static final int FIRST = 8;

    static final int PACKETS = 10;
    static final int BYTES = 12;
    static final int RECORD = 14;
    /** 45 days of a flow at the default active time-out. */
    static final int MOST_RECORDS = 0xFFFF;

    private static final int OWNER_SHIFT = 16;
    private static final int APPLICATION_SHIFT = 40;
    static final int ID = 15;

    /** Bytes of the marks: TCP flags from A, then from B. */
    static final int FLAGS = 0;
    /** TCP flags of the first packet from there, 0 if it is not known. */
    static final int OPENING = 2;
    /** TCP flags that the kernel's slot had from an earlier connection. */
    static final int STALE = 4;

    static final int OPENER = 6;
    private static final int END_REASON = 7;

    /** By the scan that is going on. */
    static final long CHANGED = 1L << 62;
    /** Listeners know of it. */
    private static final long ANNOUNCED = 1L << 63;

    /** Packets of it may be in the overflow, or among the refused. */
    private static final long PARTIAL = 1L << 61;

    private static final int END_REASON_MASK = 15;

    private static final int WORDS_SHIFT = 4;
    private static final int WORDS = 1 << WORDS_SHIFT;
    /** 256 KiB a chunk: less than half of the smallest region of any collector, so that it is an ordinary object. */
    private static final int CHUNK_SHIFT = 11;

    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

    private long[][] chunks = {};

    int capacity() {
        return chunks.length << CHUNK_SHIFT;
    }

    /** Makes room for at least so many; the records that are there stay where they are. */
    void ensure(int records) {
        int had = chunks.length;
        int needed = records + CHUNK_MASK >> CHUNK_SHIFT;
        if (needed > had) {
            chunks = Arrays.copyOf(chunks, needed);
            for (int chunk = had; chunk < needed; chunk++) {
                chunks[chunk] = new long[WORDS << CHUNK_SHIFT];
            }
        }
    }

    /** Where the words of a record are, from {@link #at} on. */
    long[] words(int i) {
        return chunks[i >> CHUNK_SHIFT];
    }

    static int at(int i) {
        return (i & CHUNK_MASK) << WORDS_SHIFT;
    }

    /** Reads all cache lines of a record. */
    long touch(int i) {
        long[] words = words(i);
        int at = at(i);
        return words[at] ^ words[at + WORDS / 2 - 1] ^ words[at + WORDS - 1];
    }

    private long word(int i, int word) {
        return words(i)[at(i) + word];
    }

    private void word(int i, int word, long value) {
        words(i)[at(i) + word] = value;
    }

    static int mark(long marks, int which) {
        return (int) (marks >>> 8 * which) & 255;
    }

    static long withMark(long marks, int which, int value) {
        return marks & ~(255L << 8 * which) | (value & 255L) << 8 * which;
    }

    private int mark(int i, int which) {
        return mark(word(i, MARKS), which);
    }

    /** A record of a new flow with nothing counted, opened by A. */
    void open(int i, int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        long[] words = words(i);
        int at = at(i);
        Arrays.fill(words, at, at + WORDS, 0);
        words[at + META] = meta;
        words[at + ADDRESS_HI] = aHi;
        words[at + ADDRESS_LO] = aLo;
        words[at + ADDRESS_HI + 2] = bHi;
        words[at + ADDRESS_LO + 2] = bLo;
        words[at + PORTS_HASH] = portsHash(ports, hash);
        words[at + FIRST + A] = NEVER;
        words[at + FIRST + B] = NEVER;
        words[at + RECORD] = 1;
    }

    /** Begins the next record of the same flow: nothing counted, but how far the connection is stays known. */
    void openNext(int i, long id) {
        long[] words = words(i);
        int at = at(i);
        words[at + MARKS] &= ~(CHANGED | ANNOUNCED | 255L << 8 * END_REASON);
        words[at + LAST] = 0;
        for (int end = A; end <= B; end++) {
            words[at + FIRST + end] = NEVER;
            words[at + PACKETS + end] = 0;
            words[at + BYTES + end] = 0;
        }
        words[at + RECORD] += (words[at + RECORD] & MOST_RECORDS) < MOST_RECORDS ? 1 : 0;
        words[at + ID] = id;
    }

    void copy(FlowRecords from, int source, int target) {
        System.arraycopy(from.words(source), at(source), words(target), at(target), WORDS);
    }

    boolean hasKey(int i, int hash, long meta, long aHi, long aLo, long bHi, long bLo, int ports) {
        long[] words = words(i);
        int at = at(i);
        return words[at + PORTS_HASH] == portsHash(ports, hash)
                && words[at + ADDRESS_LO] == aLo
                && words[at + ADDRESS_LO + 2] == bLo
                && words[at + META] == meta
                && words[at + ADDRESS_HI] == aHi
                && words[at + ADDRESS_HI + 2] == bHi;
    }

    private static long portsHash(int ports, int hash) {
        return (long) ports << 32 | hash & 0xFFFF_FFFFL;
    }

    // ---- words

    long id(int i) {
        return word(i, ID);
    }

    void id(int i, long id) {
        word(i, ID, id);
    }

    /** See {@link FlowKeys#meta}. */
    long meta(int i) {
        return word(i, META);
    }

    int hash(int i) {
        return (int) word(i, PORTS_HASH);
    }

    long addressHi(int i, int end) {
        return word(i, ADDRESS_HI + 2 * end);
    }

    long addressLo(int i, int end) {
        return word(i, ADDRESS_LO + 2 * end);
    }

    int port(int i, int end) {
        return (int) (word(i, PORTS_HASH) >>> (end == A ? 48 : 32)) & 0xFFFF;
    }

    long packets(int i, int end) {
        return word(i, PACKETS + end);
    }

    long bytes(int i, int end) {
        return word(i, BYTES + end);
    }

    /** Time of the first packet from there, or {@link #NEVER}. */
    long first(int i, int end) {
        return word(i, FIRST + end);
    }

    long last(int i) {
        return word(i, LAST);
    }

    void last(int i, long ns) {
        word(i, LAST, ns);
    }

    /** 1 for the first record of a flow, 2 for the one that the active time-out opened, … up to {@link #MOST_RECORDS}. */
    int record(int i) {
        return (int) word(i, RECORD) & MOST_RECORDS;
    }

    /** Number in {@link FlowOwners}, 0 while it is not known. */
    int owner(int i) {
        return (int) (word(i, RECORD) >>> OWNER_SHIFT) & Numbers.MOST;
    }

    void owner(int i, int number) {
        word(i, RECORD, withNumber(word(i, RECORD), OWNER_SHIFT, number));
    }

    /** Number in {@link FlowApplications}, 0 while it is not known. */
    int application(int i) {
        return (int) (word(i, RECORD) >>> APPLICATION_SHIFT) & Numbers.MOST;
    }

    void application(int i, int number) {
        word(i, RECORD, withNumber(word(i, RECORD), APPLICATION_SHIFT, number));
    }

    private static long withNumber(long word, int shift, int number) {
        return word & ~((long) Numbers.MOST << shift) | (long) number << shift;
    }

    int flags(int i, int end) {
        return mark(i, FLAGS + end);
    }

    /** {@link #A} or {@link #B}. */
    int opener(int i) {
        return mark(i, OPENER);
    }

    void opener(int i, int end) {
        word(i, MARKS, withMark(word(i, MARKS), OPENER, end));
    }

    /** Ordinal of {@link EndReason}. */
    byte endReason(int i) {
        return (byte) (mark(i, END_REASON) & END_REASON_MASK);
    }

    void endReason(int i, EndReason reason) {
        long marks = word(i, MARKS) & ~((long) END_REASON_MASK << 8 * END_REASON);
        word(i, MARKS, marks | (long) reason.ordinal() << 8 * END_REASON);
    }

    boolean isChanged(int i) {
        return (word(i, MARKS) & CHANGED) != 0;
    }

    boolean isPartial(int i) {
        return (word(i, MARKS) & PARTIAL) != 0;
    }

    void partial(int i) {
        word(i, MARKS, word(i, MARKS) | PARTIAL);
    }

    boolean isAnnounced(int i) {
        return (word(i, MARKS) & ANNOUNCED) != 0;
    }

    /** Listeners know of it and of all its changes. */
    void announced(int i) {
        word(i, MARKS, word(i, MARKS) & ~CHANGED | ANNOUNCED);
    }

    // ---- derived

    long packets(int i) {
        return packets(i, A) + packets(i, B);
    }

    long bytes(int i) {
        return bytes(i, A) + bytes(i, B);
    }

    long first(int i) {
        return Math.min(first(i, A), first(i, B));
    }

    int flags(int i) {
        return flags(i, A) | flags(i, B);
    }

    int ipProtocol(int i) {
        return FlowKeys.ipProtocol(meta(i));
    }

    private int answerer(int i) {
        return opener(i) ^ 1;
    }

    long srcHi(int i) {
        return addressHi(i, opener(i));
    }

    long srcLo(int i) {
        return addressLo(i, opener(i));
    }

    long dstHi(int i) {
        return addressHi(i, answerer(i));
    }

    long dstLo(int i) {
        return addressLo(i, answerer(i));
    }

    int srcPort(int i) {
        return port(i, opener(i));
    }

    int dstPort(int i) {
        return port(i, answerer(i));
    }

    long packetsFwd(int i) {
        return packets(i, opener(i));
    }

    long packetsRev(int i) {
        return packets(i, answerer(i));
    }

    long bytesFwd(int i) {
        return bytes(i, opener(i));
    }

    long bytesRev(int i) {
        return bytes(i, answerer(i));
    }

    byte flagsFwd(int i) {
        return (byte) flags(i, opener(i));
    }

    byte flagsRev(int i) {
        return (byte) flags(i, answerer(i));
    }

    boolean isFinished(int i) {
        return (flags(i, A) & flags(i, B) & TcpFlags.FIN) != 0;
    }

    boolean isReset(int i) {
        return (flags(i) & TcpFlags.RST) != 0;
    }

    State state(int i) {
        if (endReason(i) != 0) {
            return State.ENDED;
        }
        if (ipProtocol(i) != Protocols.TCP) {
            return packets(i, A) > 0 && packets(i, B) > 0 ? State.ESTABLISHED : State.NEW;
        }
        if ((flags(i) & (TcpFlags.FIN | TcpFlags.RST)) != 0) {
            return State.CLOSING;
        }
        // who opened acknowledges only what was answered
        return (flagsFwd(i) & TcpFlags.ACK) != 0 ? State.ESTABLISHED : State.NEW;
    }

    /** How far a flow is. */
    enum State {
        NEW("new"),
        ESTABLISHED("established"),
        CLOSING("closing"),
        ENDED("ended");

        private final String text;

        State(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }
}
