// SPDX-License-Identifier: Apache-2.0
package org.jopil.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jopil.fuzz.Fuzzer;
import org.jopil.testkit.Capture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Any bytes are decoded, and only fields of the list come of it. The inputs beside this class are tried in every build;
 * {@code -Djopil.fuzz=SECONDS} searches for new ones.
 */
public class PacketDecoderFuzzTest {
    private static final int FRAMES_OF_A_CAPTURE = 400;
    private static final int LONGEST_CUT = 250;

    @FuzzTest
    void shouldDecodeAnything(byte[] input) {
        fuzzerTestOneInput(input);
    }

    @Test
    @EnabledIfSystemProperty(named = "jopil.fuzz", matches = "[0-9]+")
    void shouldStandTheFuzzer(@TempDir Path folder) throws Exception {
        Fuzzer.Result result =
                new Fuzzer(folder, PacketDecoderFuzzTest.class).run(Integer.getInteger("jopil.fuzz"), seeds());
        assertEquals(0, result.status(), result::log);
        System.out.println("fuzzed, decoder: " + result.text());
    }

    /** A frame of each kind. */
    private static Stream<byte[]> seeds() throws Exception {
        Set<String> kinds = new HashSet<>();
        List<byte[]> seeds = new ArrayList<>();
        for (Path file : Capture.all()) {
            for (Capture.Frame frame : Capture.read(file).frames()) {
                LinkType link = LinkType.of(frame.linkType()).orElse(null);
                if (link != null && kinds.add(kind(link, frame))) {
                    byte[] seed = new byte[frame.data().length + 1];
                    seed[0] = (byte) link.ordinal();
                    System.arraycopy(frame.data(), 0, seed, 1, frame.data().length);
                    seeds.add(seed);
                }
            }
        }
        return seeds.stream();
    }

    /** Jazzer's own program calls this. The first byte says which link type. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        LinkType link = LinkType.values()[(input[0] & 0xFF) % LinkType.values().length];
        byte[] frame = Arrays.copyOfRange(input, 1, input.length);
        Layers layers = PacketDecoder.decode(frame, frame.length, frame.length, 0, link);
        assertTrue(layers.headerEnd() <= frame.length, "headers within the frame");
        assertTrue(layers.tree().toString().length() < 200_000, "bounded");
        HeaderParser parser = new HeaderParser();
        parser.parse(frame, 0, frame.length, frame.length, link == LinkType.RAW, false);
        parser.followTunnel();
        assertTrue(parser.payloadBytes() >= 0 && parser.payloadBytes() <= frame.length, "payload within the frame");
    }

    @Test
    void shouldInventNothingBeyondACutAtAnyByte() throws Exception {
        Set<String> kinds = new HashSet<>();
        long cuts = 0;
        for (var file : Capture.all()) {
            Capture capture = Capture.read(file);
            int taken = 0;
            for (Capture.Frame frame : capture.frames()) {
                LinkType link = LinkType.of(frame.linkType()).orElse(null);
                if (link == null || taken == FRAMES_OF_A_CAPTURE || !kinds.add(kind(link, frame))) {
                    continue;
                }
                taken++;
                cuts += cut(capture.name(), link, frame);
            }
        }
        System.out.printf("%d frames of different kinds, cut at %d bytes%n", kinds.size(), cuts);
        assertTrue(kinds.size() > 30, kinds.size() + " kinds");
    }

    /** Frames with the same layers and the same lengths are told apart by nothing that matters here. */
    private static String kind(LinkType link, Capture.Frame frame) {
        Layers layers = PacketDecoder.decode(frame.data(), frame.data().length, frame.length(), 0, link);
        StringBuilder kind = new StringBuilder(link.name());
        for (Layers at = layers; at != null; at = at.inner()) {
            at.names().forEach(name -> kind.append(' ').append(name));
        }
        return kind.append(' ').append(layers.headerEnd()).toString();
    }

    private static int cut(String where, LinkType link, Capture.Frame frame) {
        int most = Math.min(frame.data().length, LONGEST_CUT);
        byte[] other = new byte[frame.data().length];
        for (int captured = 0; captured <= most; captured++) {
            System.arraycopy(frame.data(), 0, other, 0, captured);
            for (int i = captured; i < other.length; i++) {
                other[i] = (byte) ~frame.data()[i];
            }
            Layers ours = PacketDecoder.decode(frame.data(), captured, frame.length(), 0, link);
            Layers theirs = PacketDecoder.decode(other, captured, frame.length(), 0, link);
            assertEquals(ours.tree(), theirs.tree(), where + " cut at " + captured);
            assertEquals(ours.info(), theirs.info(), where + " cut at " + captured);
        }
        return most + 1;
    }
}
