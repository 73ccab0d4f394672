// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A tool of the machine that listens on a packet socket. Each measurement has a process of its own, in the watched
 * namespace, with a directory in memory for what it writes.
 */
final class Peer implements Tool {
    private static final Duration START_LIMIT = Duration.ofSeconds(15);
    private static final Duration STOP_LIMIT = Duration.ofSeconds(60);
    /** From the bound socket to the ring being mapped; no tool tells. */
    private static final Duration SETTLING = Duration.ofMillis(500);

    static final String TCPDUMP_SEEN = "(\\d+) packets? captured";
    static final String DUMPCAP_SEEN = "Packets captured: (\\d+)";
    static final String SOFTFLOWD_SEEN = "Packets processed: *(\\d+)";

    private static final int PCAP_HEADER_BYTES = 24;
    private static final int PCAPNG_HEADER_BYTES = 400;
    private static final int ARGUS_HEADER_BYTES = 128;

    /** Reads what a running process knows, or what it left behind. */
    private interface Reader {
        Seen read(Path directory);
    }

    /**
     * How a tool is asked. {@code live}: it must be asked before it ends, and it holds the last packets back until
     * others come.
     */
    private record Manner(FlowCount.Bytes bytes, boolean live, Predicate<Path> hasData, Reader reader) {}

    private final String name;
    private final String setting;
    private final String command;
    private final String version;
    private final Map<String, String> files;
    private final Manner manner;
    private final long mostPackets;
    private final Path work;

    private Peer(
            String name,
            String setting,
            String command,
            Map<String, String> files,
            Manner manner,
            long mostPackets,
            Path work) {
        this.name = name;
        this.setting = setting;
        this.command = command;
        this.files = files;
        this.manner = manner;
        this.mostPackets = mostPackets;
        this.work = work;
        version = version(name);
    }

    /** Those of the known peers that this machine has, each at its default and at its best known settings. */
    static List<Tool> present(Path work) {
        List<Tool> peers = new ArrayList<>();
        Manner tcpdump = new Manner(
                FlowCount.Bytes.FRAME,
                false,
                directory -> size(directory.resolve("packets")) > PCAP_HEADER_BYTES,
                directory -> captured(directory, TCPDUMP_SEEN));
        add(peers, work, "tcpdump", "default", "tcpdump -Z root -i WIRE -w DIR/packets", Map.of(), tcpdump);
        add(
                peers,
                work,
                "tcpdump",
                "best",
                "tcpdump -Z root -n -B 65536 -s 96 -i WIRE -w DIR/packets",
                Map.of(),
                tcpdump);
        Manner dumpcap = new Manner(
                FlowCount.Bytes.FRAME,
                false,
                directory -> size(directory.resolve("packets")) > PCAPNG_HEADER_BYTES,
                directory -> captured(directory, DUMPCAP_SEEN));
        add(peers, work, "dumpcap", "default", "dumpcap -q -i WIRE -w DIR/packets", Map.of(), dumpcap);
        add(peers, work, "dumpcap", "best", "dumpcap -q -B 64 -s 96 -i WIRE -w DIR/packets", Map.of(), dumpcap);
        Manner tshark = new Manner(
                FlowCount.Bytes.FRAME,
                false,
                directory -> size(directory.resolve("out")) > 0,
                directory -> captured(directory, TCPDUMP_SEEN));
        add(peers, work, "tshark", "default", "tshark -l -i WIRE", Map.of(), tshark);
        add(peers, work, "tshark", "best", "tshark -l -n -B 64 -s 96 -i WIRE", Map.of(), tshark);
        Manner softflowd = new Manner(
                FlowCount.Bytes.IP,
                true,
                directory -> softflowdPackets(directory) > 0,
                directory -> Seen.flows(softflowdPackets(directory), Flows.ofSoftflowd(ctl(directory, "dump-flows"))));
        add(peers, work, "softflowd", "default", "softflowd -d -i WIRE -p DIR/pid -c DIR/ctl", Map.of(), softflowd);
        add(
                peers,
                work,
                "softflowd",
                "best",
                "softflowd -d -m 1500000 -i WIRE -p DIR/pid -c DIR/ctl",
                Map.of(),
                softflowd);
        Manner pmacctd = new Manner(
                FlowCount.Bytes.IP, true, directory -> !pmacct(directory).isEmpty(), directory -> {
                    Map<FlowKey, FlowCount> flows = pmacct(directory);
                    return Seen.flows(
                            flows.values().stream()
                                    .mapToLong(FlowCount::packets)
                                    .sum(),
                            flows);
                });
        String conf = "daemonize: false\npcap_interface: WIRE\nplugins: memory\n"
                + "aggregate: src_host, dst_host, src_port, dst_port, proto\nimt_path: DIR/pipe\n";
        String big = conf + "plugin_pipe_size: 104857600\nplugin_buffer_size: 104857\n"
                + "imt_buckets: 1000003\nimt_mem_pools_number: 0\nimt_mem_pools_size: 1048576\n";
        add(peers, work, "pmacctd", "default", "pmacctd -f DIR/conf", Map.of("conf", conf), pmacctd);
        add(peers, work, "pmacctd", "best", "pmacctd -f DIR/conf", Map.of("conf", big), pmacctd);
        Manner argus = new Manner(
                FlowCount.Bytes.FRAME,
                false,
                directory -> size(directory.resolve("records")) > ARGUS_HEADER_BYTES,
                directory -> {
                    Map<FlowKey, FlowCount> flows = Flows.ofArgus(Commands.run(
                                    "ra",
                                    "-X",
                                    "-nn",
                                    "-u",
                                    "-L",
                                    "-1",
                                    "-c",
                                    ",",
                                    "-s",
                                    "saddr",
                                    "sport",
                                    "daddr",
                                    "dport",
                                    "proto",
                                    "pkts",
                                    "bytes",
                                    "-r",
                                    directory.resolve("records").toString(),
                                    "-",
                                    "udp")
                            .orFail()
                            .out());
                    return Seen.flows(
                            flows.values().stream()
                                    .mapToLong(FlowCount::packets)
                                    .sum(),
                            flows);
                });
        add(peers, work, "argus", "default", "argus -X -i WIRE -w DIR/records", Map.of(), argus);
        add(peers, work, "argus", "best", "argus -X -S 60 -U 96 -i WIRE -w DIR/records", Map.of(), argus);
        return peers;
    }

