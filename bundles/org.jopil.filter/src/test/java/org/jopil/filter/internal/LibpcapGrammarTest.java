// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    private final PcapCompiler libpcap = new PcapCompiler();
    private final PcapFilters ours = new PcapFilters(libpcap);
    private int taken;

    @Test
    void shouldTakeWhatLibpcapTakes() throws Exception {
        long seed = Long.getLong("jopil.seed", System.nanoTime());
        System.out.println("jopil.seed=" + seed);
        Random random = new Random(seed);
        List<Frames> captures = Frames.of(Path.of(System.getProperty("jopil.pcaps")));
        List<String> different = new ArrayList<>();
        for (LinkType type : LinkType.values()) {
            List<Frame> frames = captures.stream()
                    .filter(capture -> capture.linkType() == type)
                    .flatMap(capture -> capture.all().stream())
                    .toList();
            FilterGenerator generator = new FilterGenerator(random, type, frames);
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
