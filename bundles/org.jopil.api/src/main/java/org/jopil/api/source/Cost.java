// SPDX-License-Identifier: Apache-2.0
package org.jopil.api.source;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import org.jopil.api.event.Direction;
import org.osgi.annotation.versioning.ProviderType;

/** What watching costs. Any thread. */
@ProviderType
public interface Cost {
    /** Longest time for which run times are measured at a stretch. */
    Duration LONGEST = Duration.ofMinutes(10);

    /** Bytes of kernel memory in our maps and rings. */
    long kernelBytes();

    /** How the memory budget is shared out here; empty while nothing could be loaded, for which there is a health check. */
    Optional<MemoryPlan> memory();

    /** Our programs that are attached now; runs and run times since they were loaded, as far as they were measured. */
    List<Program> programs();

    /** The measurement that goes on, else the last one; empty if there was none since the start. */
    Optional<Measurement> measurement();

    /**
     * Lets the kernel measure the run times of all BPF programs of the machine, for so long (BPF_ENABLE_STATS, Linux 5.8):
     * that costs every run of every program two readings of the clock. It ends by itself, with the sensor, and with the
     * process. A measurement that goes on is continued until then.
     *
     * @param period from now, at most {@link #LONGEST}
     * @throws org.jopil.api.JopilException if the kernel or the rights do not allow it
     */
    Measurement measure(Duration period);

    /**
     * What was measured so far.
     *
     * @param begin when it began
     * @param end when it ended, or will end
     * @param running whether it goes on
     * @param measuringNs what a run of an empty program showed: nanoseconds of every run that are the measuring itself
     * @param programs our programs that were attached meanwhile
     */
    record Measurement(Instant begin, Instant end, boolean running, double measuringNs, List<Program> programs) {
        /**
         * Run time of all programs at interfaces per wire packet, without the measuring itself; empty if no packet came.
         */
        public OptionalDouble nsPerPacket() {
            return perPacket(program -> program.netNs(measuringNs));
        }

        /** As the kernel tells it, the measuring itself included. */
        public OptionalDouble grossNsPerPacket() {
            return perPacket(Program::runTimeNs);
        }

        private OptionalDouble perPacket(ToDoubleFunction<Program> runTimeNs) {
            double ns = programs.stream()
                    .filter(program -> !program.interfaceName().isEmpty())
                    .mapToDouble(runTimeNs)
                    .sum();
            long packets = programs.stream().mapToLong(Program::packets).sum();
            return packets == 0 ? OptionalDouble.empty() : OptionalDouble.of(ns / packets);
        }
    }

    /**
     * One attached program.
     *
     * @param interfaceName where; empty if it sees the whole machine
     * @param direction which packets it sees; null if it does not go by that
     * @param hook at which hook
     * @param name of the program
     * @param id the kernel's
     * @param runs how often it ran
     * @param packets wire packets that it counted: more than runs where super-packets pass, none of a program that only
     *     marks, or traces
     * @param runTimeNs of all runs, as the kernel tells it
     */
    record Program(
            String interfaceName,
            Direction direction,
            String hook,
            String name,
            int id,
            long runs,
            long packets,
            long runTimeNs) {
        /** Of all runs, without the measuring itself. */
        public double netNs(double measuringNs) {
            return Math.max(0, runTimeNs - runs * measuringNs);
        }
    }
}
