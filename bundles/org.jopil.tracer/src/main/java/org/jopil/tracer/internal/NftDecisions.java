// SPDX-License-Identifier: Apache-2.0
package org.jopil.tracer.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.source.RuleTrace.Decision;

/** Reads the lines of {@code nft -n -s -a monitor trace}. One thread. */
final class NftDecisions {
    private static final Pattern LINE =
            Pattern.compile("trace id (\\w+) (\\w+) (\\S+) (\\S+) (packet:|rule|unknown rule|policy) ?(.*?)\\s*");
    /** The last one counts: a comment may look like it. */
    private static final Pattern RULE = Pattern.compile("(.*) # handle (\\d+) \\(verdict ([^()]*)\\)");
    /** Of a rule that is gone already. */
    private static final Pattern UNKNOWN = Pattern.compile("handle (\\d+) \\(verdict ([^()]*)\\)");

    private static final Pattern ENDS = Pattern.compile("\\bip6? saddr (\\S+) ip6? daddr (\\S+)");
    private static final Pattern PORTS = Pattern.compile("\\b(\\w+) sport (\\d+) \\1 dport (\\d+)");
    private static final Pattern ICMP = Pattern.compile("\\b(icmp|icmpv6) type ");
    /** What nft writes when its socket overflowed. */
    private static final Pattern LOST = Pattern.compile("(?i).*\\b(lost|overrun|no buffer space)\\b.*");

    private record Rule(String family, String table, String chain, long handle, String text, String verdict) {}

    /** What is known of one traced packet. */
    private static final class Traced {
        private final String packet;
        private final Set<String> met = new HashSet<>();
        private boolean ours;
        private String hook = "";

        Traced(String packet) {
            this.packet = packet;
        }
    }

    private final String ownTable;
    private final Map<String, String> hooks;
    /** By id, which the kernel makes of the packet's address and flow: the next packet of a flow may have it again. */
    private final Map<String, Traced> packets = new HashMap<>();

    private final Map<Rule, Decision> decisions = new LinkedHashMap<>();
    private int marked;
    private boolean dropped;
    private boolean lost;

    /**
     * @param ownTable whose own steps are left out
     * @param hooks of base chains, by {@code family table chain}
     */
    NftDecisions(String ownTable, Map<String, String> hooks) {
        this.ownTable = ownTable;
        this.hooks = hooks;
    }

    void line(String line) {
        Matcher step = LINE.matcher(line);
        if (!step.matches()) {
            lost |= LOST.matcher(line).matches();
            return;
        }
        String id = step.group(1);
        String kind = step.group(5);
        String rest = step.group(6);
        if (step.group(3).equals(ownTable)) {
            own(id, kind, rest, NftTable.MARKING.contains(step.group(4)));
            return;
        }
        Traced traced = packets.get(id);
        if (traced == null || !traced.ours || kind.equals("packet:")) {
            return; // marked by somebody else
        }
        // a chain that is jumped to is at the hook of the chain that jumped
        traced.hook = hooks.getOrDefault(step.group(2) + " " + step.group(3) + " " + step.group(4), traced.hook);
        Rule rule = rule(step, rest);
        if (rule != null) {
            count(traced, rule);
        }
    }

    /** A packet's way begins with the mark. */
    private void own(String id, String kind, String rest, boolean isMarking) {
        if (kind.equals("packet:")) {
            packets.put(id, new Traced(packet(rest)));
        } else if (isMarking
                && kind.endsWith("rule")
                && packets.containsKey(id)) { // nft came before the rule, and may not know it
            packets.get(id).ours = true;
            marked++;
        }
    }

    private static Rule rule(Matcher step, String rest) {
        String family = step.group(2);
        String table = step.group(3);
        String chain = step.group(4);
        if (step.group(5).equals("policy")) {
            return new Rule(family, table, chain, 0, "policy", rest);
        }
        boolean known = step.group(5).equals("rule");
        Matcher rule = (known ? RULE : UNKNOWN).matcher(rest);
        if (!rule.matches()) {
            return null;
        }
        return known
                ? new Rule(family, table, chain, Long.parseLong(rule.group(2)), rule.group(1), rule.group(3))
                : new Rule(family, table, chain, Long.parseLong(rule.group(1)), "", rule.group(2));
    }

    /** A packet that comes to the same rule twice, by two jumps, is one packet. */
    private void count(Traced traced, Rule rule) {
        if (!traced.met.add(rule.family() + " " + rule.table() + " " + rule.chain() + " " + rule.handle())) {
            return;
        }
        Decision before = decisions.get(rule);
        Decision now = new Decision(
                rule.family(),
                rule.table(),
                rule.chain(),
                before == null ? traced.hook : before.hook(),
                rule.handle(),
                rule.text(),
                rule.verdict(),
                before == null ? traced.packet : before.packet(),
                before == null ? 1 : before.packets() + 1);
        decisions.put(rule, now);
        dropped |= now.drops();
    }

    /** {@code udp 10.0.0.1:4711 > 10.0.0.2:53}. */
    private static String packet(String headers) {
        Matcher ends = ENDS.matcher(headers);
        if (!ends.find()) {
            return "";
        }
        Matcher ports = PORTS.matcher(headers);
        if (ports.find()) {
            return ports.group(1) + " " + end(ends.group(1), ports.group(2)) + " > "
                    + end(ends.group(2), ports.group(3));
        }
        Matcher icmp = ICMP.matcher(headers);
        return (icmp.find() ? icmp.group(1) : "ip") + " " + ends.group(1) + " > " + ends.group(2);
    }

    private static String end(String address, String port) {
        return (address.indexOf(':') < 0 ? address : "[" + address + "]") + ":" + port;
    }

    /** Traced so far. */
    int packets() {
        return marked;
    }

    boolean hasDropped() {
        return dropped;
    }

    boolean hasLost() {
        return lost;
    }

    List<Decision> decisions() {
        return new ArrayList<>(decisions.values());
    }
}
