// SPDX-License-Identifier: Apache-2.0
package org.jopil.bench.harness;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/**
 * What the launcher hands over.
 *
 * @param distribution the assembled one
 * @param load the generator's program
 * @param bpf folder of the kernel half, for the cost of its programs; empty leaves that out
 * @param micro the JMH benchmarks' jar; empty leaves them out
 * @param work an empty directory in memory; the launcher removes it
 * @param out where the results go
 * @param document the page whose figures are written anew; empty leaves it
 * @param quick the short run
 * @param only a budget's or a tool's name in lower case, or {@code parts}; empty for all but those
 * @param packets most packets of a run
 */
record Options(
        Path distribution,
        Path load,
        Optional<Path> bpf,
        Optional<Path> micro,
        Path work,
        Path out,
        Optional<Path> document,
        boolean quick,
        Optional<String> only,
        long packets) {
    /** @throws IllegalArgumentException naming what is wrong */
    static Options parse(String... words) {
        Path distribution = null;
        Path load = null;
        Path work = null;
        Path out = null;
        Optional<Path> bpf = Optional.empty();
        Optional<Path> micro = Optional.empty();
        Optional<Path> document = Optional.empty();
        Optional<String> only = Optional.empty();
        boolean quick = false;
        long packets = Long.MAX_VALUE;
        for (int i = 0; i < words.length; i++) {
            String word = words[i];
            if (word.equals("--quick")) {
                quick = true;
                continue;
            }
            if (i + 1 == words.length) {
                throw new IllegalArgumentException(word + " needs a value");
            }
            String value = words[++i];
            switch (word) {
                case "--distribution" -> distribution = Path.of(value);
                case "--load" -> load = Path.of(value);
                case "--bpf" -> bpf = Optional.of(Path.of(value));
                case "--micro" -> micro = Optional.of(Path.of(value));
                case "--work" -> work = Path.of(value);
                case "--out" -> out = Path.of(value);
                case "--document" -> document = Optional.of(Path.of(value));
                case "--only" -> only = Optional.of(value.toLowerCase(Locale.ROOT));
                case "--packets" -> packets = Long.parseLong(value);
                default -> throw new IllegalArgumentException("there is no option " + word);
            }
        }
        if (distribution == null || load == null || work == null || out == null) {
            throw new IllegalArgumentException("--distribution, --load, --work and --out are needed");
        }
        return new Options(distribution, load, bpf, micro, work, out, document, quick, only, packets);
    }

    /** Whether a tool takes part. JOPIL and the run without any tool always do. */
    boolean wants(Tool tool) {
        return only.isEmpty() || isBudget() || tool.name().equals(only.get());
    }

    /** Whether what only this budget needs is measured. */
    boolean wantsBudget(String... ids) {
        if (only.isEmpty()) {
            return true;
        }
        for (String id : ids) {
            if (id.equalsIgnoreCase(only.get())) {
                return true;
            }
        }
        return false;
    }

    /** Whether traffic is sent at all. */
    boolean wantsTraffic() {
        return only.isEmpty() || !isBudget() || wantsBudget("g1", "g3", "g4", "g5", "g10");
    }

    /** Whether what each part of JOPIL costs is measured, and nothing else. */
    boolean wantsParts() {
        return only.filter("parts"::equals).isPresent();
    }

    private boolean isBudget() {
        return only.isPresent() && only.get().matches("g\\d+");
    }
}
