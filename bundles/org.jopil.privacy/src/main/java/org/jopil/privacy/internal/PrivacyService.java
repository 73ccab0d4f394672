// SPDX-License-Identifier: Apache-2.0
package org.jopil.privacy.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Supplier;
import org.jopil.api.JopilException;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Renewal;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one switch. Where it cannot be read, everything is hidden: a level that is not known leaves the one before in force,
 * at the start the strictest.
 */
@Component(
        service = {Privacy.class, HealthCheck.class},
        configurationPid = PrivacyService.PID)
@Designate(ocd = PrivacyConfig.class)
public final class PrivacyService implements Privacy, HealthCheck {
    static final String PID = "org.jopil.privacy";

    private static final Logger LOG = LoggerFactory.getLogger(PrivacyService.class);
    private static final String LEVEL = "level";
    /** Keep rows, or what was asked about them, beside the analyzers. */
    private static final Set<String> KEEPERS = Set.of("org.jopil.capture", "org.jopil.stream");

    private final Path data;
    private final List<Recorded> recorded = RecordedList.read();
    private final StampedLock change = new StampedLock();
    private final ThreadLocal<Pseudonyms> pseudonyms = ThreadLocal.withInitial(this::newPseudonyms);
    private final ExecutorService changes = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "jopil-privacy");
        thread.setDaemon(true);
        return thread;
    });

    /** The bus, which needs this service: found when it is wanted. Null: nobody is there who could remember anything. */
    private final Supplier<Renewal> renewal;

    private volatile Level level;
    /** What is asked for; behind {@link #level} until everybody has forgotten. */
    private Level wanted;

    private byte[] key;
    private volatile String keyProblem = "";

    /** Called by the component runtime. */
    @Activate
    public PrivacyService(BundleContext context, Map<String, Object> properties) {
        this(
                directory(context.getProperty("jopil.data")),
                first(properties, directory(System.getProperty("karaf.etc"))),
                () -> find(context));
    }

    /** @param data where the key is, null for a key that is not kept */
    PrivacyService(Path data, Level first, Supplier<Renewal> renewal) {
        this.data = data;
        this.renewal = renewal;
        level = first;
        wanted = first;
        if (first != Level.FULL) {
            LOG.info("Privacy: {}", first.text());
        }
    }

    private static Renewal find(BundleContext context) {
        ServiceReference<Renewal> reference = context.getServiceReference(Renewal.class);
        return reference == null ? null : context.getService(reference);
    }

    private static Path directory(String path) {
        return path == null || path.isBlank() ? null : Path.of(path);
    }

    /** A file that was not read yet may say anything. */
    private static Level first(Map<String, Object> properties, Path etc) {
        boolean configured = properties.containsKey(Constants.SERVICE_PID);
        if (!configured && etc != null && Files.exists(etc.resolve(PID + ".cfg"))) {
            return Level.ADDRESSES_MASKED;
        }
        return read(properties, Level.ADDRESSES_MASKED);
    }

    private static Level read(Map<String, Object> properties, Level instead) {
        Object text = properties.get(LEVEL);
        if (text == null) {
            return Level.FULL;
        }
        return Level.of(text.toString()).orElseGet(() -> {
            LOG.error("{} has no level '{}': {} is in force", PID, text, instead.text());
            return instead;
        });
    }

    @Modified
    void modified(Map<String, Object> properties) {
        want(read(properties, wanted));
    }

    /** In a thread of its own: who configures must not wait for components that come and go. */
    void want(Level now) {
        wanted = now;
        changes.execute(() -> change(now));
    }

    private void change(Level now) {
        if (now == level) {
            return;
        }
        Renewal forget = renewal.get();
        try {
            if (forget == null) {
                set(now);
            } else {
                forget.anew(KEEPERS, () -> set(now));
            }
        } catch (JopilException e) {
            LOG.error("Privacy: {} {}. {}", e.code(), e.title(), e.detail());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void set(Level now) {
        long stamp = change.writeLock();
        try {
            level = now;
        } finally {
            change.unlockWrite(stamp);
        }
        LOG.info("Privacy: {}; what was kept before is forgotten", now.text());
    }

    @Deactivate
    void deactivate() {
        changes.shutdown();
    }

    @Override
    public Level level() {
        return level;
    }

    @Override
    public void hide(long[] hi, long[] lo, int index) {
        if (level == Level.ADDRESSES_MASKED) {
            pseudonyms.get().hide(hi, lo, index);
        }
    }

    @Override
    public long hideMac(long mac) {
        return level == Level.ADDRESSES_MASKED ? pseudonyms.get().mac(mac) : mac;
    }

    @Override
    public long hold() {
        return change.readLock();
    }

    @Override
    public void release(long held) {
        change.unlockRead(held);
    }

    @Override
    public List<Recorded> recorded() {
        return recorded;
    }

    private Pseudonyms newPseudonyms() {
        return new Pseudonyms(key());
    }

    private synchronized byte[] key() {
        if (key == null) {
            try {
                key = data == null ? KeyFile.random() : KeyFile.read(data);
            } catch (IOException e) {
                keyProblem = "The key of the pseudonyms cannot be read or made (" + e.getMessage()
                        + "): one that is not kept is used, and the pseudonyms change with the next start.";
                LOG.error(keyProblem, e);
                key = KeyFile.random();
            }
        }
        return key;
    }

    @Override
    public String name() {
        return "privacy";
    }

    @Override
    public Result check() {
        return keyProblem.isEmpty()
                ? new Result(Status.UP, "In force: " + level.text() + ".")
                : new Result(Status.DEGRADED, keyProblem);
    }
}
