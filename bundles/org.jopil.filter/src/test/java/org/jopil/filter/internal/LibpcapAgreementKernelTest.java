// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.api.filter.PacketFilter;
import org.jopil.api.filter.PacketFilter.Verdict;
import org.jopil.bpf.ClassicProgram;
import org.jopil.bpf.Layout;
import org.jopil.bpf.PcapCompiler;
import org.jopil.filter.internal.Frames.Frame;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * libpcap itself, our virtual machine and the kernel (tc, tc with the tag beside the frame, XDP) say the same of every
 * frame. {@code -Djopil.seed} repeats a run; with {@code -Djopil.corpus}, a folder of captures, all frames of both
 * collections are asked instead of a sample.
 */
class LibpcapAgreementKernelTest {
    private static final int FILTERS = Integer.getInteger("jopil.filters", 1000);
    private static final int SAMPLE = 60;
    /** A test run takes no shorter frame, and at tc no longer one. */
    private static final int SHORTEST = 15;

    private static final int LONGEST_TC = 3500;
    private static final String CORPUS = System.getProperty("jopil.corpus", "");

    private static final PcapFilters FILTER = new PcapFilters(new PcapCompiler());
    private static final List<Frames> CAPTURES = new ArrayList<>();

    private static KernelHalf kernel;
    private static Memory memory;

    private final Sums sums = new Sums();
    private final List<String> notOurs = new ArrayList<>();

    /** How often what was asked. */
    private static final class Sums {
        long filters;
        long refused;
        long undefined;
        long selective;
        long frames;
        long matched;
        long undecided;
        long kernelRuns;
    }

    @BeforeAll
    static void open() throws IOException {
        KernelHalf.require();
        CAPTURES.addAll(Frames.of(Path.of(System.getProperty("jopil.pcaps"))));
        if (!CORPUS.isEmpty()) {
            CAPTURES.addAll(Frames.of(Path.of(CORPUS)));
        }
        memory = new Memory(1 << 20);
        kernel = KernelHalf.open(true);
    }

    @AfterAll
    static void close() {
        if (kernel != null) {
            kernel.close();
            memory.close();
        }
        CAPTURES.clear();
    }

    @Test
    void shouldMeanWhatLibpcapMeans() throws Exception {
        long seed = Long.getLong("jopil.seed", System.nanoTime());
        System.out.println("jopil.seed=" + seed);
        Random random = new Random(seed);
        List<FilterGenerator> generators = new ArrayList<>();
        for (LinkType type : LinkType.values()) {
            generators.add(new FilterGenerator(random, type, all(type)));
        }
        while (sums.filters < FILTERS) {
            LinkType type = random.nextInt(5) == 0 ? LinkType.RAW_IP : LinkType.ETHERNET;
            String text = generators.get(type.ordinal()).next();
            Optional<LibpcapItself> theirs = LibpcapItself.compile(text, type);
            if (theirs.isEmpty()) {
                sums.refused++;
                assertThrows(FilterException.class, () -> FILTER.compile(text, type), text);
                continue;
            }
            try (LibpcapItself oracle = theirs.get()) {
                compare(text, type, oracle, random);
            }
        }
        System.out.printf(
                "%d filters, %d match some frames and not all; %d more are refused, %d by us alone; %d frames asked, %d match,"
                        + " %d left to user space of %d kernel runs%n",
                sums.filters,
                sums.selective,
                sums.refused,
                sums.undefined,
                sums.frames,
                sums.matched,
                sums.undecided,
                sums.kernelRuns);
        assertEquals(List.of(), notOurs, "libpcap takes what we do not");
        assertTrue(sums.undefined * 10 < sums.filters, sums.undefined + " filters are undefined");
        assertTrue(sums.selective > sums.filters / 3, sums.selective + " filters match some and not all");
        assertTrue(sums.matched > sums.frames / 10, sums.matched + " of " + sums.frames + " match");
    }

