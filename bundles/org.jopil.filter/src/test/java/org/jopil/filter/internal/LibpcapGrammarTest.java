// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jopil.api.filter.FilterException;
import org.jopil.api.filter.LinkType;
import org.jopil.bpf.ClassicCompiler.RefusedExpression;
import org.jopil.bpf.PcapCompiler;
import org.jopil.filter.internal.Frames.Frame;
import org.junit.jupiter.api.Test;

/** Our parser lets through what libpcap takes, unchanged, and nothing else. {@code -Djopil.seed} repeats a run. */
class LibpcapGrammarTest {
    private static final int FILTERS = Integer.getInteger("jopil.grammar.filters", 5000);

    private static final String SIGNS = " ()[]{}<>=!&|^+-*/%:.,\\'\"~$#0189axtT\0\u00e9\t";

    private final PcapCompiler libpcap = new PcapCompiler();
    private final PcapFilters ours = new PcapFilters(libpcap);
    private int taken;

    @Test
    void shouldTakeWhatLibpcapTakes() throws Exception {
        long seed = Long.getLong("jopil.seed", System.nanoTime());
        System.out.println("jopil.seed=" + seed);
        Random random = new Random(seed);
        List<String> different = new ArrayList<>();
        for (LinkType type : LinkType.values()) {
            FilterGenerator generator = generator(random, type);
            for (int i = 0; i < FILTERS / 2; i++) {
                String text = generator.next();
                if (!agree(text, type)) {
                    different.add(type + " " + text);
                }
            }
        }
        assertEquals(List.of(), different);
        assertTrue(taken > FILTERS / 2, taken + " of " + FILTERS + " are taken");
    }

    /** Slips of the keyboard. They are not shown to libpcap itself, which might ask a name server for what they make. */
    @Test
    void shouldAnswerEverySlipWithItsPlace() throws Exception {
        long seed = Long.getLong("jopil.seed", System.nanoTime());
        System.out.println("jopil.seed=" + seed);
        Random random = new Random(seed);
        FilterGenerator generator = generator(random, LinkType.ETHERNET);
        int refused = 0;
        for (int i = 0; i < FILTERS; i++) {
            String text = slip(generator.next(), random);
            try {
                assertEquals(text, ours.compile(text, LinkType.ETHERNET).text());
            } catch (FilterException e) {
                refused++;
                assertTrue(e.column() >= 0 && e.column() <= text.length(), text + ": column " + e.column());
                assertTrue(!e.expected().isBlank() && !e.getMessage().isBlank(), text);
            }
        }
        assertTrue(refused > FILTERS / 4 && refused < FILTERS, refused + " of " + FILTERS + " are refused");
    }

    private static String slip(String text, Random random) {
        StringBuilder slipped = new StringBuilder(text);
        for (int slips = 1 + random.nextInt(2); slips > 0; slips--) {
            int at = random.nextInt(slipped.length());
            switch (random.nextInt(4)) {
                case 0 -> slipped.deleteCharAt(at);
                case 1 -> slipped.insert(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
                case 2 -> slipped.setCharAt(at, SIGNS.charAt(random.nextInt(SIGNS.length())));
                default -> slipped.insert(at, slipped.substring(at, Math.min(slipped.length(), at + 5)));
            }
            slipped.append(slipped.isEmpty() ? "t" : "");
        }
        return slipped.toString();
    }

    private static FilterGenerator generator(Random random, LinkType type) throws IOException {
        List<Frame> frames = Frames.of(Path.of(System.getProperty("jopil.pcaps"))).stream()
                .filter(capture -> capture.linkType() == type)
                .flatMap(capture -> capture.all().stream())
                .toList();
        return new FilterGenerator(random, type, frames);
    }

    private boolean agree(String text, LinkType type) {
        long[] theirs;
        try {
            theirs = libpcap.compile(text, type).instructions();
        } catch (RefusedExpression e) {
            assertThrows(FilterException.class, () -> ours.compile(text, type), text);
            return true;
        }
        try {
            taken++;
            return Arrays.equals(theirs, ours.compile(text, type).instructions());
        } catch (FilterException e) {
            return false;
        }
    }
}
