// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that watches traffic, in one of its settings. */
interface Tool {
    /** What came of watching. {@code packets} is empty where the tool does not say, {@code flows} where it has none. */
    record Seen(Optional<Long> packets, Optional<Map<FlowKey, FlowCount>> flows, Map<String, Long> details) {
        static Seen packets(long packets) {
            return new Seen(Optional.of(packets), Optional.empty(), Map.of());
        }

        static Seen flows(long packets, Map<FlowKey, FlowCount> flows) {
            return new Seen(Optional.of(packets), Optional.of(flows), Map.of());
        }
    }

    /** A running observation of one wire. {@link #close} ends it, by force if need be. */
    interface Watch extends AutoCloseable {
        /** Its process; empty where there is none. */
        Optional<ProcessHandle> process();

        /** Whether a user could see data of this wire now. */
        boolean hasData();

        /**
         * Ends the observation; what it saw.
         *
         * @param sent packets that it can be waited for, for a bounded time
         */
        Seen stop(long sent);

        @Override
        void close();
    }

    /** A watch that sees nothing and needs no CPU time of its own. */
    abstract class Blind implements Watch {
        @Override
        public Optional<ProcessHandle> process() {
            return Optional.empty();
        }

        @Override
        public boolean hasData() {
            return false;
        }

        @Override
        public Seen stop(long sent) {
            return new Seen(Optional.empty(), Optional.empty(), Map.of());
        }
    }

    /** As in tables. */
    String name();

    /** {@code default}, {@code best} or {@code everything on}. */
    String setting();

    /** As it says itself. */
    String version();

    /** The command line, WIRE for the interface and DIR for a directory. */
    String command();

    /** What it calls the bytes of a flow. */
    default FlowCount.Bytes bytes() {
        return FlowCount.Bytes.FRAME;
    }

    /** Whether it holds the last packets back until others come. */
    default boolean holdsBack() {
        return false;
    }

    /** Most packets of a run that it gets: slow tools are measured on fewer, and the table says so. */
    default long mostPackets() {
        return Long.MAX_VALUE;
    }

    /** Returns when it sees the packets of this wire. */
    Watch watch(Topology.Wire wire);

    /** Name and setting, as {@code tcpdump, best}. */
    default String title() {
        return Tables.titleOf(new String[] {name(), setting()});
    }

    /** No tool: what the traffic does when nobody looks. */
    static Tool none() {
        return new Tool() {
            @Override
            public String name() {
                return "none";
            }

            @Override
            public String setting() {
                return "";
            }

            @Override
            public String version() {
                return "";
            }

            @Override
            public String command() {
                return "";
            }

            @Override
            public Watch watch(Topology.Wire wire) {
                return new Blind() {
                    @Override
                    public void close() {}
                };
            }
        };
    }

    /** Words of a command line, told apart by blanks. */
    static List<String> words(String line) {
        return List.of(line.split(" ", -1));
    }
}
