// SPDX-License-Identifier: Apache-2.0
package org.jopil.analyzer.application.internal;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jopil.api.event.Protocols;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** What a payload costs with nDPI and without: {@code -Djopil.cost=true} on a machine that does nothing else. */
@EnabledIfSystemProperty(named = "jopil.cost", matches = "true")
class NdpiCostTest {
    private static final int FLOWS = 2_000;
    private static final int PAYLOADS = 8;
    private static final int ROUNDS = 20;
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

    /** Four payloads each way, of as many flows. */
    private static Payloads payloads(int protocol, byte[] data) {
        Payloads payloads = new Payloads();
        for (int flow = 0; flow < FLOWS; flow++) {
            for (int i = 0; i < PAYLOADS; i++) {
                boolean fromClient = i % 2 == 0;
                String client = "10.1." + flow / 200 + "." + flow % 200;
                payloads.add(
                        i,
                        protocol,
                        fromClient ? client : "10.0.0.2",
                        fromClient ? 40_000 : 9_999,
                        fromClient ? "10.0.0.2" : client,
                        fromClient ? 9_999 : 40_000,
                        data);
            }
        }
        return payloads;
    }

    /** CPU time of this thread a payload, nanoseconds: the least of the rounds. */
    private static long cost(Path rules, SecondOpinion second, Payloads payloads) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            ApplicationAnalyzer analyzer = new ApplicationAnalyzer(new NothingHidden(), rules, FLOWS, false, second);
            analyzer.onPayloads(new Payloads());
            long before = threads.getCurrentThreadCpuTime();
            analyzer.onPayloads(payloads);
            least = Math.min(least, (threads.getCurrentThreadCpuTime() - before) / (FLOWS * PAYLOADS));
        }
        second.close();
        return least;
    }

    private static long[] compare(Path rules, String what, Payloads payloads) {
        long without = cost(rules, new SecondOpinion(null, false, FLOWS), payloads);
        long with = cost(rules, new SecondOpinion(null, true, FLOWS), payloads);
        System.out.printf("%-36s %6d ns a payload without nDPI, %6d with%n", what, without, with);
        return new long[] {without, with};
    }

    @Test
    void shouldCostNothingWhereOursKnow(@TempDir Path folder) {
        NdpiInstalled.orSkip();
        Path rules = folder.resolve("none");
        byte[] noise = new byte[1400];
        new Random(3).nextBytes(noise);
        noise[0] = 'z';
        compare(rules, "unknown, TCP, 1,400 bytes", payloads(Protocols.TCP, noise));
        compare(rules, "unknown, UDP, 1,400 bytes", payloads(Protocols.UDP, noise));
        compare(rules, "unknown, UDP, 20 bytes", payloads(Protocols.UDP, Arrays.copyOf(noise, 20)));
        long[] known = compare(rules, "known to us, HTTP", payloads(Protocols.TCP, REQUEST));
        assertTrue(known[1] < 2 * known[0], known[1] + " ns");
    }
}
