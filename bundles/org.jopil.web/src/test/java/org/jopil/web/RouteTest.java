// SPDX-License-Identifier: Apache-2.0
package org.jopil.web;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RouteTest {
    private static Optional<Map<String, String>> match(String pattern, String path) {
        return Route.get(pattern, "").to(exchange -> {}).match(path);
    }

    @Test
    void shouldMatchLiterally() {
        assertEquals(Optional.of(Map.of()), match("/api/stats", "/api/stats"));
        assertEquals(Optional.empty(), match("/api/stats", "/api/stat"));
        assertEquals(Optional.empty(), match("/api/stats", "/api/stats/"));
        assertEquals(Optional.empty(), match("/api/stats", "/api/stats/x"));
        assertEquals(Optional.empty(), match("/api/stats", "/api"));
        assertEquals(Optional.empty(), match("/api/stats", "/API/stats"));
    }

    @Test
    void shouldTakeASegment() {
        assertEquals(Optional.of(Map.of("name", "x")), match("/api/reports/{name}", "/api/reports/x"));
        assertEquals(Optional.empty(), match("/api/reports/{name}", "/api/reports/"));
        assertEquals(Optional.empty(), match("/api/reports/{name}", "/api/reports/x/y"));
    }

    @Test
    void shouldTakeSegmentsForAnInterfaceInANamespace() {
        String pattern = "/api/interfaces/{name+}/attach";
        assertEquals(Optional.of(Map.of("name", "eth0")), match(pattern, "/api/interfaces/eth0/attach"));
        assertEquals(Optional.of(Map.of("name", "ns/va")), match(pattern, "/api/interfaces/ns/va/attach"));
        assertEquals(Optional.empty(), match(pattern, "/api/interfaces/attach"));
        assertEquals(Optional.empty(), match(pattern, "/api/interfaces/eth0/detach"));
    }
}
