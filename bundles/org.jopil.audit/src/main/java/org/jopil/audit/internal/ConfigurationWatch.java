// SPDX-License-Identifier: Apache-2.0
package org.jopil.audit.internal;

import java.io.IOException;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jopil.audit.Actor;
import org.jopil.audit.Audit;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.osgi.service.cm.SynchronousConfigurationListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings that change, each with what it was before. A configuration that was not there before is only remembered: the
 * first start finds all of them new. On the thread that changes it.
 */
@Component(service = SynchronousConfigurationListener.class)
public final class ConfigurationWatch implements SynchronousConfigurationListener {
    private static final Logger LOG = LoggerFactory.getLogger(ConfigurationWatch.class);
    private static final Pattern SECRET = Pattern.compile("(?i).*(password|secret|token|private).*");
    /** Of the platform, not of people. */
    private static final Pattern INNER = Pattern.compile("service\\..*|felix\\.fileinstall\\..*|component\\..*");

    private final ConfigurationAdmin admin;
    private final Audit audit;
    private final Map<String, Map<String, String>> known = new ConcurrentHashMap<>();

    @Activate
    public ConfigurationWatch(@Reference ConfigurationAdmin admin, @Reference Audit audit) {
        this.admin = admin;
        this.audit = audit;
        try {
            Configuration[] all = admin.listConfigurations(null);
            for (Configuration one : all == null ? new Configuration[0] : all) {
                known.put(one.getPid(), settings(one.getProperties()));
            }
        } catch (IOException | InvalidSyntaxException e) {
            LOG.warn("Changes of settings that are there already are not told", e);
        }
    }

    @Override
    public void configurationEvent(ConfigurationEvent event) {
        String pid = event.getPid();
        switch (event.getType()) {
            case ConfigurationEvent.CM_UPDATED -> updated(pid);
            case ConfigurationEvent.CM_DELETED -> {
                if (known.remove(pid) != null) {
                    record(pid + " removed");
                }
            }
            default -> {}
        }
    }

    private void updated(String pid) {
        try {
            Map<String, String> now = settings(admin.getConfiguration(pid, "?").getProperties());
            Map<String, String> before = known.put(pid, now);
            List<String> changes = before == null ? List.of() : changes(before, now);
            if (!changes.isEmpty()) {
                record(pid + ": " + String.join("; ", changes));
            }
        } catch (IOException | IllegalStateException e) {
            LOG.debug("{} is gone already", pid, e);
        }
    }

    private void record(String what) {
        boolean person = Actor.role().isPresent();
        audit.record(new Audit.Event(
                Actor.role().orElse("etc folder"), person ? "shell" : "", "configuration", what, Audit.Event.DONE));
    }

    /** Without what the platform adds. */
    static Map<String, String> settings(Dictionary<String, Object> properties) {
        Map<String, String> settings = new TreeMap<>();
        if (properties != null) {
            for (String key : Collections.list(properties.keys())) {
                if (!INNER.matcher(key).matches()) {
                    settings.put(key, text(properties.get(key)));
                }
            }
        }
        return settings;
    }

    private static String text(Object value) {
        if (!value.getClass().isArray()) {
            return value.toString();
        }
        List<String> all = new ArrayList<>();
        for (int i = 0; i < Array.getLength(value); i++) {
            all.add(String.valueOf(Array.get(value, i)));
        }
        return String.join(",", all);
    }

    /** Without secrets. */
    static List<String> changes(Map<String, String> before, Map<String, String> now) {
        Set<String> keys = new TreeSet<>(before.keySet());
        keys.addAll(now.keySet());
        List<String> changes = new ArrayList<>();
        for (String key : keys) {
            String was = before.get(key);
            String is = now.get(key);
            if (was == null || !was.equals(is)) {
                changes.add(key + " " + shown(key, was) + " -> " + shown(key, is));
            }
        }
        return changes;
    }

    private static String shown(String key, String value) {
        if (value == null) {
            return "(default)";
        }
        return SECRET.matcher(key).matches() ? "(secret)" : value;
    }
}
