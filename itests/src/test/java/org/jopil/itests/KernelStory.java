// SPDX-License-Identifier: Apache-2.0
package org.jopil.itests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What JOPIL gets from a kernel without tcx, and what it leaves there. {@link OldKernelIT} runs it inside its guest. */
class KernelStory {
    private static final String PORT = "9001";
    private static final int PACKETS = 2_000;
    private static final String PPS = "500";

    /** Name, status and hook of everything in {@code jopil doctor}, but for figures and versions. */
    private static final Map<String, String> CAPABILITIES = new TreeMap<>(Map.ofEntries(
            Map.entry("Java", "ok Java"),
            Map.entry("libbpf", "ok v"),
            Map.entry("Right to load", "ok CAP_NET_ADMIN CAP_SYS_ADMIN CAP_PERFMON CAP_BPF"),
            Map.entry("Sensor", "ok sensor.bpf.o accepted, "),
            Map.entry("Attach to interfaces", "degraded clsact filters"),
            Map.entry("Exact flows", "ok mappable arrays, one writer a CPU"),
            Map.entry("Packet details", "ok a ring buffer per CPU"),
            Map.entry("Native XDP", "ok XDP links, where the driver has XDP"),
            Map.entry("Jumbo frames at XDP", "ok xdp.frags"),
            Map.entry("Machine code", "ok BPF JIT"),
            Map.entry("Drop reasons", "ok tp_btf/kfree_skb with reason"),
            Map.entry("Netfilter stages", "missing "),
            Map.entry("Packet filters", "ok libpcap version "),
            Map.entry("Second opinion", "ok off"),
            Map.entry("Kernel type data", "ok /sys/kernel/btf/vmlinux"),
            Map.entry("Kernel lockdown", "ok none"),
            Map.entry("Memory", "ok memory_mib 448: heap 384 MiB, kernel 55 MiB ")));

    @Test
    void shouldNameWhatItGetsForEachCapability() {
        String release = Command.run("uname", "-r").orFail().out().strip();
        assertTrue(release.startsWith(System.getProperty("jopil.guest") + "."), release);
        Command.Result text = Command.run(Instance.launcher(), "doctor");
        System.out.println(text.out());
        assertEquals(1, text.status(), text.text());
        assertTrue(text.out().startsWith("Linux " + release + " "), text.out());
        Command.Result json = Command.run(Instance.launcher(), "doctor", "--json");
        assertEquals(1, json.status(), json.text());
        Map<String, String> got = new TreeMap<>();
        for (JsonNode row : new Http.Response(200, Map.of(), json.out()).json()) {
            String capability = row.path("capability").asText();
            String all = row.path("status").asText() + " " + row.path("hook").asText();
            String wanted = CAPABILITIES.getOrDefault(capability, "not expected");
            got.put(capability, all.startsWith(wanted) ? wanted : all);
        }
        assertEquals(CAPABILITIES, got);
    }

    @Test
    void shouldSayWhichHookCountsInEachMode() {
        try (Namespaces net = Namespaces.pair();
                Instance jopil = Instance.on(net.left().spec()).start()) {
            assertEquals("clsact both ways", hooks(jopil, net), "auto");
            assertTrue(jopil.output().contains("in clsact, out clsact"), jopil.output());
            for (String mode : List.of("generic", "native", "tcx")) {
                jopil.post("/api/interfaces/" + net.left().spec() + "/attach", "{\"mode\":\"" + mode + "\"}")
                        .expect(200);
                assertEquals(
                        mode.equals("native") ? "xdp-native in, clsact out" : "clsact both ways",
                        hooks(jopil, net),
                        mode);
            }
            assertEquals(2, filters(net).size(), "a filter a direction, none of an earlier mode");
        }
    }

