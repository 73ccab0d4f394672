// SPDX-License-Identifier: Apache-2.0
package com.example.toptalkers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jopil.api.event.Addresses;
import org.jopil.api.event.FlowBatch;
import org.jopil.api.report.Query;
import org.jopil.api.report.Report;
import org.junit.jupiter.api.Test;

class TopTalkersTest {
    private static final Path ROOT = Path.of(System.getProperty("jopil.root", "../.."));

    private record Flow(String src, String dst, long bytesFwd, long bytesRev, FlowBatch.Change change) {}

    private static Flow closed(String src, String dst, long bytesFwd, long bytesRev) {
        return new Flow(src, dst, bytesFwd, bytesRev, FlowBatch.Change.CLOSED);
    }

    private final TopTalkers talkers = new TopTalkers(100);

    @Test
    void shouldAddUpClosedRecordsOfBothEnds() throws Exception {
        talkers.onFlows(new Batch(
                0,
                List.of(
                        closed("10.0.0.1", "10.0.0.2", 1000, 500),
                        closed("10.0.0.3", "10.0.0.1", 100, 0),
                        closed("::1", "::1", 7, 0),
                        new Flow("10.0.0.9", "10.0.0.2", 9999, 0, FlowBatch.Change.UPDATED))));
        Report report = talkers.report(Query.first(10));
        assertEquals(4, report.total());
        assertArrayEquals(new Object[] {"10.0.0.1", 1600L}, report.rows().get(0));
        assertArrayEquals(new Object[] {"10.0.0.2", 1500L}, report.rows().get(1));
        assertArrayEquals(new Object[] {"10.0.0.3", 100L}, report.rows().get(2));
        assertArrayEquals(new Object[] {"::1", 7L}, report.rows().get(3));
        assertEquals(0, report.lost());
    }

    @Test
    void shouldSayWhatItMissed() throws Exception {
        TopTalkers small = new TopTalkers(2);
        small.onFlows(
                new Batch(3, List.of(closed("10.0.0.1", "10.0.0.2", 1, 1), closed("10.0.0.3", "10.0.0.1", 5, 5))));
        Report report = small.report(Query.first(10));
        assertEquals(2, report.total());
        assertEquals(4, report.lost());
    }

    @Test
    void shouldCarryItsStateOverAnUpdate() throws Exception {
        talkers.onFlows(new Batch(1, List.of(closed("10.0.0.1", "fe80::1", 1000, 500))));
        ByteArrayOutputStream state = new ByteArrayOutputStream();
        talkers.saveState(new DataOutputStream(state));
        TopTalkers updated = new TopTalkers(100);
        assertTrue(updated.restoreState(
                talkers.stateVersion(), new DataInputStream(new ByteArrayInputStream(state.toByteArray()))));
        assertEquals(
                talkers.report(Query.first(10)).toString(),
                updated.report(Query.first(10)).toString());
        assertEquals(1, updated.report(Query.first(1)).lost());
        assertFalse(updated.restoreState(99, new DataInputStream(new ByteArrayInputStream(new byte[0]))));
    }

    @Test
    void shouldImportTheApiForItsWholeMajorVersion() throws IOException {
        Path target = ROOT.resolve("examples/analyzer-top-talkers/target");
        Path jar;
        try (Stream<Path> files = Files.list(target)) {
            jar = files.filter(file ->
                            file.getFileName().toString().matches("analyzer-top-talkers-[^-]+(-SNAPSHOT)?\\.jar"))
                    .findFirst()
                    .orElseThrow();
        }
        try (JarFile bundle = new JarFile(jar.toFile())) {
            String imports = bundle.getManifest().getMainAttributes().getValue("Import-Package");
            Matcher matcher = Pattern.compile("(org\\.jopil\\.api[\\w.]*);version=\"([^\"]*)\"")
                    .matcher(imports);
            int found = 0;
            while (matcher.find()) {
                assertTrue(matcher.group(2).matches("\\[1\\.\\d+,2\\)"), matcher.group());
                found++;
            }
            assertTrue(found >= 4, imports);
        }
    }

    @Test
    void shouldBeQuotedAsItIs() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/write-an-analyzer.md"));
        Path example = ROOT.resolve("examples/analyzer-top-talkers");
        String sources = Files.readString(example.resolve("src/main/java/com/example/toptalkers/TopTalkers.java"))
                + Files.readString(example.resolve("src/main/java/com/example/toptalkers/HostTable.java"))
                + Files.readString(example.resolve("pom.xml"));
        Matcher blocks =
                Pattern.compile("```(?:java|xml)\\n(.*?)```", Pattern.DOTALL).matcher(page);
        int found = 0;
        while (blocks.find()) {
            assertTrue(sources.contains(blocks.group(1)), "quoted differently:\n" + blocks.group(1));
            found++;
        }
        assertTrue(found >= 2, "only " + found + " quotations");
    }

    private record Batch(long closedLostBefore, List<Flow> flows) implements FlowBatch {
        @Override
        public int size() {
            return flows.size();
        }

        @Override
        public long firstSequence() {
            return 0;
        }

        @Override
        public long lostBefore() {
            return closedLostBefore;
        }

        @Override
        public long id(int row) {
            return row;
        }

        @Override
        public Change change(int row) {
            return flows.get(row).change();
        }

        @Override
        public EndReason endReason(int row) {
            return EndReason.IDLE;
        }

        @Override
        public int interfaceId(int row) {
            return 1;
        }

        @Override
        public int vlan(int row) {
            return 0;
        }

        @Override
        public int ipProtocol(int row) {
            return 17;
        }

        private static long[] address(String text) {
            return Addresses.parse(text).orElseThrow();
        }

        @Override
        public long srcHi(int row) {
            return address(flows.get(row).src())[0];
        }

        @Override
        public long srcLo(int row) {
            return address(flows.get(row).src())[1];
        }

        @Override
        public long dstHi(int row) {
            return address(flows.get(row).dst())[0];
        }

        @Override
        public long dstLo(int row) {
            return address(flows.get(row).dst())[1];
        }

        @Override
        public int srcPort(int row) {
            return 1;
        }

        @Override
        public int dstPort(int row) {
            return 2;
        }

        @Override
        public long packetsFwd(int row) {
            return 1;
        }

        @Override
        public long packetsRev(int row) {
            return 1;
        }

        @Override
        public long bytesFwd(int row) {
            return flows.get(row).bytesFwd();
        }

        @Override
        public long bytesRev(int row) {
            return flows.get(row).bytesRev();
        }

        @Override
        public long firstSeenNs(int row) {
            return 0;
        }

        @Override
        public long lastSeenNs(int row) {
            return 0;
        }

        @Override
        public int tcpFlagsFwd(int row) {
            return 0;
        }

        @Override
        public int tcpFlagsRev(int row) {
            return 0;
        }
    }
}