    private static void add(
            List<Tool> peers,
            Path work,
            String name,
            String setting,
            String command,
            Map<String, String> files,
            Manner manner) {
        if (Commands.run("which", name).status() == 0) {
            long most = name.equals("tshark") ? 300_000 : Long.MAX_VALUE;
            peers.add(new Peer(name, setting, command, files, manner, most, work));
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String setting() {
        return setting;
    }

    @Override
    public String version() {
        return version;
    }

    @Override
    public String command() {
        StringBuilder text = new StringBuilder(command);
        files.forEach((file, content) -> text.append("; DIR/")
                .append(file)
                .append(": ")
                .append(content.strip().replace("\n", "; ")));
        return text.toString();
    }

    @Override
    public FlowCount.Bytes bytes() {
        return manner.bytes;
    }

    @Override
    public boolean holdsBack() {
        return manner.live;
    }

    @Override
    public long mostPackets() {
        return mostPackets;
    }

    @Override
    public Watch watch(Topology.Wire wire) {
        Running running = new Running(wire);
        try {
            running.awaitSocket();
            return running;
        } catch (RuntimeException e) {
            running.close();
            throw e;
        }
    }

    private final class Running implements Watch {
        private final Path directory;
        private final Process process;

        Running(Topology.Wire wire) {
            try {
                directory = Files.createTempDirectory(work, name);
                for (Map.Entry<String, String> file : files.entrySet()) {
                    Files.writeString(directory.resolve(file.getKey()), filled(file.getValue(), wire));
                }
                ProcessBuilder builder = new ProcessBuilder(
                                Topology.inside(Topology.WATCHED, Tool.words(filled(command, wire))))
                        .directory(directory.toFile())
                        .redirectInput(Path.of("/dev/null").toFile())
                        .redirectOutput(directory.resolve("out").toFile())
                        .redirectError(directory.resolve("err").toFile());
                // where tshark keeps what it has not yet read
                builder.environment().put("TMPDIR", directory.toString());
                process = builder.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private String filled(String text, Topology.Wire wire) {
            return text.replace("WIRE", wire.watched()).replace("DIR", directory.toString());
        }

        /** The kernel lists packet sockets of the namespace; ours is the only one. */
        void awaitSocket() {
            Path sockets = Path.of("/proc/" + process.pid() + "/net/packet");
            boolean bound = Commands.await(START_LIMIT, () -> !process.isAlive() || lines(sockets) > 1);
            if (!bound || !process.isAlive()) {
                throw new IllegalStateException(title() + " does not listen: " + text(directory.resolve("err")));
            }
            Commands.pause(SETTLING);
        }

        @Override
        public Optional<ProcessHandle> process() {
            return Optional.of(process.toHandle());
        }

        @Override
        public boolean hasData() {
            return manner.hasData.test(directory);
        }

        @Override
        public Seen stop(long sent) {
            if (manner.live) {
                Seen seen = manner.reader.read(directory);
                end();
                return seen;
            }
            end();
            return manner.reader.read(directory);
        }

        private void end() {
            process.destroy();
            try {
                process.waitFor(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                throw Commands.interrupted(e);
            }
        }

        @Override
        public void close() {
            List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                    .toList();
            if (process.isAlive()) {
                end();
            }
            all.forEach(ProcessHandle::destroyForcibly);
            Directories.delete(directory);
        }
    }

    /** What libpcap's tools say at their end; what they said instead where they did not. */
    private static Seen captured(Path directory, String pattern) {
        String said = text(directory.resolve("err"));
        return Seen.packets(number(said, pattern));
    }

    private static long softflowdPackets(Path directory) {
        String said = ctl(directory, "statistics");
        return said.isEmpty() ? 0 : number(said, SOFTFLOWD_SEEN);
    }

    private static String ctl(Path directory, String question) {
        Commands.Result answer =
                Commands.run("softflowctl", "-c", directory.resolve("ctl").toString(), question);
        return answer.status() == 0 ? answer.out() : "";
    }

    private static Map<FlowKey, FlowCount> pmacct(Path directory) {
        Commands.Result answer =
                Commands.run("pmacct", "-s", "-p", directory.resolve("pipe").toString(), "-O", "csv");
        return answer.status() == 0 ? Flows.ofPmacct(answer.out()) : Map.of();
    }

    /** The number in the first match, which must be there. */
    static long number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no '" + pattern + "' in: " + text);
        }
        return Long.parseLong(matcher.group(1));
    }

    private static String version(String name) {
        String option =
                switch (name) {
                    case "pmacctd" -> "-V";
                    case "softflowd" -> "-h";
                    case "argus" -> "-h";
                    default -> "--version";
                };
        Commands.Result said = Commands.run(Duration.ofSeconds(20), List.of(name, option));
        Matcher matcher = Pattern.compile("\\d+(\\.\\w+)+").matcher(said.out() + said.err());
        return matcher.find() ? matcher.group() : "";
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    private static long lines(Path file) {
        return text(file).lines().count();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException gone) {
            return "";
        }
    }
}
