// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jopil.api.event.Addresses;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Privacy.Level;
import org.jopil.api.source.Renewal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PrivacyServiceTest {
    private static final long UNIVERSAL = 0x00_1B_21_AA_BB_CCL;

    @TempDir
    Path data;

    private static String hidden(PrivacyService privacy, String address) {
        long[] halves = Addresses.parse(address).orElseThrow();
        long[] hi = {halves[0]};
        long[] lo = {halves[1]};
        privacy.hide(hi, lo, 0);
        return Addresses.text(hi[0], lo[0]);
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < until, "waited 10 s for: " + what);
            TimeUnit.MILLISECONDS.sleep(2);
        }
    }

    @Test
    void shouldHideNothingAndMakeNoKeyUnlessAsked() {
        for (Level level : List.of(Level.FULL, Level.NAMES_OFF)) {
            PrivacyService privacy = new PrivacyService(data, level, () -> null);
            assertEquals("192.0.2.1", hidden(privacy, "192.0.2.1"));
            assertEquals("2001:db8::1", hidden(privacy, "2001:db8::1"));
            assertEquals(UNIVERSAL, privacy.hideMac(UNIVERSAL));
            assertTrue(privacy.addresses());
        }
        assertFalse(Files.exists(data.resolve("privacy.key")));
    }

    @Test
    void shouldKeepPseudonymsAsLongAsTheKey() throws IOException {
        String first = hidden(new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null), "192.0.2.1");
        Path key = data.resolve("privacy.key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertEquals(32L, Files.size(key));
        assertNotEquals("192.0.2.1", first);
        assertEquals(first, hidden(new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null), "192.0.2.1"));
        Files.delete(key);
        List<String> others = new ArrayList<>();
        for (String address : List.of("192.0.2.1", "192.0.2.2", "2001:db8::1")) {
            others.add(hidden(new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null), address));
        }
        assertFalse(others.contains(first), others.toString());
    }

    @Test
    void shouldHideWithAKeyOfItsOwnWhereThatOfTheFileIsNone() throws IOException {
        byte[] none = {1, 2, 3};
        Files.write(data.resolve("privacy.key"), none);
        PrivacyService privacy = new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null);
        assertNotEquals("192.0.2.1", hidden(privacy, "192.0.2.1"));
        assertEquals(HealthCheck.Status.DEGRADED, privacy.check().status());
        assertArrayEquals(none, Files.readAllBytes(data.resolve("privacy.key")));
    }

    @Test
    void shouldStayStrictWhenTheLevelCannotBeRead() throws InterruptedException {
        PrivacyService privacy = new PrivacyService(data, Level.NAMES_OFF, () -> null);
        privacy.modified(Map.of("level", "fulll"));
        privacy.modified(Map.of("level", "addresses-masked"));
        await("the second change", () -> privacy.level() == Level.ADDRESSES_MASKED);
        privacy.modified(Map.of("level", ""));
        privacy.modified(Map.of("level", "names-off"));
        await("the fourth change", () -> privacy.level() == Level.NAMES_OFF);
    }

    @Test
    void shouldLetEverybodyForgetBeforeAnotherLevelCounts() throws InterruptedException {
        List<Level> before = new ArrayList<>();
        PrivacyService[] service = new PrivacyService[1];
        PrivacyService privacy = new PrivacyService(data, Level.FULL, () -> (Forgetting) (more, between) -> {
            before.add(service[0].level());
            between.run();
            before.add(service[0].level());
        });
        service[0] = privacy;
        privacy.want(Level.ADDRESSES_MASKED);
        await("the change", () -> before.size() == 2);
        assertEquals(List.of(Level.FULL, Level.ADDRESSES_MASKED), before);
    }

    @Test
    void shouldWaitForABatchThatIsOnItsWay() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        PrivacyService privacy = new PrivacyService(data, Level.FULL, () -> (Forgetting) (more, between) -> {
            asked.countDown();
            between.run();
        });
        long held = privacy.hold();
        privacy.want(Level.ADDRESSES_MASKED);
        assertTrue(asked.await(10, TimeUnit.SECONDS));
        assertEquals("192.0.2.1", hidden(privacy, "192.0.2.1"));
        assertEquals(Level.FULL, privacy.level());
        privacy.release(held);
        await("the change", () -> privacy.level() == Level.ADDRESSES_MASKED);
    }

    @Test
    void shouldGiveMacAddressesThatSoftwareSet() {
        PrivacyService privacy = new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null);
        long mac = privacy.hideMac(UNIVERSAL);
        assertNotEquals(UNIVERSAL, mac);
        assertEquals(2, mac >>> 40 & 3, "locally administered, one machine's");
        assertEquals(mac, privacy.hideMac(UNIVERSAL));
        assertEquals(0xFFFF_FFFF_FFFFL, privacy.hideMac(0xFFFF_FFFF_FFFFL));
        assertEquals(0x0180_C200_000EL, privacy.hideMac(0x0180_C200_000EL));
        assertEquals(0, privacy.hideMac(0));
        long solicited = 0x3333_FF12_3456L;
        assertEquals(0x3333, privacy.hideMac(solicited) >>> 32);
        assertNotEquals(solicited, privacy.hideMac(solicited));
        long group = 0x0100_5E12_3456L;
        assertEquals(group >>> 23, privacy.hideMac(group) >>> 23);
        assertNotEquals(group, privacy.hideMac(group));
    }

    @Test
    void shouldGiveEveryThreadTheSame() throws Exception {
        PrivacyService privacy = new PrivacyService(data, Level.ADDRESSES_MASKED, () -> null);
        Map<String, String> known = new ConcurrentHashMap<>();
        List<CompletableFuture<Void>> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            threads.add(CompletableFuture.runAsync(() -> {
                Random random = new Random(7);
                for (int i = 0; i < 30_000; i++) { // more than are remembered, each several times
                    String address = i % 5 == 0
                            ? Addresses.text(0x2001_0DB8_0000_0000L, random.nextInt(4000))
                            : Addresses.text(0, Addresses.mapped(0xC000_0000 | random.nextInt(12_000) << 3));
                    String pseudonym = hidden(privacy, address);
                    String before = known.putIfAbsent(address, pseudonym);
                    assertEquals(before == null ? pseudonym : before, pseudonym, address);
                }
            }));
        }
        for (CompletableFuture<Void> thread : threads) {
            thread.get(60, TimeUnit.SECONDS);
        }
        assertEquals((long) known.size(), known.values().stream().distinct().count(), "no two share one");
        CryptoPan pan = new CryptoPan(readKey(), Pseudonyms.SPECIALS);
        known.forEach((address, pseudonym) -> {
            long[] halves = Addresses.parse(address).orElseThrow();
            pan.pseudonym(halves[0], halves[1]);
            assertEquals(Addresses.text(pan.hi, pan.lo), pseudonym, address);
        });
    }

    private byte[] readKey() throws IOException {
        return KeyFile.read(data);
    }

    @Test
    void shouldListSomethingForEveryLevel() {
        assertTrue(RecordedList.read().size() > 10);
        RecordedList.read()
                .forEach(row -> assertFalse(
                        row.what().isBlank()
                                || row.where().isBlank()
                                || row.kept().isBlank()
                                || row.full().isBlank()
                                || row.namesOff().isBlank()
                                || row.addressesMasked().isBlank(),
                        row.toString()));
    }

    @Test
    void shouldHaveTheListInTheDocs() throws IOException {
        String docs = Files.readString(Path.of("../../docs/privacy.md"));
        RecordedList.read()
                .forEach(row -> assertTrue(
                        docs.contains("| " + row.what() + " | " + row.where() + " | " + row.kept() + " | " + row.full()
                                + " | " + row.namesOff() + " | " + row.addressesMasked() + " |"),
                        row.toString()));
    }

    /** Nothing but that. */
    private interface Forgetting extends Renewal {
        @Override
        default Absence without(Set<String> bundles) {
            throw new UnsupportedOperationException();
        }
    }
}