    /** The examples of pcap-filter(7), with addresses where it has names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "host 192.168.1.1",
                "host 192.168.1.178 and (192.168.1.1 or 192.168.1.34)",
                "ip host 192.168.1.178 and not 192.168.1.1",
                "net 192.168.0.0/16",
                "ip and not net 192.168.0.0/16",
                "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 and not src and dst net 10",
                "tcp[tcpflags] & (tcp-rst|tcp-ack) == (tcp-rst|tcp-ack)",
                "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)",
                "ip[2:2] > 576",
                "ether[0] & 1 = 0 and ip[16] >= 224",
                "icmp[icmptype] != icmp-echo and icmp[icmptype] != icmp-echoreply",
                "icmp6[icmp6type] != icmp6-echo and icmp6[icmp6type] != icmp6-echoreply",
                "src 192.168.1.178",
                "port 20",
                "src or dst port 443",
                "tcp src port 443",
                "portrange 6000-6008",
                "ether proto 0x0800",
                "ip proto 17",
                "ip6 proto 6",
                "ip6 protochain 6",
                "ether multicast",
                "ip6 multicast",
                "vlan 100 && vlan 200",
                "vlan && vlan 300 && ip",
                "mpls 100000 && mpls 1024",
                "mpls && mpls 1024 && host 192.9.200.1",
                "pppoes 0x27",
                "pppoes && ip",
                "geneve 0xb && ip",
                "greater 1000",
                "len <= 64",
                "not host 192.168.1.178 and not host 192.168.1.1",
                "tcp dst port 21 or 20 or 53",
                "ip[0] & 0xf != 5",
                "ip[6:2] & 0x1fff = 0",
                "ether[ether[0] & 3] >= 0",
                "ether[600] != 0"
            })
    void shouldTakeTheManualsExamples(String text) throws Exception {
        try (LibpcapItself oracle =
                LibpcapItself.compile(text, LinkType.ETHERNET).orElseThrow()) {
            compare(text, LinkType.ETHERNET, oracle, new Random(1));
        }
        assertEquals(List.of(), notOurs);
        assertTrue(sums.frames > 0);
        assertEquals(text.startsWith("ether[600]"), sums.undecided > 0, sums.undecided + " undecided");
    }

    private void compare(String text, LinkType type, LibpcapItself oracle, Random random) throws Exception {
        PacketFilter ours = compiled(text, type);
        if (ours == null) {
            return;
        }
        ClassicProgram program = ClassicProgram.of(ours.instructions());
        assertArrayEquals(ours.instructions(), program.instructions(), text);
        if (!program.loops()) {
            kernel.filter(program);
        }
        long asked = 0;
        long matched = 0;
        for (Frames capture : CAPTURES) {
            int step = CORPUS.isEmpty() ? Math.max(1, capture.all().size() / SAMPLE) : 1;
            for (int i = random.nextInt(step);
                    capture.linkType() == type && i < capture.all().size();
                    i += step) {
                Frame frame = capture.all().get(i);
                asked++;
                matched += compare(text + " on frame " + i + " of " + capture.file(), ours, oracle, frame) ? 1 : 0;
                if (!program.loops()) {
                    compareKernel(text + " on frame " + i + " of " + capture.file(), ours, frame.data());
                }
            }
        }
        sums.filters++;
        sums.frames += asked;
        sums.matched += matched;
        sums.selective += matched > 0 && matched < asked ? 1 : 0;
    }

    /** Null if we refuse it. */
    private PacketFilter compiled(String text, LinkType type) {
        try {
            return FILTER.compile(text, type);
        } catch (FilterException e) {
            if (e.expected().contains("'geneve' at the end")) {
                // libpcap reads its scratch memory unwritten: what it says is chance
                sums.undefined++;
            } else {
                notOurs.add(text + ": " + e.getMessage());
            }
            return null;
        }
    }

    private boolean compare(String what, PacketFilter ours, LibpcapItself oracle, Frame frame) {
        byte[] data = frame.data();
        memory.write(0, data, 0, data.length);
        boolean theirs = oracle.matches(memory, data.length, data.length);
        Verdict whole = ours.test(data, 0, data.length, data.length);
        assertEquals(theirs ? Verdict.MATCH : Verdict.NO_MATCH, whole, what);
        boolean theirsCut = oracle.matches(memory, data.length, frame.length());
        Verdict cut = ours.test(data, 0, data.length, frame.length());
        // libpcap takes a byte that was not captured for a mismatch
        assertEquals(theirsCut, cut == Verdict.MATCH, what + ", cut: " + cut);
        return theirs;
    }

    private void compareKernel(String what, PacketFilter ours, byte[] data) {
        if (data.length < SHORTEST) {
            return;
        }
        sums.undecided += check(what + " at XDP", inKernel(ours, data), kernel.xdp(data));
        if (data.length < LONGEST_TC) {
            sums.undecided += check(what + " at tc", inKernel(ours, data), kernel.tc(data));
            if (ours.linkType() == LinkType.ETHERNET && sums.kernelRuns % 3 == 0) {
                byte[] tagged = new byte[data.length + KernelHalf.TAG.length];
                System.arraycopy(data, 0, tagged, 0, 12);
                System.arraycopy(KernelHalf.TAG, 0, tagged, 12, KernelHalf.TAG.length);
                System.arraycopy(data, 12, tagged, 12 + KernelHalf.TAG.length, data.length - 12);
                sums.undecided += check(what + " with a tag at tc", inKernel(ours, tagged), kernel.tagged(data));
            }
        }
    }

    /** What the kernel can say, which has the begin of the frame only. */
    private static Verdict inKernel(PacketFilter ours, byte[] data) {
        return ours.test(data, 0, Math.min(data.length, Layout.FILTER_BYTES), data.length);
    }

    private int check(String what, Verdict wanted, Verdict said) {
        sums.kernelRuns++;
        assertEquals(wanted, said, what);
        return said == Verdict.UNDECIDED ? 1 : 0;
    }

    private static List<Frame> all(LinkType type) {
        return CAPTURES.stream()
                .filter(capture -> capture.linkType() == type)
                .flatMap(capture -> capture.all().stream())
                .toList();
    }
}
