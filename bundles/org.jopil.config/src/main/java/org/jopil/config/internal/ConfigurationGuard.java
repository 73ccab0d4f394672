// SPDX-License-Identifier: Apache-2.0
package org.jopil.config.internal;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Enumeration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jopil.api.source.HealthCheck;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.ConfigurationListener;
import org.osgi.service.cm.ConfigurationPlugin;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands between every configuration and its component: a value that the bundle's Metatype does not allow is replaced
 * by the last good one, or by the default, and is told in the log and in {@code /api/health}. So no bundle checks for
 * itself, and a typing error never stops a running sensor. The PID of a bundle's configuration is its symbolic name.
 */
@Component(
        service = {ConfigurationPlugin.class, ConfigurationListener.class, HealthCheck.class},
        property = "service.cmRanking:Integer=500")
public final class ConfigurationGuard implements ConfigurationPlugin, ConfigurationListener, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationGuard.class);

    private final BundleContext context;
    private final Map<String, Map<String, Object>> lastGood = new HashMap<>();
    private final Map<String, List<String>> problems = new TreeMap<>();

    @Activate
    public ConfigurationGuard(BundleContext context) {
        this.context = context;
    }

    @Override
    public synchronized void modifyConfiguration(ServiceReference<?> target, Dictionary<String, Object> properties) {
        if (!(properties.get(Constants.SERVICE_PID) instanceof String pid)) {
            return;
        }
        Optional<Metatype> metatype = metatype(pid);
        if (metatype.isEmpty()) {
            return;
        }
        Map<String, Object> good = lastGood.computeIfAbsent(pid, p -> new HashMap<>());
        List<String> found = new ArrayList<>();
        for (String key : Collections.list(properties.keys())) {
            Attribute attribute = metatype.get().attributes().get(key);
            Object value = properties.get(key);
            if (attribute == null) {
                if (isOfPlatform(key)) {
                    continue;
                }
                found.add("%s: there is no key %s; there are %s."
                        .formatted(
                                pid,
                                key,
                                String.join(", ", metatype.get().attributes().keySet())));
            } else if (attribute.allows(value)) {
                good.put(key, value);
            } else {
                Object instead = good.get(key);
                if (instead == null) {
                    properties.remove(key);
                } else {
                    properties.put(key, instead);
                }
                found.add("%s: %s = %s is refused, it is %s. In force stays %s."
                        .formatted(
                                pid, key, value, attribute.range(), instead == null ? attribute.fallback() : instead));
            }
        }
        List<String> before = found.isEmpty() ? problems.remove(pid) : problems.put(pid, found);
        for (String problem : found) {
            if (before == null || !before.contains(problem)) {
                LOG.warn(problem);
            }
        }
    }

    private static boolean isOfPlatform(String key) {
        return key.startsWith("service.")
                || key.startsWith("felix.")
                || key.startsWith("component.")
                || key.startsWith("org.apache.")
                || key.startsWith(":");
    }

    private Optional<Metatype> metatype(String pid) {
        for (Bundle bundle : context.getBundles()) {
            if (pid.equals(bundle.getSymbolicName())) {
                Enumeration<URL> files = bundle.findEntries("OSGI-INF/metatype", "*.xml", false);
                while (files != null && files.hasMoreElements()) {
                    Optional<Metatype> found = read(files.nextElement());
                    if (found.map(Metatype::pid).filter(pid::equals).isPresent()) {
                        return found;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Metatype> read(URL file) {
        try (InputStream in = file.openStream()) {
            return Optional.of(Metatype.read(in));
        } catch (IOException e) {
            LOG.warn("{} can't be read, so its configuration is not checked", file, e);
            return Optional.empty();
        }
    }

    @Override
    public synchronized void configurationEvent(ConfigurationEvent event) {
        if (event.getType() == ConfigurationEvent.CM_DELETED) {
            problems.remove(event.getPid());
            lastGood.remove(event.getPid());
        }
    }

    @Override
    public String name() {
        return "configuration";
    }

    @Override
    public synchronized Result check() {
        if (problems.isEmpty()) {
            return new Result(Status.UP, "Every value is in its range.");
        }
        List<String> all = new ArrayList<>();
        problems.values().forEach(all::addAll);
        return new Result(Status.DEGRADED, String.join(" ", all) + " Mend the file in etc/, it counts at once.");
    }
}
