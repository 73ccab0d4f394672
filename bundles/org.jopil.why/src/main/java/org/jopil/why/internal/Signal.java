// SPDX-License-Identifier: Apache-2.0
package org.jopil.why.internal;

import org.jopil.api.source.Why.Level;

/**
 * Something that may stand out.
 *
 * @param kind stable id of what it is about: {@code firewall}, {@code slow-reader}, {@code own-loss}
 * @param key tells it from others of its kind, for the memory of what was said
 * @param strength over the value from which it is said: 1 and more is said, and what is said stays so above {@value #STAYS}
 * @param question what {@code why} is to be asked, empty if it has no answer
 * @param link report that shows it
 */
record Signal(String kind, String key, Level level, double strength, String sentence, String question, String link) {
    /** What comes and goes around its threshold would flicker; a quarter is well below it. */
    static final double STAYS = 0.25;
}
