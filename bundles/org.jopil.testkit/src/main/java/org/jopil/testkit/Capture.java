// SPDX-License-Identifier: Apache-2.0
package org.jopil.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jopil.pcap.CaptureException;
import org.jopil.pcap.CaptureReader;

/**
 * A capture file, whole.
 *
 * @param file it came from
 * @param frames in the order of the file, up to where it is corrupt
 */
public record Capture(Path file, List<Frame> frames) {
    /**
     * One frame.
     *
     * @param linkType LINKTYPE_ number of what it starts with
     * @param timestampNs since the epoch
     * @param data captured bytes
     * @param length of the frame on the wire, bytes
     */
    public record Frame(int linkType, long timestampNs, byte[] data, int length) {}

    public String name() {
        return file.getFileName().toString();
    }

    /** Every capture of the collection beside the repository. */
    public static List<Path> shared() {
        return in(Path.of(System.getProperty("jopil.pcaps")));
    }

    /** Those, and those of tcpdump's own test suite where {@code jopil.corpus} says where they are. */
    public static List<Path> all() {
        List<Path> all = new ArrayList<>(shared());
        String corpus = System.getProperty("jopil.corpus", "");
        if (!corpus.isEmpty()) {
            all.addAll(in(Path.of(corpus)));
        }
        return all;
    }

    private static List<Path> in(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().matches(".*\\.pcap(ng)?(\\.gz)?"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Capture read(Path file) throws IOException {
        List<Frame> frames = new ArrayList<>();
        try (CaptureReader in = CaptureReader.open(file)) {
            while (in.next()) {
                int from = in.dataIndex();
                byte[] data = Arrays.copyOfRange(in.data(), from, from + in.capturedBytes());
                frames.add(new Frame(in.linkType(), in.timestampNs(), data, in.lengthBytes()));
            }
        } catch (CaptureException e) {
            // some are corrupt on purpose: what was whole before counts
        }
        return new Capture(file, frames);
    }
}
