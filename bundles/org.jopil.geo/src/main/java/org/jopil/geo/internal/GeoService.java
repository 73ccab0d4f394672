// SPDX-License-Identifier: Apache-2.0
package org.jopil.geo.internal;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jopil.api.source.AddressFacts;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.Privacy;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Country and AS of addresses. Looks at its files now and then, on a thread of its own; without files there is none. */
@Component(
        service = {AddressFacts.class, HealthCheck.class},
        configurationPid = "org.jopil.geo")
@Designate(ocd = GeoConfig.class)
public final class GeoService implements AddressFacts, HealthCheck {
    private static final Logger LOG = LoggerFactory.getLogger(GeoService.class);
    private static final long LOOK_MS = 2000;

    private final Privacy privacy;
    private final long lookMs;
    private volatile DatabaseFile countries;
    private volatile DatabaseFile systems;
    private volatile FactsCache facts;
    private ScheduledExecutorService looker;

    /** Called by the component runtime. */
    @Activate
    public GeoService(@Reference Privacy privacy, GeoConfig config) {
        this(privacy, config.country__database(), config.as__database(), LOOK_MS);
    }

    GeoService(Privacy privacy, String countryDatabase, String asDatabase, long lookMs) {
        this.privacy = privacy;
        this.lookMs = lookMs;
        use(countryDatabase, asDatabase);
    }

    @Modified
    void modified(GeoConfig config) {
        change(config.country__database(), config.as__database());
    }

    void change(String countryDatabase, String asDatabase) {
        deactivate();
        use(countryDatabase, asDatabase);
    }

    @Deactivate
    void deactivate() {
        if (looker != null) {
            looker.shutdown();
            looker = null;
        }
    }

    private void use(String countryDatabase, String asDatabase) {
        DatabaseFile first = new DatabaseFile(countryDatabase, countries, Keys.COUNTRY);
        DatabaseFile second = new DatabaseFile(asDatabase, systems, Keys.AS);
        synchronized (this) {
            countries = first;
            systems = second;
            facts = new FactsCache(first.database(), second.database());
        }
        if (first.isConfigured() || second.isConfigured()) {
            looker = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "jopil-geo");
                thread.setDaemon(true);
                return thread;
            });
            looker.scheduleWithFixedDelay(() -> look(first, second), 0, lookMs, TimeUnit.MILLISECONDS);
        }
    }

    private void look(DatabaseFile first, DatabaseFile second) {
        try {
            if (first.look() | second.look()) {
                replace(first, second);
            }
        } catch (RuntimeException e) {
            LOG.error("Cannot look at the databases of countries and autonomous systems", e);
        }
    }

    private synchronized void replace(DatabaseFile first, DatabaseFile second) {
        if (first == countries) { // not configured anew meanwhile
            facts = new FactsCache(first.database(), second.database());
        }
    }

    @Override
    public Facts of(long hi, long lo) {
        // a pseudonym is in no country
        return privacy.addresses() ? facts.of(hi, lo) : Facts.NONE;
    }

    @Override
    public String name() {
        return "geo";
    }

    @Override
    public Result check() {
        List<DatabaseFile> files = List.of(countries, systems);
        List<String> problems = files.stream()
                .map(DatabaseFile::problem)
                .filter(Objects::nonNull)
                .toList();
        if (!problems.isEmpty()) {
            return new Result(Status.DEGRADED, String.join(" ", problems) + " The paths are in etc/org.jopil.geo.cfg.");
        }
        List<String> inForce = new ArrayList<>();
        for (DatabaseFile file : files) {
            Database database = file.database();
            if (database != null) {
                inForce.add(database.type() + " of "
                        + Instant.ofEpochSecond(database.builtEpochSeconds())
                                .atZone(ZoneOffset.UTC)
                                .toLocalDate());
            }
        }
        return new Result(
                Status.UP,
                inForce.isEmpty()
                        ? "Countries and autonomous systems are not asked for: etc/org.jopil.geo.cfg names no database."
                        : "In force: " + String.join(", ", inForce) + ".");
    }
}
