// SPDX-License-Identifier: Apache-2.0
package org.jopil.stats.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Counters;
import org.jopil.api.source.HealthCheck;
import org.jopil.api.source.HealthCheck.Status;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Ledger;
import org.jopil.api.source.Replays;
import org.jopil.stats.Health;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Collects the checks, and says which service is missing. */
@Component
public final class HealthService implements Health {
    private static final List<String> WANTED_REPORTS = List.of("cpus", "flows", "packets", "protocols");
    /** No file can tell it: not there while one is shown. */
    private static final String OF_THIS_MACHINE = "cpus";

    @Reference(
            cardinality = ReferenceCardinality.MULTIPLE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<HealthCheck> checks = List.of();

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Interfaces interfaces;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Counters counters;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Ledger ledger;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Filters filters;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Reports reports;

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC)
    private volatile Replays replays;

    @Override
    public Answer read() {
        List<Check> answers = new ArrayList<>();
        for (HealthCheck check : checks) {
            answers.add(ask(check));
        }
        answers.sort(Comparator.comparing(Check::name));
        answers.add(0, services());
        Status worst = answers.stream()
                .map(Check::status)
                .max(Comparator.naturalOrder())
                .orElse(Status.DOWN);
        return new Answer(worst, answers);
    }

    private static Check ask(HealthCheck check) {
        try {
            HealthCheck.Result result = check.check();
            return new Check(check.name(), result.status(), result.message());
        } catch (RuntimeException e) {
            return new Check(check.getClass().getSimpleName(), Status.DOWN, "The check itself failed: " + e + ".");
        }
    }

    private Check services() {
        List<String> missing = new ArrayList<>();
        List<Map.Entry<String, Boolean>> wanted = List.of(
                Map.entry("sensor", interfaces != null && counters != null),
                Map.entry("ledger", ledger != null),
                Map.entry("filter", filters != null),
                Map.entry("bus", reports != null));
        wanted.forEach(service -> {
            if (!service.getValue()) {
                missing.add(service.getKey());
            }
        });
        Reports asked = reports;
        List<String> names = asked == null ? List.of() : asked.names();
        Replays files = replays;
        boolean isFileShown = files != null && files.status().isShown();
        WANTED_REPORTS.stream()
                .filter(name -> !names.contains(name))
                .filter(name -> !(isFileShown && name.equals(OF_THIS_MACHINE)))
                .map(name -> "analyzer of " + name)
                .forEach(missing::add);
        return missing.isEmpty()
                ? new Check("services", Status.UP, "Every service is there.")
                : new Check(
                        "services",
                        Status.DOWN,
                        "Not there (yet): " + String.join(", ", missing) + ". If it stays so, see the log.");
    }
}
