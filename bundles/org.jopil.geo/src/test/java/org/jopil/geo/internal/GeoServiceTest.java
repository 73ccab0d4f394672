// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.AddressFacts.Facts;
import org.jopil.api.source.HealthCheck.Status;
import org.jopil.testkit.MmdbWriter;
import org.jopil.testkit.NothingHidden;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases of documentation prefixes, replaced and damaged as people do. */
class GeoServiceTest {
    private static final long LIMIT_NS = 10_000_000_000L;
    private static final String LONG_NAME = "An Example Organisation with a Name of more than 28 Bytes";

    @TempDir
    private Path folder;

    private GeoService geo;

    @AfterEach
    void stop() {
        if (geo != null) {
            geo.deactivate();
        }
    }

    private Path countries(String code, int ipVersion) throws IOException {
        MmdbWriter database = new MmdbWriter("Test-Country", ipVersion)
                .with("192.0.2.0/24", Map.of("country", Map.of("iso_code", code)))
                .with("10.0.0.0/8", Map.of("country", Map.of("iso_code", "XX")));
        if (ipVersion == 6) {
            database.with("2001:db8::/32", Map.of("country", Map.of("iso_code", "FR")));
        }
        return database.write(folder.resolve("country.mmdb"));
    }

    private Path systems() throws IOException {
        return new MmdbWriter("Test-ASN", 6)
                .with(
                        "192.0.2.0/25",
                        Map.of("autonomous_system_number", 4_200_000_001L, "autonomous_system_organization", LONG_NAME))
                .with("2001:db8:1::/48", Map.of("autonomous_system_number", 64_496L))
                .write(folder.resolve("as.mmdb"));
    }

    private void start(String countryDatabase, String asDatabase) {
        geo = new GeoService(new NothingHidden(), countryDatabase, asDatabase, 20);
    }

    private Facts of(String ip) {
        long[] address = Addresses.parse(ip).orElseThrow();
        return geo.of(address[0], address[1]);
    }

