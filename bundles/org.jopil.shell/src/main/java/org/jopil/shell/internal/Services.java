// SPDX-License-Identifier: Apache-2.0
package org.jopil.shell.internal;

import java.util.List;
import java.util.Optional;
import org.jopil.api.JopilException;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Column;
import org.jopil.api.report.Query;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Analyzers;
import org.jopil.api.source.Captures;
import org.jopil.api.source.Cost;
import org.jopil.api.source.Doctor;
import org.jopil.api.source.DropStacks;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.LatencySource;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.MemoryPlan;
import org.jopil.api.source.PacketTraces;
import org.jopil.api.source.Privacy;
import org.jopil.api.source.Replays;
import org.jopil.api.source.RuleTrace;
import org.jopil.api.source.Why;
import org.jopil.audit.Audit;
import org.jopil.stats.Health;
import org.jopil.stats.Snapshot;
import org.jopil.stats.Stats;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** What the commands ask. A service that is away is an error of the commands that need it; no command ever vanishes. */
@Component(service = Services.class)
public class Services {
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
    volatile PacketTraces traces;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile DropStacks dropStacks;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile RuleTrace ruleTrace;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Captures captures;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Privacy privacy;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Replays replays;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    volatile Audit audit;

    public Health health() {
        return there(health, "health");
    }

    public Reports reports() {
        return there(reports, "bus");
    }

    /** Null while it is away: only who filters needs it. */
    public Filters filters() {
        return filters;
    }

    public Interfaces interfaces() {
        return there(interfaces, "sensor");
    }

    public Analyzers analyzers() {
        return there(analyzers, "bus");
    }

    /** Empty while no sensor runs. */
    public Optional<MemoryPlan> memory() {
        return Optional.ofNullable(cost).flatMap(Cost::memory);
    }

    public Cost cost() {
        return there(cost, "sensor");
    }

    public Why why() {
        return there(why, "bundle org.jopil.why");
    }

    public DropStacks dropStacks() {
        return there(dropStacks, "tracer");
    }

    public RuleTrace ruleTrace() {
        return there(ruleTrace, "tracer");
    }

    public Replays replays() {
        return there(replays, "bundle org.jopil.replay");
    }

    public Audit audit() {
        return there(audit, "bundle org.jopil.audit");
    }

    public Privacy privacy() {
        return there(privacy, "bundle org.jopil.privacy");
    }

    public Captures captures() {
        return there(captures, "bundle org.jopil.capture");
    }

    public Ledger ledger() {
        return there(ledger, "ledger");
    }

    public LatencySource latency() {
        return there(latency, "tracer");
    }

    public PacketTraces traces() {
        return there(traces, "tracer");
    }

    public Doctor doctor() {
        return there(doctor, "doctor");
    }

    /** Empty in the first second, and while the statistics are away. */
    public Optional<Snapshot> latest() {
        Stats present = stats;
        return present == null ? Optional.empty() : present.latest();
    }

    /** Columns of a report, or none while it cannot be asked: for completion. */
    public List<Column> columns(String report) {
        Reports present = reports;
        try {
            return present == null
                    ? List.of()
                    : present.ask(report, Query.first(0)).columns();
        } catch (JopilException e) {
            return List.of();
        }
    }

    /** Names of all interfaces, watched or not, or only of the watched ones: for completion. */
    public List<String> interfaceNames(boolean onlyWatched) {
        Interfaces present = interfaces;
        return present == null
                ? List.of()
                : present.list().stream()
                        .filter(link -> !onlyWatched || link.attached())
                        .map(link -> link.name())
                        .toList();
    }

    private static <T> T there(T service, String name) {
        if (service == null) {
            throw away(name);
        }
        return service;
    }

    public static JopilException away(String name) {
        return new JopilException(
                "JOPIL-503",
                503,
                "The " + name + " is not running",
                "It is starting, stopping, or failed: 'jopil status' and 'jopil logs' say which. Try again in a"
                        + " second.");
    }
}
