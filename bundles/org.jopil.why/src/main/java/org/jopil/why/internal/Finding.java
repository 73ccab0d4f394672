// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import java.util.List;
import java.util.Optional;
import org.jopil.api.source.Why.Evidence;
import org.jopil.api.source.Why.Next;

/**
 * What a rule says when its condition holds.
 *
 * @param evidence at least one
 */
record Finding(String sentence, List<Evidence> evidence, Optional<Next> next) {
    Finding {
        if (evidence.isEmpty()) {
            throw new IllegalArgumentException("a verdict without evidence: " + sentence);
        }
    }

    static Finding of(String sentence, List<Evidence> evidence) {
        return new Finding(sentence, evidence, Optional.empty());
    }

    /** A command that is empty is left out. */
    Finding next(String text, String command) {
        return new Finding(
                sentence, evidence, command.isEmpty() ? Optional.empty() : Optional.of(new Next(text, command)));
    }
}