    private void await(BooleanSupplier condition) {
        long end = System.nanoTime() + LIMIT_NS;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, () -> geo.check().message());
            Thread.onSpinWait();
        }
    }

    private boolean says(Status status, String text) {
        return geo.check().status() == status && geo.check().message().contains(text);
    }

    @Test
    void shouldTellNothingWithoutADatabase() {
        start("", "");
        assertSame(Facts.NONE, of("192.0.2.1"));
        assertTrue(says(Status.UP, "names no database"), geo.check().message());
    }

    @Test
    void shouldTellOfBothDatabases() throws IOException {
        start(countries("DE", 6).toString(), systems().toString());
        await(() -> says(Status.UP, "Test-Country of 2026-01-01, Test-ASN of 2026-01-01"));
        assertEquals(new Facts("DE", 4_200_000_001L, LONG_NAME), of("192.0.2.1"));
        assertEquals(new Facts("DE", 0, null), of("192.0.2.129"));
        assertEquals(new Facts("FR", 64_496, null), of("2001:db8:1::7"));
        assertEquals(new Facts("FR", 0, null), of("2001:db8:2::7"));
        assertSame(Facts.NONE, of("203.0.113.1"));
    }

    @Test
    void shouldTellNothingOfAddressesThatAreNobodys() throws IOException {
        start(countries("DE", 6).toString(), "");
        await(() -> "DE".equals(of("192.0.2.1").country()));
        for (String ip :
                List.of("10.1.2.3", "127.0.0.1", "169.254.1.1", "224.0.0.1", "::1", "fe80::1", "fd00::1", "ff02::1")) {
            assertSame(Facts.NONE, of(ip), ip);
        }
    }

    @Test
    void shouldKnowWhatIsSpecialAtItsEdges() {
        Map<String, Boolean> expected = Map.ofEntries(
                Map.entry("0.255.255.255", true),
                Map.entry("1.0.0.0", false),
                Map.entry("9.255.255.255", false),
                Map.entry("10.0.0.0", true),
                Map.entry("11.0.0.0", false),
                Map.entry("100.63.255.255", false),
                Map.entry("100.64.0.0", true),
                Map.entry("100.128.0.0", false),
                Map.entry("172.15.255.255", false),
                Map.entry("172.31.255.255", true),
                Map.entry("172.32.0.0", false),
                Map.entry("192.168.255.255", true),
                Map.entry("192.169.0.0", false),
                Map.entry("223.255.255.255", false),
                Map.entry("255.255.255.255", true),
                Map.entry("::", true),
                Map.entry("::2", false),
                Map.entry("fbff::", false),
                Map.entry("fc00::", true),
                Map.entry("fdff::", true),
                Map.entry("fe00::", false),
                Map.entry("febf::", true),
                Map.entry("fec0::", false),
                Map.entry("2001:db8::", false));
        expected.forEach((ip, special) -> {
            long[] address = Addresses.parse(ip).orElseThrow();
            assertEquals(special, SpecialAddresses.contains(address[0], address[1]), ip);
        });
    }

    @Test
    void shouldTellNothingOfIpv6InADatabaseOfIpv4() throws IOException {
        start(countries("DE", 4).toString(), "");
        await(() -> "DE".equals(of("192.0.2.1").country()));
        assertSame(Facts.NONE, of("2001:db8::1"));
        assertEquals(Status.UP, geo.check().status());
    }

    @Test
    void shouldNoticeAFileThatIsReplaced() throws IOException {
        Path file = countries("DE", 6);
        start(file.toString(), "");
        await(() -> "DE".equals(of("192.0.2.1").country()));
        countries("CH", 6);
        await(() -> "CH".equals(of("192.0.2.1").country()));
    }

    @Test
    void shouldRefuseADamagedFileAndKeepTheOldOne() throws IOException {
        Path file = countries("DE", 6);
        byte[] whole = Files.readAllBytes(file);
        start(file.toString(), "");
        await(() -> "DE".equals(of("192.0.2.1").country()));
        Files.write(file, Arrays.copyOf(whole, whole.length / 2)); // in place, as cp does
        await(() -> says(Status.DEGRADED, "What was read before stays in force."));
        assertEquals("DE", of("192.0.2.1").country());
        assertEquals("DE", of("192.0.2.77").country(), "one that was not asked for before");
        Files.delete(file);
        await(() -> says(Status.DEGRADED, "there is no such file"));
        assertEquals("DE", of("192.0.2.78").country());
        countries("CH", 6);
        await(() -> geo.check().status() == Status.UP);
        assertEquals("CH", of("192.0.2.1").country());
    }

    @Test
    void shouldRefuseADatabaseOfAnotherKind() throws IOException {
        start(systems().toString(), "");
        await(() -> says(Status.DEGRADED, "its records have no country.iso_code; it is a database of type Test-ASN"));
        assertTrue(says(Status.DEGRADED, "Nothing is in force."), geo.check().message());
        assertSame(Facts.NONE, of("192.0.2.1"));
    }

    @Test
    void shouldKeepTheOldOneWhenTheNewPathIsWrongAndNoneWhenItIsEmpty() throws IOException {
        start(countries("DE", 6).toString(), "");
        await(() -> "DE".equals(of("192.0.2.1").country()));
        geo.change(folder.resolve("missing.mmdb").toString(), "");
        await(() -> says(Status.DEGRADED, "missing.mmdb is refused: there is no such file. What was read before"));
        assertEquals("DE", of("192.0.2.1").country());
        geo.change("", "");
        assertSame(Facts.NONE, of("192.0.2.1"));
        assertTrue(says(Status.UP, "names no database"), geo.check().message());
    }

    @Test
    void shouldRefuseWhatIsNoDatabase() throws IOException {
        start(Files.writeString(folder.resolve("a.mmdb"), "not a database").toString(), "");
        await(() -> says(Status.DEGRADED, "a.mmdb is refused"));
    }

    @Test
    void shouldNeitherThrowNorInventWhateverByteIsWrong() throws IOException {
        Path file = countries("DE", 6);
        byte[] whole = Files.readAllBytes(file);
        long[] address = Addresses.parse("192.0.2.1").orElseThrow();
        int refused = 0;
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) 0x55;
            Files.write(file, damaged);
            try {
                Database database = Database.open(file, Keys.COUNTRY);
                new FactsCache(database, null).of(address[0], address[1]);
            } catch (IOException e) {
                assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), "no text at byte " + i);
                refused++;
            }
        }
        assertTrue(refused > 100, refused + " of " + whole.length + " refused");
    }

    @Test
    void shouldAllocateNothingForWhatWasAskedBefore() throws IOException {
        start(countries("DE", 6).toString(), systems().toString());
        await(() -> of("192.0.2.1").as() != 0 && of("192.0.2.1").country() != null);
        long[] address = Addresses.parse("192.0.2.1").orElseThrow();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long bytes = Long.MAX_VALUE;
        for (int round = 0; round < 20 && bytes > 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int n = 0; n < 10_000; n++) {
                geo.of(address[0], address[1]);
            }
            bytes = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, bytes);
    }
}
