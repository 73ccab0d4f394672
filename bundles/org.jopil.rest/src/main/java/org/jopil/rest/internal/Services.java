// SPDX-License-Identifier: Apache-2.0
package org.jopil.rest.internal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.DropStacks;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Replays;
import org.jopil.api.source.Why;
import org.jopil.audit.Audit;
import org.jopil.stats.Health;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Stats;
import org.jopil.web.WebClients;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** What the resources ask. A service that is away is a 503 for the resources that need it; the others go on. */
@Component(service = Services.class)
public class Services {
    private static final Duration EXAMINATION_LASTS = Duration.ofSeconds(5);

    private record Examination(Instant at, List<Doctor.Finding> findings) {}

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Stats stats;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Health health;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Reports reports;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Filters filters;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Interfaces interfaces;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Analyzers analyzers;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Ledger ledger;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Doctor doctor;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Cost cost;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile LatencySource latency;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Why why;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile DropStacks dropStacks;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile WebClients webClients;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Captures captures;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Replays replays;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Privacy privacy;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Audit audit;

    private Examination examination;

    Stats stats() {
        return there(stats, "statistics");
    }

    Health health() {
        return there(health, "health");
    }

    DropStacks dropStacks() {
        return there(dropStacks, "tracer");
    }

    Reports reports() {
        return there(reports, "bus");
    }

    /** Null while it is away: only who filters needs it. */
    Filters filters() {
        return filters;
    }

    Interfaces interfaces() {
        return there(interfaces, "sensor");
    }

    Analyzers analyzers() {
        return there(analyzers, "bus");
    }

    Cost cost() {
        return there(cost, "sensor");
    }

    Why why() {
        return there(why, "bundle org.jopil.why");
    }

    Replays replays() {
        return there(replays, "bundle org.jopil.replay");
    }

    Audit audit() {
        return there(audit, "bundle org.jopil.audit");
    }

    Privacy privacy() {
        return there(privacy, "bundle org.jopil.privacy");
    }

    Captures captures() {
        return there(captures, "bundle org.jopil.capture");
    }

    Ledger ledger() {
        return there(ledger, "ledger");
    }

    LatencySource latency() {
        return there(latency, "tracer");
    }

    List<WebClients.Client> webClients() {
        WebClients clients = webClients;
        return clients == null ? List.of() : clients.list();
    }

    /** An examination loads trial programs into the kernel: once in five seconds, however many ask. */
    synchronized List<Doctor.Finding> findings() {
        Instant now = Instant.now();
        if (examination == null || examination.at.plus(EXAMINATION_LASTS).isBefore(now)) {
            examination = new Examination(now, there(doctor, "doctor").examine());
        }
        return examination.findings;
    }

    Optional<Snapshot> latest() {
        Stats present = stats;
        return present == null ? Optional.empty() : present.latest();
    }

    private static <T> T there(T service, String name) {
        if (service == null) {
            throw away(name);
        }
        return service;
    }

    static JopilException away(String name) {
        return new JopilException(
                "JOPIL-503",
                503,
                "The " + name + " is not running",
                "It is starting, stopping, or failed: /api/health and 'jopil logs' say which. Try again in a"
                        + " second.");
    }
}
