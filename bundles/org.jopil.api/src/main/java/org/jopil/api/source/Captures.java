// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.LongFunction;
import org.jopil.api.filter.FilterException;
import org.osgi.annotation.versioning.ProviderType;

/** Captures: frames by a filter, written as pcapng. Costs nothing while none runs. Any thread. */
@ProviderType
public interface Captures {
    /** Most bytes that are ever kept of a frame: all of it, but of the largest super-packets. */
    int MAX_SNAPLEN = 262_144;

    /** Least size of a ring's file: one that the largest frame fits in. */
    long MIN_RING_FILE_BYTES = 1 << 20;

    /**
     * Begins to capture; it goes on until it ends by itself or is closed.
     *
     * @throws FilterException on a mistake in the filter
     * @throws org.jopil.api.JopilException {@code JOPIL-124} no such interface, {@code 163} the target cannot be written,
     *     {@code 164} too many run at a time, {@code 101}, {@code 102}, {@code 129}, {@code 130} as for {@link Interfaces}
     */
    Capture begin(Order order, Target target) throws FilterException;

    /** Those that run and the latest that ended, the newest first. */
    List<Entry> entries();

    /**
     * Ends the one of that number, and waits until its output is whole.
     *
     * @param who wants it, for the audit
     * @return false if none of that number runs
     */
    boolean end(long number, String who);

    /**
     * What is wanted.
     *
     * @param interfaces IF or NS/IF, separated by commas; {@code any} for all of our network namespace that are up
     * @param filter pcap primitives; empty for all frames
     * @param snaplenBytes kept of each frame; 0 keeps its headers alone, never payload
     * @param mostFrames after which it ends
     * @param longest after which it ends
     * @param who asked for it, for the audit
     */
    record Order(String interfaces, String filter, int snaplenBytes, long mostFrames, Duration longest, String who) {}

    /** Where to. */
    sealed interface Target {
        /** One file, which is emptied if it is there. */
        record File(Path path) implements Target {}

        /** The newest files, named after {@code path} with a number; no file is larger. */
        record Ring(Path path, int files, long fileBytes) implements Target {}

        /**
         * A stream, flushed whenever nothing more waits.
         *
         * @param name for the audit
         * @param stream made when it begins, for the capture of that number; closed at the end
         */
        record Stream(String name, LongFunction<OutputStream> stream) implements Target {}
    }

    /** A capture that was begun. */
    @ProviderType
    interface Capture extends AutoCloseable {
        State state();

        /**
         * Waits until it has ended, or the time is over.
         *
         * @return as {@link #state()}
         */
        State await(Duration longest) throws InterruptedException;

        /** Ends it, and waits until the file is whole. Idempotent. */
        @Override
        void close();
    }

    /**
     * What became of the frames; each is one observation of one frame, or of one super-packet, as the kernel has it. At the
     * end {@code matched == written + ringFull + notWritten + beyond}.
     *
     * @param running whether it goes on
     * @param end why it ended, one sentence; empty while it runs
     * @param sources where frames come from
     * @param seen at the hooks
     * @param matched passed the filter, as far as that is known
     * @param written are in the output
     * @param ringFull lost, because the kernel's ring was full
     * @param undecidedRingFull of {@code ringFull}: nobody can say whether these would have matched
     * @param notWritten lost, because the output failed
     * @param beyond came after the last one that was wanted
     * @param writtenBytes of the output
     */
    record State(
            boolean running,
            String end,
            List<Source> sources,
            long seen,
            long matched,
            long written,
            long ringFull,
            long undecidedRingFull,
            long notWritten,
            long beyond,
            long writtenBytes) {
        public State {
            sources = List.copyOf(sources);
        }
    }

    /**
     * One interface of a capture.
     *
     * @param filteredBy {@code kernel}, {@code user space, because …}, or {@code nothing}
     */
    record Source(String name, String filteredBy) {}

    /**
     * One line of the audit.
     *
     * @param number from 1 on
     * @param output file, or name of the stream
     */
    record Entry(long number, Instant begun, Order order, String output, State state) {}
}
