// SPDX-License-Identifier: Apache-2.0
package org.jopil.sensor.internal;

import java.lang.reflect.Proxy;
import java.util.Map;

/** Configurations: the defaults, but for some keys. */
final class Configs {
    private Configs() {}

    /** @param changed by the key's name in the file */
    static SensorConfig of(Map<String, Object> changed) {
        return (SensorConfig) Proxy.newProxyInstance(
                SensorConfig.class.getClassLoader(),
                new Class<?>[] {SensorConfig.class},
                (proxy, method, arguments) ->
                        changed.getOrDefault(method.getName().replace("__", "_"), method.getDefaultValue()));
    }
}
