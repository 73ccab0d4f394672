// SPDX-License-Identifier: Apache-2.0
package org.jopil.pcap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Every frame of the captures as tshark reads it: time, lengths, interface and bytes. */
class CaptureReaderOracleTest {
    private static final String[] FIELDS = {
        "frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_name", "frame.md5_hash"
    };

    @Test
    void shouldReadTheCapturesAsTsharkDoes() throws Exception {
        compare(Path.of(System.getProperty("jopil.pcaps")), ".*\\.pcap(\\.gz)?", "pcaps");
    }

    @Test
    @EnabledIfSystemProperty(named = "jopil.corpus", matches = ".+")
    void shouldReadTcpdumpsOwnCapturesAsTsharkDoes() throws Exception {
        compare(Path.of(System.getProperty("jopil.corpus")), ".*\\.pcap(ng)?", "corpus");
    }

    private static void compare(Path folder, String names, String collection) throws Exception {
        Map<String, String> different = new TreeMap<>();
        int files = 0;
        for (Path file : files(folder, names)) {
            files++;
            String difference = difference(file);
            if (!difference.isEmpty()) {
                different.put(file.getFileName().toString(), difference);
            }
        }
        assertTrue(files > 0, folder + " has no capture");
        assertEquals(
                exceptions(collection).keySet(),
                different.keySet(),
                () -> String.join(
                        "\n",
                        different.entrySet().stream().map(Map.Entry::toString).toList()));
    }

    /** Empty if we and tshark say the same, of the frames and of whether the file is sound. */
    private static String difference(Path file) throws Exception {
        List<String> ours = new ArrayList<>();
        String ourError = "";
        try (CaptureReader in = CaptureReader.open(file)) {
            while (in.next()) {
                ours.add(line(in));
            }
        } catch (CaptureException e) {
            ourError = e.getMessage();
        }
        Wireshark.Run tshark = Wireshark.frames(file, FIELDS);
        if (ourError.isEmpty() != (tshark.status() == 0)) {
            return "we: " + ourError + ", tshark: " + tshark.errors();
        }
        if (ours.size() != tshark.lines().size()) {
            return "we: " + ours.size() + " frames, tshark: " + tshark.lines().size();
        }
        for (int i = 0; i < ours.size(); i++) {
            if (!isSame(ours.get(i), tshark.lines().get(i))) {
                return "we: " + ours.get(i) + ", tshark: " + tshark.lines().get(i);
            }
        }
        return "";
    }

    private static boolean isSame(String ours, String tshark) {
        int ourTime = ours.indexOf('\t');
        int time = tshark.indexOf('\t');
        return isSameTime(Long.parseLong(ours.substring(0, ourTime)), tshark.substring(0, time))
                // what tshark calls an interface without a name
                && ours.substring(ourTime).equals(tshark.substring(time).replace("\tunknown\t", "\t\t"));
    }

    /** tshark carries no fraction beyond a second over, and keeps its ns in a signed 32-bit number. */
    private static boolean isSameTime(long ns, String tshark) {
        int point = tshark.indexOf('.');
        long seconds = Math.abs(Long.parseLong(tshark.substring(0, point)));
        long fraction = Long.parseLong(tshark.substring(point + 1));
        int fractionNs = (int) (tshark.startsWith("-") ? -fraction : fraction);
        return (int) (ns - seconds * 1_000_000_000) == fractionNs;
    }

    private static String line(CaptureReader in) {
        return String.join(
                "\t",
                Long.toString(in.timestampNs()),
                Integer.toString(in.lengthBytes()),
                Integer.toString(in.capturedBytes()),
                in.interfaceName(),
                md5(in));
    }

    private static String md5(CaptureReader in) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(in.data(), in.dataIndex(), in.capturedBytes());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> files(Path folder, String names) throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.filter(file -> file.toString().matches(names)).sorted().toList();
        }
    }

    /** File name → cause. */
    private static Map<String, String> exceptions(String collection) {
        Map<String, String> exceptions = new TreeMap<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                CaptureReaderOracleTest.class.getResourceAsStream("/reader-exceptions.tsv"), StandardCharsets.UTF_8))) {
            for (String line : lines.lines().toList()) {
                String[] columns = line.split("\t");
                if (!line.startsWith("#") && columns[0].equals(collection)) {
                    assertEquals(3, columns.length, line);
                    exceptions.put(columns[1], columns[2]);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return exceptions;
    }
}
