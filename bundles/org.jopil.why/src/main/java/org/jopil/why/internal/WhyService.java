// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jopil.api.filter.Filters;
import org.jopil.api.report.Reports;
import org.jopil.api.source.Interfaces;
import org.jopil.api.source.Why;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Looks once, goes through the table, and says what holds. Keeps nothing between questions. */
@Component
public final class WhyService implements Why {
    /** More than fits on a screen beside the verdict is no evidence but a report. */
    private static final int MOST_EVIDENCE = 5;

    private final Reports reports;
    private final Filters filters;
    private final Instant began = Instant.now();

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile Interfaces interfaces;

    /** Called by the component runtime. */
    @Activate
    public WhyService(@Reference Reports reports, @Reference Filters filters) {
        this.reports = reports;
        this.filters = filters;
    }

    @Override
    public Answer ask(String question) {
        return answer(new Look(reports, filters, interfaces, began, Instant.now()).at(question));
    }

    static Answer answer(Facts facts) {
        Rule verdict = null;
        Finding found = null;
        List<Evidence> evidence = new ArrayList<>();
        for (Rule rule : Rule.TABLE) {
            boolean besides = found != null;
            if (besides
                    && (rule.id().equals(verdict.id()) || rule.level() == Level.OK || rule.level() == Level.UNKNOWN)) {
                continue;
            }
            Optional<Finding> finding = rule.condition().apply(facts);
            if (finding.isEmpty()) {
                continue;
            }
            if (besides) {
                Evidence first = finding.get().evidence().get(0);
                evidence.add(new Evidence("Besides: " + finding.get().sentence(), first.report(), first.filter()));
            } else {
                verdict = rule;
                found = finding.get();
                evidence.addAll(found.evidence());
            }
        }
        return new Answer(
                facts.subject().question(),
                verdict.id(),
                found.sentence(),
                verdict.level(),
                evidence.subList(0, Math.min(MOST_EVIDENCE, evidence.size())),
                found.next(),
                facts.missing());
    }
}
