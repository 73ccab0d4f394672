// SPDX-License-Identifier: Apache-2.0
package org.jopil.ledger.internal;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jopil.api.source.Ledger.Finding;
import org.jopil.api.source.Ledger.Span;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes findings of what does not add up from one look to the next. One thread. */
final class Audit {
    private static final Logger LOG = LoggerFactory.getLogger(Audit.class);

    private record Suspicion(long sinceNs, boolean found) {}

    private Map<String, Suspicion> suspicions = Map.of();
    private Optional<Span> unbalanced = Optional.empty();

    /** What is wrong at this look and was at the last one, in the same way; the largest first. */
    List<Finding> look(long nowNs, List<Entry> entries) {
        Map<String, Suspicion> still = new HashMap<>();
        List<Finding> findings = new ArrayList<>();
        for (Entry entry : entries) {
            Suspicion before = suspicions.get(entry.key());
            long sinceNs = before == null ? nowNs : before.sinceNs;
            boolean found = before != null || entry.certain();
            still.put(entry.key(), new Suspicion(sinceNs, found));
            if (found) {
                Finding finding = entry.since(sinceNs);
                findings.add(finding);
                if (before == null || !before.found) {
                    LOG.warn("{}. {}", finding.text(), finding.advice());
                }
                unbalanced = Optional.of(new Span(unbalanced.map(Span::startNs).orElse(sinceNs), nowNs));
            }
        }
        suspicions.forEach((key, suspicion) -> {
            if (suspicion.found && !still.containsKey(key)) {
                LOG.info("Adds up again: {}", key);
            }
        });
        suspicions = still;
        findings.sort(Comparator.comparingLong((Finding f) -> -Math.abs(f.amount())));
        return findings;
    }

    /** From the first to the last look with a finding. */
    Optional<Span> unbalanced() {
        return unbalanced;
    }
}
