// SPDX-License-Identifier: Apache-2.0
package org.jopil.filter.internal;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jopil.api.JopilException;

/**
 * A regular expression searched in texts: one matcher a thread, so that a test allocates nothing, and a limit on the
 * characters looked at, because some patterns take exponential time on a short text.
 */
final class PatternTest {
    private static final int MOST_LOOKS = 1_000_000;

    private final ThreadLocal<Search> searches;

    PatternTest(Pattern pattern) {
        searches = ThreadLocal.withInitial(() -> new Search(pattern));
    }

    boolean test(String text) {
        return searches.get().find(text);
    }

    /** The text under search, which counts how often it is looked at. */
    private static final class Search implements CharSequence {
        private final Matcher matcher;
        private String text = "";
        private int looks;

        private Search(Pattern pattern) {
            matcher = pattern.matcher(this);
        }

        private boolean find(String wanted) {
            text = wanted;
            looks = 0;
            matcher.reset();
            return matcher.find();
        }

        @Override
        public char charAt(int index) {
            if (++looks > MOST_LOOKS) {
                throw new JopilException(
                        "JOPIL-131",
                        400,
                        "The pattern takes too long",
                        "'" + matcher.pattern() + "' looks at one text more than a million times. Avoid repetition"
                                + " inside repetition, such as (a+)+.");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
