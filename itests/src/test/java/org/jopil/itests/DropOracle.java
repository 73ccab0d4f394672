// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Every skb that the kernel frees as dropped, counted by bpftrace. It shares nothing with JOPIL: the reasons' names are
 * those of the tracepoint's format, the hook of netfilter is told by the function that called {@code nf_hook_slow}.
 */
final class DropOracle implements AutoCloseable {
    /** What was dropped together; {@code hook} is empty outside netfilter, namespace 0 where nothing tells it. */
    record Place(String reason, String symbol, String hook, long namespace) {}

    /** BPF_PROG_TEST_RUN frees its packets as if they had been dropped; any process may use it. */
    private static final String TEST_RUN = "bpf_prog_test_run_skb";

    // The device of a packet in a socket's queue is overwritten with the queue's own notes. One that is freed by its
    // reader belongs to the namespace of the task.
    private static final String SCRIPT =
            """
            interval:ms:100 /@ready == 0/ { printf("ready\\n"); @ready = 1; }
            tracepoint:skb:kfree_skb /((struct sk_buff *)args->skbaddr)->protocol != 0/ {
              $skb = (struct sk_buff *)args->skbaddr;
              $ns = (uint64)0;
              if ((uint64)$skb->dev >> 48 == 0xffff) {
                $ns = (uint64)$skb->dev->nd_net.net->ns.inum;
              } else if ($skb->sk != 0) {
                $ns = (uint64)$skb->sk->__sk_common.skc_net.net->ns.inum;
              } else if (args->rx_sk != 0) {
                $ns = (uint64)((struct sock *)args->rx_sk)->__sk_common.skc_net.net->ns.inum;
              } else if (curtask != 0 && ((struct task_struct *)curtask)->nsproxy != 0) {
                $ns = (uint64)((struct task_struct *)curtask)->nsproxy->net_ns->ns.inum;
              }
              @drops[args->reason, ksym(args->location), $ns, kstack(8)] = count();
            }
            """;

    /** Callers of nf_hook_slow; later kernels inline some of them into others. */
    private static final Map<String, String> HOOKS = Map.ofEntries(
            Map.entry("ip_rcv", "prerouting"),
            Map.entry("ip_sublist_rcv", "prerouting"),
            Map.entry("ipv6_rcv", "prerouting"),
            Map.entry("ip_local_deliver", "input"),
            Map.entry("ip6_input", "input"),
            Map.entry("ip_forward", "forward"),
            Map.entry("ip6_forward", "forward"),
            Map.entry("__ip_local_out", "output"),
            Map.entry("raw_sendmsg", "output"),
            Map.entry("__ip6_local_out", "output"),
            Map.entry("ip6_xmit", "output"),
            Map.entry("ip_output", "postrouting"),
            Map.entry("ip6_output", "postrouting"));

    private static final Pattern NAME = Pattern.compile("\\{ (\\d+), \"(\\w+)\" }");

    /** It reads the names of all kernel functions first, and of all stacks at the end. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path output;

    private DropOracle(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** Returns when it counts. */
    static DropOracle start() {
        try {
            Path script = Files.writeString(Files.createTempFile(Instance.work(), "drops", ".bt"), SCRIPT);
            Path output = Files.createTempFile(Instance.work(), "drops", ".json");
            Process process = Command.of(inTracefs("exec bpftrace -f json " + script))
                    .builder()
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectError(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                    .start();
            DropOracle oracle = new DropOracle(process, output);
            try {
                Instance.await(LIMIT, "bpftrace to be attached", () -> {
                    if (!process.isAlive()) {
                        throw new AssertionError("bpftrace ended: " + oracle.said());
                    }
                    return oracle.said().contains("ready");
                });
            } catch (RuntimeException | Error e) {
                oracle.close();
                throw e;
            }
            return oracle;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The mount is seen by this command alone. */
    private static List<String> inTracefs(String command) {
        return List.of("unshare", "-m", "sh", "-c", "mount -t tracefs tracefs /sys/kernel/tracing && " + command);
    }

    /** Ends it; what was dropped meanwhile, by place. */
    Map<Place, Long> stop() {
        Command.run("kill", "-INT", "" + process.pid()).orFail();
        try {
            if (!process.waitFor(Patience.stretched(LIMIT).toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("bpftrace does not end: " + said());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        Map<String, String> reasons = reasons();
        Map<Place, Long> drops = new HashMap<>();
        said().lines().filter(line -> line.contains("\"@drops\"")).forEach(line -> {
            JsonNode map =
                    new Http.Response(200, Map.of(), line).json().path("data").path("@drops");
            map.fields().forEachRemaining(entry -> {
                Place place = place(reasons, entry.getKey());
                if (!place.symbol.equals(TEST_RUN)) {
                    drops.merge(place, entry.getValue().asLong(), Long::sum);
                }
            });
        });
        return drops;
    }

    /**
     * How often the kernel left the script out so far, because it was running on that CPU and a softirq with drops of its
     * own came in between: by so many its counts may be too low. Before {@link #stop}.
     */
    long missed() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/" + process.pid() + "/fdinfo"))) {
            long missed = 0;
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                for (String line : Files.readAllLines(descriptor)) {
                    if (line.startsWith("recursion_misses:")) {
                        missed += Long.parseLong(
                                line.substring(line.indexOf(':') + 1).strip());
                    }
                }
            }
            return missed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of a key of the script's map: reason, symbol, namespace, stack with a line a frame. */
    private static Place place(Map<String, String> reasons, String key) {
        String[] parts = key.split(",", 4);
        List<String> frames = Arrays.stream(parts[3].strip().split("\\s+"))
                .map(frame -> frame.replaceFirst("\\+\\d+$", "").replaceFirst("\\..*", ""))
                // stands between the two for packets that come as a list
                .filter(frame -> !frame.equals("nf_hook_slow_list"))
                .toList();
        int hook = frames.indexOf("nf_hook_slow") + 1;
        return new Place(
                reasons.getOrDefault(parts[0], parts[0]),
                parts[1],
                hook == 0 || hook == frames.size() ? "" : HOOKS.getOrDefault(frames.get(hook), frames.get(hook)),
                Long.parseLong(parts[2]));
    }

    private static Map<String, String> reasons() {
        Map<String, String> names = new HashMap<>();
        Matcher matcher = NAME.matcher(
                Command.of(new ArrayList<>(inTracefs("cat /sys/kernel/tracing/events/skb/kfree_skb/format")))
                        .run()
                        .orFail()
                        .out());
        while (matcher.find()) {
            names.put(matcher.group(1), matcher.group(2));
        }
        return names;
    }

    private String said() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
    }
}
