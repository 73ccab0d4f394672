// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A capture file in place of the wire: its packets go through the same analyzers, under the capture's times. An instance
 * shows the wire or a file, never both: what reads the kernel is switched off meanwhile, and analyzers begin anew when a
 * replay starts and when it is taken back. Any thread.
 */
@ProviderType
public interface Replays {
    /** Speed of {@link #start}: as fast as every analyzer can take it in. */
    double FASTEST = 0;

    /**
     * Begins to replay a file of the machine that JOPIL runs on. One that has ended makes room.
     *
     * @param speed times as fast as it was recorded, or {@link #FASTEST}
     * @throws org.jopil.api.JopilException {@code JOPIL-142} no capture, or it cannot be read, {@code 143} an interface is
     *     watched, {@code 144} another one runs
     */
    Status start(Path file, double speed);

    /**
     * As above, of a copy that is deleted afterwards.
     *
     * @param name of the file, as it is shown
     * @param in its bytes; read to their end, not closed
     * @throws org.jopil.api.JopilException also {@code JOPIL-413} it is larger than is taken
     */
    Status start(String name, InputStream in, double speed);

    /** As of now. */
    Status status();

    /** Ends a replay, takes back what it showed, and lets the sensor come back. Without one it does nothing. */
    Status stop();

    /** What an instance does with a file. */
    enum State {
        /** The wire is shown. */
        NONE,
        /** Packets are read. */
        RUNNING,
        /** All packets were read; they are shown until {@link Replays#stop}. */
        ENDED
    }

    /**
     * What became of a file. Everything but the state is of no meaning in {@link State#NONE}.
     *
     * @param number counted since the instance started; 0 before the first
     * @param file its name, without the path
     * @param speed as in {@link #start}
     * @param linkTypes names of what frames start with, those that were met so far
     * @param interfaces names of the interfaces that were met so far, as they are shown
     * @param packets that were counted
     * @param bytes of these, on the wire
     * @param skipped packets that were not counted, by reason
     * @param firstNs earliest time of a packet, nanoseconds since the epoch; empty before the first
     * @param lastNs latest
     * @param readBytes of the file
     * @param fileBytes its size
     * @param end why it ended, one sentence; empty while it runs
     */
    record Status(
            State state,
            long number,
            String file,
            double speed,
            List<String> linkTypes,
            List<String> interfaces,
            long packets,
            long bytes,
            Map<String, Long> skipped,
            OptionalLong firstNs,
            OptionalLong lastNs,
            long readBytes,
            long fileBytes,
            String end) {
        /** While the wire is shown. */
        public static final Status NOTHING = new Status(
                State.NONE,
                0,
                "",
                FASTEST,
                List.of(),
                List.of(),
                0,
                0,
                Map.of(),
                OptionalLong.empty(),
                OptionalLong.empty(),
                0,
                0,
                "");

        public Status {
            linkTypes = List.copyOf(linkTypes);
            interfaces = List.copyOf(interfaces);
            skipped = Map.copyOf(skipped);
        }

        /** Whether a file is shown. */
        public boolean isShown() {
            return state != State.NONE;
        }
    }
}
