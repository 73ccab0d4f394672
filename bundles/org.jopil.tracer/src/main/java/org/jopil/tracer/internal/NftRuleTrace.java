// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.RuleTrace;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** By nft: a table that marks packets, and {@code nft monitor trace}, which tells what became of them. */
@Component(service = RuleTrace.class)
public final class NftRuleTrace implements RuleTrace {
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
    /** For the last steps of a packet after its first, or after the mark went. */
    private static final long TAIL_NS = TimeUnit.MILLISECONDS.toNanos(300);

    private static final long LONGEST_TAIL_NS = TimeUnit.SECONDS.toNanos(3);
    /** On top of what was asked for, should JOPIL hang. */
    private static final long GRACE_S = 10;

    private static final Pattern NAMES = Pattern.compile("^table (\\w+) (\\S+) \\{|^\\tchain (\\S+) \\{|hook (\\w+) ");

    private final Privacy privacy;
    private final AtomicBoolean busy = new AtomicBoolean();
    private final String table = "jopil_trace_" + ProcessHandle.current().pid();

    @Activate
    public NftRuleTrace(@Reference Privacy privacy) {
        this.privacy = privacy;
    }

    @Override
    public String table() {
        return table;
    }

    @Override
    public void check(Request request) {
        refuse();
        NftMatch.of(request.flow());
        hooks(place(request.namespace()));
        if (busy.get()) {
            throw busy();
        }
    }

    private void refuse() {
        Hiding.refuse(privacy, "Rules have addresses in them", "Trace without --rules");
    }

    private static NftProcess.Place place(String namespace) {
        if (namespace.indexOf('/') >= 0 || !namespace.isEmpty() && !Files.exists(Path.of("/run/netns", namespace))) {
            throw new JopilException(
                    "JOPIL-404",
                    404,
                    "There is no network namespace '" + namespace + "'",
                    "ip netns list shows those that have a name.");
        }
        return NftProcess.Place.find(namespace)
                .orElseThrow(() -> new JopilException(
                        "JOPIL-115",
                        503,
                        "nft is not installed",
                        "A rule trace reads the rules by it: apt install nftables, or dnf install nftables."));
    }

    private static JopilException busy() {
        return new JopilException(
                "JOPIL-117", 409, "Another rule trace goes on", "One at a time: wait until it has ended.");
    }

    private static JopilException refused(String said) {
        return new JopilException(
                "JOPIL-116",
                503,
                "nftables lets JOPIL trace no rules",
                "It needs CAP_NET_ADMIN, in another network namespace CAP_SYS_ADMIN too, and Linux 5.12. nft said: "
                        + said);
    }

    /** Of all base chains, by {@code family table chain}; empty without nftables rules. */
    private static Map<String, String> hooks(NftProcess.Place place) {
        List<String> lines;
        try (NftProcess nft = place.start(GRACE_S, "list", "chains")) {
            lines = nft.toEnd();
        } catch (IOException e) {
            throw refused(e.getMessage());
        }
        Map<String, String> hooks = new HashMap<>();
        String table = "";
        String chain = "";
        for (String line : lines) {
            Matcher names = NAMES.matcher(line);
            if (!names.find()) {
                if (!line.isBlank() && !Character.isWhitespace(line.charAt(0)) && !line.startsWith("}")) {
                    throw refused(line);
                }
            } else if (names.group(1) != null) {
                table = names.group(1) + " " + names.group(2);
            } else if (names.group(3) != null) {
                chain = names.group(3);
            } else {
                hooks.put(table + " " + chain, names.group(4));
            }
        }
        return hooks;
    }

    @Override
    public Result trace(Request request) {
        refuse();
        List<String> matches = NftMatch.of(request.flow());
        NftProcess.Place place = place(request.namespace());
        if (!busy.compareAndSet(false, true)) {
            throw busy();
        }
        try {
            return trace(request, matches, place, new NftDecisions(table, hooks(place)));
        } catch (IOException e) {
            throw refused(e.getMessage());
        } finally {
            busy.set(false);
        }
    }

    private Result trace(Request request, List<String> matches, NftProcess.Place place, NftDecisions decisions)
            throws IOException {
        long longestS = request.longest().toSeconds() + GRACE_S;
        // it listens before the first packet is marked
        try (NftProcess monitor = place.startOnLeash(longestS, "-n", "-s", "-a", "monitor", "trace");
                NftTable mark = new NftTable(place, table, matches, longestS)) {
            long endNs = System.nanoTime() + request.longest().toNanos();
            while (!isEnough(request, decisions)
                    && System.nanoTime() < endNs
                    && !Thread.currentThread().isInterrupted()) {
                read(monitor, decisions, Math.min(LOOK_NS, endNs - System.nanoTime()));
            }
            boolean interrupted = Thread.interrupted();
            try {
                NftTable.Counts counts = mark.stop();
                mark.close();
                readTail(monitor, decisions, counts.marked());
                return new Result(
                        counts.received(),
                        counts.sent(),
                        decisions.packets(),
                        decisions.hasLost() || decisions.packets() < counts.marked(),
                        decisions.decisions());
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }

    /** What is on its way still: messages of the last packets, or of many where nft gets little time. */
    private static void readTail(NftProcess monitor, NftDecisions decisions, long marked) {
        long longestNs = System.nanoTime() + LONGEST_TAIL_NS;
        long tailNs = System.nanoTime() + TAIL_NS;
        while (System.nanoTime() < tailNs || decisions.packets() < marked && System.nanoTime() < longestNs) {
            read(monitor, decisions, LOOK_NS);
        }
    }

    private static boolean isEnough(Request request, NftDecisions decisions) {
        return request.packets() == 0 ? decisions.hasDropped() : decisions.packets() >= request.packets();
    }

    private static void read(NftProcess monitor, NftDecisions decisions, long withinNs) {
        String line = monitor.line(withinNs);
        if (line != null) {
            decisions.line(line);
        }
    }
}