    /** A filter is no link: it outlives its process, lets everything pass, and goes with the next start or by cleanup. */
    @Test
    void shouldLeaveFiltersOfAKilledInstanceUntilTheNextStartOrCleanup() {
        try (Namespaces net = Namespaces.pair()) {
            Instance first = Instance.on(net.left().spec()).start();
            List<String> ofFirst = filters(net);
            assertEquals(2, ofFirst.size(), ofFirst::toString);
            kill(first);
            assertEquals(ofFirst, filters(net), "they outlive the process");
            send(net);
            String dry = Command.run(Instance.launcher(), "cleanup", "--dry-run")
                    .orFail()
                    .out();
            for (String filter : List.of("ingress: jopil_ingress", "egress: jopil_egress")) {
                assertTrue(dry.contains("would remove  " + net.left().spec() + " clsact " + filter), dry);
            }
            assertEquals(ofFirst, filters(net), "a dry run");

            Instance second = Instance.on(net.left().spec()).data(first.data()).start();
            try {
                Instance.await(Duration.ofSeconds(5), "filters of its own alone", () -> {
                    List<String> now = filters(net);
                    return now.size() == 2 && now.stream().noneMatch(ofFirst::contains);
                });
                JsonNode ledger = second.get("/api/ledger").expect(200).json();
                assertEquals(
                        "killed", ledger.path("gaps").path(0).path("reason").asText(), ledger::toString);
                send(net);
                Instance.await(Duration.ofSeconds(10), "all to be counted", () -> counted(second) >= PACKETS);
                assertEquals(PACKETS, counted(second));
            } finally {
                kill(second);
            }
            String cleanup =
                    Command.run(Instance.launcher(), "cleanup").orFail().out();
            assertEquals(
                    2,
                    cleanup.lines().filter(line -> line.startsWith("removed  ")).count(),
                    cleanup);
            assertEquals(List.of(), filters(net), "after cleanup");
        }
    }

    private static void kill(Instance jopil) {
        jopil.killJvm();
        jopil.awaitEnd(Duration.ofSeconds(10));
    }

    private static String hooks(Instance jopil, Namespaces net) {
        String[] found = {""};
        // the list is made once a second
        Instance.await(Duration.ofSeconds(5), "a hook", () -> {
            for (JsonNode row : jopil.get("/api/interfaces").expect(200).json()) {
                if (row.path("name").asText().equals(net.left().spec())) {
                    String in = row.path("hook").path("ingress").asText();
                    String out = row.path("hook").path("egress").asText();
                    found[0] = in.equals(out) ? in + " both ways" : in + " in, " + out + " out";
                }
            }
            return !found[0].isEmpty();
        });
        return found[0];
    }

    /** Numbered packets from left to right, all of which arrive. */
    private static void send(Namespaces net) {
        String to = net.right().ipv4();
        try (Traffic.Running receiver = Traffic.start(net.right(), "receive", to, PORT, "" + PACKETS, "30")) {
            Instance.await(Duration.ofSeconds(5), "the receiver", () -> receiver.hasPrinted("ready"));
            try (Traffic.Running sender = Traffic.start(net.left(), "send", to, PORT, "" + PACKETS, PPS)) {
                sender.await();
                assertEquals(PACKETS, receiver.await().get("distinct").intValue(), "lost");
            }
        }
    }

    private static long counted(Instance jopil) {
        long packets = 0;
        for (JsonNode flow :
                jopil.get("/api/flows?filter=udp%20port%20" + PORT).expect(200).json()) {
            packets += flow.path("packets").asLong();
        }
        return packets;
    }

    /** Filters on the left end, each with its program's id. */
    private static List<String> filters(Namespaces net) {
        List<String> filters = new ArrayList<>();
        for (String direction : List.of("ingress", "egress")) {
            String shown = net.left()
                    .run("tc", "filter", "show", "dev", net.left().interfaceName(), direction)
                    .orFail()
                    .out();
            shown.lines()
                    .filter(line -> line.contains("jopil_"))
                    .map(line -> direction + " " + line.replaceAll(".*(jopil_\\w+:\\[\\d+]).*", "$1"))
                    .forEach(filters::add);
        }
        return filters;
    }
}
