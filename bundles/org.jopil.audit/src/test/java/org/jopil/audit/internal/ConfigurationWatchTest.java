// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationWatchTest {
    @Test
    void shouldTellWhatWasAndWhatIs() {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put("level", "full");
        properties.put("hosts", new String[] {"a", "b"});
        properties.put("ports", new int[] {1, 2});
        properties.put("service.pid", "x");
        properties.put("felix.fileinstall.filename", "file:/x.cfg");
        Map<String, String> before = ConfigurationWatch.settings(properties);
        assertEquals(Map.of("level", "full", "hosts", "a,b", "ports", "1,2"), before);
        properties.put("level", "names-off");
        properties.remove("hosts");
        properties.put("ring", 7);
        assertEquals(
                List.of("hosts a,b -> (default)", "level full -> names-off", "ring (default) -> 7"),
                ConfigurationWatch.changes(before, ConfigurationWatch.settings(properties)));
    }

    @Test
    void shouldKeepSecretsToItself() {
        assertEquals(
                List.of("api.token (secret) -> (secret)", "keystorePassword (default) -> (secret)"),
                ConfigurationWatch.changes(
                        Map.of("api.token", "hush"), Map.of("api.token", "hush2", "keystorePassword", "hush3")));
    }
}
